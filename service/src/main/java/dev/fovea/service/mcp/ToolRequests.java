package dev.fovea.service.mcp;

import dev.fovea.service.json.About;
import java.util.List;

/** The arguments of the tools. */
final class ToolRequests {

    static final String IMAGE =
            "the path of a picture in one of the allowed folders, absolute or from such a folder on";

    private ToolRequests() {}

    record SearchPhotos(
            @About("what the photos show, such as \"a red car in the snow\"")
            String query,

            @About(IMAGE + "; finds photos that look like it")
            String image,

            @About("a condition, such as year>=2020 and folder=\"/home/me/photos/holidays\"")
            String where,

            @About(value = "how many at most; 10", min = 1, max = 100)
            Integer top) {}

    record DescribeImage(
            @About(value = IMAGE, required = true) String image,

            @About("true for one sentence, else a paragraph where the model writes one")
            Boolean brief) {}

    record DetectObjects(
            @About(value = IMAGE, required = true) String image,

            @About("things to look for, such as \"a dog and a red ball\"; absent, whatever there is")
            String phrases) {}

    record ReadText(@About(value = IMAGE, required = true) String image) {}

    record AskImage(
            @About(value = IMAGE, required = true) String image,

            @About(value = "a question that a few words answer", required = true)
            String question) {}

    record ClassifyImage(
            @About(value = IMAGE, required = true) String image,

            @About(
                    value = "texts to choose from, such as \"a photo of a cat\"; absent for a classifier with classes"
                            + " of its own",
                    min = 1,
                    max = 256)
            List<String> labels) {}
}
