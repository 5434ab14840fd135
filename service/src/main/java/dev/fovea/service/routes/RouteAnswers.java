package dev.fovea.service.routes;

import dev.fovea.service.json.About;
import dev.fovea.service.routes.Found.FoundBox;
import dev.fovea.service.routes.Found.FoundOutline;
import dev.fovea.service.routes.Found.FoundQuad;
import java.util.List;
import java.util.Map;

/** The answers of the plain routes, with the fields of the command line. */
final class RouteAnswers {

    static final String MODEL = "the name of the model";

    private RouteAnswers() {}

    record ClassifyAnswer(
            @About(value = MODEL, required = true) String model,

            @About(value = "the best first", required = true)
            List<ScoredLabel> results) {}

    record ScoredLabel(
            @About(value = "as it was given, or as the model calls its class", required = true)
            String label,

            @About(value = "0 to 1: softmax over all labels; of SigLIP the probability of this one", required = true)
            float score,

            @About(value = "what the softmax or sigmoid is taken of", required = true)
            float logit) {}

    record BoxesAnswer(
            @About(value = MODEL, required = true) String model,

            @About(value = "in the order in which the model names them", required = true)
            List<FoundBox> boxes) {}

    record SegmentAnswer(
            @About(value = MODEL, required = true) String model,
            @About(value = "outlines", required = true) List<FoundOutline> polygons) {}

    record OcrAnswer(
            @About(value = MODEL, required = true) String model,

            @About(value = "all lines of text", required = true)
            String text,

            @About(value = "the lines with their places", required = true)
            List<FoundQuad> quads) {}

    record MatchAnswer(
            @About(value = MODEL, required = true) String model,

            @About(value = "in the order of the texts", required = true)
            List<MatchedText> results) {}

    record MatchedText(
            @About(value = "as it was given", required = true)
            String text,

            @About(value = "the probability that it fits, 0 to 1", required = true)
            float match,

            @About(value = "of the angle between the two embeddings", required = true)
            float cosine) {}

    record SearchAnswer(
            @About(value = "the name of the index", required = true)
            String index,

            @About(value = MODEL, required = true) String model,

            @About(value = "the best first", required = true)
            List<FoundPhoto> results) {}

    record FoundPhoto(
            @About(value = "its file, as it was indexed", required = true)
            String image,

            @About(value = "the cosine to the query", required = true)
            float score,

            @About(value = "what the index knows about it besides", required = true)
            Map<String, List<String>> fields) {}
}
