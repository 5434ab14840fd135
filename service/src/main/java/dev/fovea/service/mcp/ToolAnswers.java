package dev.fovea.service.mcp;

import dev.fovea.service.json.About;
import dev.fovea.service.routes.Found.FoundBox;
import dev.fovea.service.routes.Found.FoundQuad;
import java.util.List;
import java.util.Map;

/** The results of the tools. */
final class ToolAnswers {

    private static final String IMAGE = "as it was asked for";
    private static final String MODEL = "the name of the model";

    private ToolAnswers() {}

    record PhotosFound(
            @About(value = MODEL, required = true) String model,

            @About(value = "how many photos were searched", required = true)
            int photos,

            @About(value = "the best first", required = true)
            List<PhotoFound> results,

            @About("why photos may be missing") String note) {}

    record PhotoFound(
            @About(value = "its path, which other tools take", required = true)
            String image,

            @About(value = "the cosine to the query, -1 to 1", required = true)
            float score,

            @About(value = "what is known about it besides", required = true)
            Map<String, List<String>> fields) {}

    record Description(
            @About(value = IMAGE, required = true) String image,
            @About(value = MODEL, required = true) String model,

            @About(value = "what the picture shows", required = true)
            String description) {}

    record ObjectsFound(
            @About(value = IMAGE, required = true) String image,
            @About(value = MODEL, required = true) String model,

            @About(value = "with boxes in pixels from the upper left corner", required = true)
            List<FoundBox> objects) {}

    record TextFound(
            @About(value = IMAGE, required = true) String image,
            @About(value = MODEL, required = true) String model,

            @About(value = "all lines of text", required = true)
            String text,

            @About(value = "the lines with their places in pixels", required = true)
            List<FoundQuad> lines) {}

    record ImageAnswer(
            @About(value = IMAGE, required = true) String image,
            @About(value = MODEL, required = true) String model,

            @About(value = "the answer, a few words", required = true)
            String answer) {}

    record Classification(
            @About(value = IMAGE, required = true) String image,
            @About(value = MODEL, required = true) String model,

            @About(value = "the best first", required = true)
            List<ScoredLabel> results) {}

    record ScoredLabel(
            @About(value = "as it was given, or as the model calls its class", required = true)
            String label,

            @About(value = "0 to 1; they add up to 1, but of SigLIP each stands for itself", required = true)
            float score) {}
}
