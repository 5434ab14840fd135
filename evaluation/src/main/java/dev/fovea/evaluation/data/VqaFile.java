package dev.fovea.evaluation.data;

import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.json.JsonValue;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Reads VQA's files: questions in one, people's answers in another, and pictures known by their numbers. */
public final class VqaFile {

    private VqaFile() {}

    /**
     * Reads questions with their answers.
     *
     * @param annotations {@code annotations[question_id, answers, answer_type]}
     * @param questions {@code questions[question_id, image_id, question]}
     * @param pictures name of a picture's file with {@code {}} where its number goes, such as {@code
     *     val2014/COCO_val2014_{012}.jpg}; digits within the braces say how many there are at least
     * @throws FoveaException if a file cannot be read, a question has no answers or an id is there twice
     */
    public static List<AskedQuestion> read(Path annotations, Path questions, String pictures) {
        Objects.requireNonNull(annotations, "annotations is null");
        Objects.requireNonNull(questions, "questions is null");
        Objects.requireNonNull(pictures, "pictures is null");
        Map<String, Row> asked = new LinkedHashMap<>();
        for (Row row : rows(questions, "questions")) {
            if (asked.put(row.text("question_id"), row) != null) {
                throw new FoveaException(row.where() + ": the id " + row.text("question_id") + " is there twice");
            }
        }
        List<AskedQuestion> all = new ArrayList<>();
        Map<String, Row> answered = new LinkedHashMap<>();
        for (Row row : rows(annotations, "annotations")) {
            String id = row.text("question_id");
            Row question = asked.get(id);
            if (question == null) {
                throw new FoveaException(row.where() + ": there is no question " + id + " in " + questions);
            }
            if (answered.put(id, row) != null) {
                throw new FoveaException(row.where() + ": the id " + id + " is there twice");
            }
            all.add(new AskedQuestion(
                    id,
                    row.resolve(file(pictures, question)),
                    question.text("question"),
                    row.texts("answers"),
                    row.optional("answer_type"),
                    Optional.empty()));
        }
        return all;
    }

    private static String file(String pictures, Row question) {
        int open = pictures.indexOf('{');
        int close = pictures.indexOf('}', open);
        String digits = open < 0 || close < 0 ? "x" : pictures.substring(open + 1, close);
        if (!digits.matches("0?\\d{0,2}")) {
            throw new FoveaException("\"" + pictures + "\" has no place for a picture's number; expected {} or, with"
                    + " twelve digits, {012} in it");
        }
        long number = (long) question.find("image_id").number(-1);
        if (number < 0) {
            throw new FoveaException(question.where() + ": has no field image_id that is a number");
        }
        int width = digits.isEmpty() ? 1 : Math.max(1, Integer.parseInt(digits));
        return pictures.substring(0, open)
                + String.format(Locale.ROOT, "%0" + width + "d", number)
                + pictures.substring(close + 1);
    }

    private static List<Row> rows(Path file, String list) {
        JsonValue items = Documents.read(file).get(list);
        List<Row> rows = new ArrayList<>();
        for (JsonValue item : items.items()) {
            rows.add(new Row(file + ", " + list + " " + (rows.size() + 1), Path.of(""), item));
        }
        if (rows.isEmpty()) {
            throw new FoveaException(file + ": holds no " + list + "; expected VQA's file of " + list);
        }
        return rows;
    }
}
