package dev.fovea.evaluation.data;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Holds a question about a picture and what people answered.
 *
 * @param id of the question
 * @param image the picture's file
 * @param answers of people, at least one
 * @param type of the answer, such as {@code yes/no}, where the data has it
 * @param predicted the answer that a model gave, where the data has one
 */
public record AskedQuestion(
        String id,
        Path image,
        String question,
        List<String> answers,
        Optional<String> type,
        Optional<String> predicted) {

    /** Copies the answers. */
    public AskedQuestion {
        Objects.requireNonNull(id, "id is null");
        Objects.requireNonNull(image, "image is null");
        Objects.requireNonNull(question, "question is null");
        answers = List.copyOf(Objects.requireNonNull(answers, "answers is null"));
        Objects.requireNonNull(type, "type is null");
        Objects.requireNonNull(predicted, "predicted is null");
    }
}
