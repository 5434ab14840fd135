package dev.fovea.models.florence;

import dev.fovea.models.check.Arguments;
import dev.fovea.models.tokenizer.PythonText;
import dev.fovea.tensor.FoveaException;
import java.util.Arrays;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The fifteen tasks of Florence-2: the token that names one in its model card, the sentence that the encoder reads,
 * what it needs besides a picture, and what its answer holds. Sentences and kinds of answers are those of transformers'
 * {@code Florence2Processor}.
 */
public enum FlorenceTask {
    OCR("What is the text in the image?", Input.NOTHING, Output.TEXT),
    OCR_WITH_REGION("What is the text in the image, with regions?", Input.NOTHING, Output.QUADS),
    CAPTION("What does the image describe?", Input.NOTHING, Output.TEXT),
    DETAILED_CAPTION("Describe in detail what is shown in the image.", Input.NOTHING, Output.TEXT),
    MORE_DETAILED_CAPTION("Describe with a paragraph what is shown in the image.", Input.NOTHING, Output.TEXT),
    OD("Locate the objects with category name in the image.", Input.NOTHING, Output.BOXES),
    DENSE_REGION_CAPTION("Locate the objects in the image, with their descriptions.", Input.NOTHING, Output.BOXES),
    REGION_PROPOSAL("Locate the region proposals in the image.", Input.NOTHING, Output.BOXES),
    CAPTION_TO_PHRASE_GROUNDING("Locate the phrases in the caption: {input}", Input.TEXT, Output.BOXES),
    REFERRING_EXPRESSION_SEGMENTATION("Locate {input} in the image with mask", Input.TEXT, Output.POLYGONS),
    REGION_TO_SEGMENTATION("What is the polygon mask of region {input}", Input.REGION, Output.POLYGONS),
    OPEN_VOCABULARY_DETECTION("Locate {input} in the image.", Input.TEXT, Output.BOXES_OR_POLYGONS),
    REGION_TO_CATEGORY("What is the region {input}?", Input.REGION, Output.TEXT),
    REGION_TO_DESCRIPTION("What does the region {input} describe?", Input.REGION, Output.TEXT),
    REGION_TO_OCR("What text is in the region {input}?", Input.REGION, Output.TEXT);

    /** Names what a task needs besides the picture. */
    public enum Input {
        NOTHING,
        /** Words: a caption, an expression, names of things. */
        TEXT,
        /** Four location tokens, {@code <loc_x1><loc_y1><loc_x2><loc_y2>}; {@link LocationGrid#region} writes them. */
        REGION
    }

    /** Names the part of a {@link FlorenceResult} that a task fills. */
    public enum Output {
        TEXT,
        BOXES,
        QUADS,
        POLYGONS,
        /** Boxes or polygons, whichever the model chooses. */
        BOXES_OR_POLYGONS
    }

    /**
     * Four location tokens with digits as the vocabulary has them: {@code <loc_0>} to {@code <loc_999>}, no leading
     * zeros.
     */
    private static final Pattern REGION = Pattern.compile("(?:<loc_(?:0|[1-9][0-9]{0,2})>){4}");

    private static final String PLACE = "{input}";
    private static final int SHOWN = 60;

    private final String sentence;
    private final Input input;
    private final Output output;

    FlorenceTask(String sentence, Input input, Output output) {
        this.sentence = sentence;
        this.input = input;
        this.output = output;
    }

    /**
     * Returns the task that a token names.
     *
     * @param token such as {@code <OD>}; white space around it is fine
     * @throws FoveaException if there is no such task; the message names all tasks
     */
    public static FlorenceTask of(String token) {
        String name = PythonText.strip(Arguments.present(token, "token"));
        for (FlorenceTask task : values()) {
            if (task.token().equals(name)) {
                return task;
            }
        }
        throw new FoveaException(shown(token) + " is not a task of Florence-2; expected one of "
                + Arrays.stream(values()).map(FlorenceTask::token).collect(Collectors.joining(", ")));
    }

    /**
     * Writes out any prompt as {@code Florence2Processor} does. A task token becomes its sentence. If the task needs
     * words, all other text of the prompt becomes those words. Every other prompt is left as it is.
     *
     * @throws FoveaException if there is any text besides the token of a task that needs nothing
     */
    public static String writtenOut(String prompt) {
        Arguments.present(prompt, "prompt");
        for (FlorenceTask task : values()) {
            if (task.input == Input.NOTHING && prompt.contains(task.token())) {
                if (!prompt.equals(task.token())) {
                    throw new FoveaException("the prompt " + shown(prompt) + " holds the task token " + task.token()
                            + ", which must be all of it; take the rest out, or the token");
                }
                return task.sentence;
            }
        }
        for (FlorenceTask task : values()) {
            if (task.input != Input.NOTHING && prompt.contains(task.token())) {
                String words = PythonText.strip(prompt.replace(task.token(), ""));
                return task.sentence.replace(PLACE, words);
            }
        }
        return prompt;
    }

    /** Returns the token that names this task, such as {@code <OD>}. */
    public String token() {
        return "<" + name() + ">";
    }

    /** Returns what this task needs besides the picture. */
    public Input input() {
        return input;
    }

    /** Returns the part of a result that this task fills. */
    public Output output() {
        return output;
    }

    /**
     * Returns the sentence that the encoder reads, without start and end token.
     *
     * @param text the words or the region that this task needs, white space around them removed; null or blank for a
     *     task that needs none. Words may be empty, as for the reference, but not null
     * @throws FoveaException if the text is missing, not wanted, holds a task token, or is not the region that this
     *     task needs
     */
    String prompt(String text) {
        String given = text == null ? "" : PythonText.strip(text);
        if (input == Input.NOTHING) {
            if (!given.isEmpty()) {
                throw new FoveaException(
                        "task " + token() + " takes no text, but was given " + shown(given) + "; leave it out");
            }
            return sentence;
        }
        requireNoTask(given);
        if (input == Input.REGION && !isRegion(given)) {
            throw new FoveaException("task " + token() + " takes a region, but was given "
                    + (given.isEmpty() ? "none" : shown(given))
                    + "; expected <loc_x1><loc_y1><loc_x2><loc_y2> with whole numbers from 0 to "
                    + (LocationGrid.BINS - 1) + ", thousandths of the picture's width and height");
        }
        if (text == null) {
            throw new FoveaException(
                    "task " + token() + " takes a text, but was given none; say what to look for in the picture");
        }
        return sentence.replace(PLACE, given);
    }

    /** Returns whether a text is a region as some tasks take it: four location tokens that the vocabulary has. */
    public static boolean isRegion(String text) {
        return REGION.matcher(Arguments.present(text, "text")).matches();
    }

    private void requireNoTask(String given) {
        for (FlorenceTask task : values()) {
            if (given.contains(task.token())) {
                throw new FoveaException("the text for task " + token() + " holds the task token " + task.token()
                        + "; one task at a time, take it out of " + shown(given));
            }
        }
    }

    /** Returns a user's text for an error message, on one line and not too long. */
    private static String shown(String text) {
        String line = text.replaceAll("[\\p{Cc}\\p{Zl}\\p{Zp}]", " ");
        int end = Math.min(line.length(), SHOWN);
        return "'" + (end < line.length() ? line.substring(0, end) + "..." : line) + "'";
    }
}
