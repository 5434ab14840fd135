package dev.fovea.studio.runs;

import dev.fovea.service.error.HttpFailure;
import dev.fovea.service.json.About;
import java.util.List;

/** What the page asks a model to do. */
record RunRequest(
        @About(value = "say what to run, such as clip", required = true)
        String kind,

        @About("the name of a model") String model,
        @About("the id of a picture") String picture,

        @About(value = "what to compare the picture with", min = 1, max = 50)
        List<String> labels,

        @About(value = "texts with {} where the label goes", max = 50)
        List<String> templates,

        @About("the id of a run that this one goes on with") String run,

        @About(value = "the index of a label", min = 0, max = 49)
        Integer label,

        @About(value = "the side of the cover in patches", min = 1, max = 16)
        Integer window,

        @About(value = "patches between covers", min = 1, max = 16)
        Integer stride,

        @About(value = "the maps to judge", min = 1, max = 12)
        List<String> maps,

        @About(value = "how many of the last layers are shuffled", min = 1, max = 100)
        Integer layers,

        @About(value = "steps of a curve", min = 1, max = 64)
        Integer steps,

        @About("the beginning of a caption") String prompt,

        @About(value = "a part of the picture: x1, y1, x2, y2 in pixels", min = 4, max = 4)
        List<Integer> region,

        @About("a question about the picture") String question,
        @About("the words to look for") String text,
        @About(value = "texts to match", min = 1, max = 50) List<String> texts,

        @About(value = "beams of the search", min = 1, max = 16)
        Integer beams,

        @About(value = "most tokens to write", min = 1, max = 1024)
        Integer maxNewTokens) {

    private static final int CHARACTERS = 10_000;

    /** Refuses texts that are far longer than a model reads. */
    void requireShort() {
        long length = length(labels) + length(templates) + length(texts);
        for (String one : new String[] {prompt, question, text}) {
            length += one == null ? 0 : one.length();
        }
        if (length > CHARACTERS) {
            throw HttpFailure.badRequest(
                    "the texts have " + length + " characters together; expected at most " + CHARACTERS);
        }
    }

    private static long length(List<String> texts) {
        return texts == null ? 0 : texts.stream().mapToLong(String::length).sum();
    }
}
