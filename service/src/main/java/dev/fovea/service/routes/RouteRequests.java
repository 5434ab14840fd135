package dev.fovea.service.routes;

import dev.fovea.service.json.About;
import dev.fovea.service.json.ImageData;
import java.util.List;

/** The requests of the plain routes. */
final class RouteRequests {

    static final String MODEL = "the name of the model; absent, the first that is for it";
    static final String IMAGE = "a picture, as a data URL or in base64; in a form the file itself";

    /** A picture of one grey pixel, as JSON. */
    static final String PIXEL = "\"data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQ"
            + "VR42mNoAAAAggCB2kUIOwAAAABJRU5ErkJggg==\"";

    private RouteRequests() {}

    record ClassifyRequest(
            @About(MODEL) String model,

            @About(value = IMAGE, required = true, example = PIXEL)
            ImageData image,

            @About(
                    value = "what a CLIP chooses from; a classifier has classes of its own and takes none",
                    min = 1,
                    max = 2048,
                    example = "[\"a cat\", \"a dog\"]")
            List<String> labels,

            @About(
                    value = "texts with {} where the label goes, averaged for each label",
                    min = 1,
                    max = 128,
                    example = "[\"a photo of {}\"]")
            List<String> templates) {}

    record DetectRequest(
            @About(MODEL) String model,

            @About(value = IMAGE, required = true, example = PIXEL)
            ImageData image) {}

    record GroundRequest(
            @About(MODEL) String model,

            @About(value = IMAGE, required = true, example = PIXEL)
            ImageData image,

            @About(value = "words whose things are looked for", required = true, example = "\"a boot\"")
            String text) {}

    record SegmentRequest(
            @About(MODEL) String model,

            @About(value = IMAGE, required = true, example = PIXEL)
            ImageData image,

            @About(value = "an expression that refers to something", required = true, example = "\"the left boot\"")
            String text) {}

    record OcrRequest(
            @About(MODEL) String model,

            @About(value = IMAGE, required = true, example = PIXEL)
            ImageData image) {}

    record MatchRequest(
            @About(MODEL) String model,

            @About(value = IMAGE, required = true, example = PIXEL)
            ImageData image,

            @About(
                    value = "texts that may fit the picture",
                    required = true,
                    min = 1,
                    max = 256,
                    example = "[\"a cat\"]")
            List<String> texts) {}

    record SearchRequest(
            @About("the name of the index; absent, the first")
            String index,

            @About("what the pictures show") String text,

            @About("a picture that they are like, as a data URL or in base64; in a form the file itself")
            ImageData image,

            @About(value = "what they do not show", max = 16)
            List<String> not,

            @About("a condition, such as year>=2020 and folder=holidays")
            String where,

            @About(value = "how many at most; 10", min = 1, max = 1000)
            Integer top) {}
}
