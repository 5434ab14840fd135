package dev.fovea.models.chat;

import dev.fovea.models.florence.FlorencePrompt;
import dev.fovea.models.florence.FlorenceTask;
import dev.fovea.tensor.FoveaException;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a text asks a model to do with a picture. These models run tasks, so a text in words is one of few. */
public sealed interface ChatTask {

    /** A caption of a BLIP. */
    record Caption() implements ChatTask {}

    /** An answer of a BLIP. */
    record Answer(String question) implements ChatTask {}

    /** A task of Florence-2. */
    record Florence(FlorencePrompt prompt) implements ChatTask {}

    /** Words that ask for a task; the first of them in a text counts. */
    Pattern WORDS = Pattern.compile(
            "(?i)\\b(?:(?<describe>descri(?:be|ption)|what(?:'s| is) (?:in|shown)|what do you see|alt(?:ernative)? text"
                    + "|explain|summari[sz]e)"
                    + "|(?<caption>captions?)"
                    + "|(?<text>ocr|text|read|transcri(?:be|ption)|written)"
                    + "|(?<detect>detect(?:ion)?|objects|bounding box(?:es)?|locate))\\b");

    Map<String, FlorenceTask> TASKS = Map.of(
            "describe", FlorenceTask.MORE_DETAILED_CAPTION,
            "caption", FlorenceTask.CAPTION,
            "text", FlorenceTask.OCR,
            "detect", FlorenceTask.OD);

    /** Most characters of a text that a complaint shows. */
    int SHOWN = 60;

    /**
     * Finds the task for a BLIP, or for several in one.
     *
     * @param model its name, for complaints
     * @param captions whether it writes captions
     * @param answers whether it answers questions
     * @throws FoveaException if the model does nothing that the text asks for
     */
    static ChatTask ofBlip(String model, boolean captions, boolean answers, String text) {
        String word = word(text);
        boolean caption = text.isEmpty() || word.equals("describe") || word.equals("caption");
        if (captions && caption) {
            return new Caption();
        }
        if (answers) {
            if (text.isEmpty()) {
                throw new FoveaException("there is no question in messages; the model " + model + " answers one");
            }
            return new Answer(text);
        }
        throw new FoveaException("the model " + model + " writes captions and nothing else; ask it to describe the"
                + " picture, or ask a BLIP for questions or a Florence-2");
    }

    /**
     * Finds the task for a Florence-2.
     *
     * @param model its name, for complaints
     * @throws FoveaException if the model does nothing that the text asks for
     */
    static ChatTask ofFlorence(String model, String text) {
        if (text.startsWith("<")) {
            int end = text.indexOf('>') + 1;
            FlorenceTask task = FlorenceTask.of(text.substring(0, end));
            String words = text.substring(end);
            return new Florence(
                    task.input() == FlorenceTask.Input.NOTHING && words.isBlank()
                            ? FlorencePrompt.of(task)
                            : FlorencePrompt.of(task, words.strip()));
        }
        if (text.isEmpty()) {
            return new Florence(FlorencePrompt.of(FlorenceTask.CAPTION));
        }
        FlorenceTask task = TASKS.get(word(text));
        if (task == null) {
            String line = text.replaceAll("[\\p{Cc}\\p{Zl}\\p{Zp}]", " ");
            throw new FoveaException("\"" + (line.length() > SHOWN ? line.substring(0, SHOWN) + "..." : line)
                    + "\" is no task of the model " + model + ", a Florence-2, which does not answer questions; ask it"
                    + " to describe or caption the picture, to read its text or to detect objects, or give a task such"
                    + " as <OD>");
        }
        return new Florence(FlorencePrompt.of(task));
    }

    private static String word(String text) {
        Matcher found = WORDS.matcher(text.toLowerCase(Locale.ROOT));
        if (found.find()) {
            for (String task : TASKS.keySet()) {
                if (found.group(task) != null) {
                    return task;
                }
            }
        }
        return "";
    }
}
