package dev.fovea.service.routes;

import dev.fovea.models.florence.FlorencePrompt;
import dev.fovea.models.florence.FlorenceTask;
import dev.fovea.service.error.HttpFailure;
import dev.fovea.service.json.RecordJson;
import dev.fovea.service.served.Ability;
import dev.fovea.service.served.ServedModel;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a text asks a model to do with a picture. These models run tasks, so a text in words is one of few. */
sealed interface ChatTask {

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

    /**
     * Finds the task.
     *
     * @throws HttpFailure if the model does nothing that the text asks for
     */
    static ChatTask of(ServedModel model, String text) {
        if (model.isFlorence()) {
            return florence(model, text);
        }
        String word = word(text);
        boolean caption = text.isEmpty() || word.equals("describe") || word.equals("caption");
        if (model.abilities().contains(Ability.CAPTION) && caption) {
            return new Caption();
        }
        if (model.abilities().contains(Ability.ANSWER)) {
            if (text.isEmpty()) {
                throw HttpFailure.badRequest(
                        "messages", "there is no question in messages; the model " + model.name() + " answers one");
            }
            return new Answer(text);
        }
        if (model.abilities().contains(Ability.CAPTION)) {
            throw HttpFailure.badRequest(
                    "messages",
                    "the model " + model.name() + " writes captions and nothing else; ask it to describe the picture,"
                            + " or ask a BLIP for questions or a Florence-2");
        }
        throw HttpFailure.badRequest(
                "model",
                "the model " + model.name() + " does not write; use a BLIP for captions or questions, or a Florence-2");
    }

    private static ChatTask florence(ServedModel model, String text) {
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
            throw HttpFailure.badRequest(
                    "messages",
                    RecordJson.shown(text) + " is no task of the model " + model.name() + ", a Florence-2, which does"
                            + " not answer questions; ask it to describe or caption the picture, to read its text or to"
                            + " detect objects, or give a task such as <OD>");
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
