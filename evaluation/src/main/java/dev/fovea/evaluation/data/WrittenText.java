package dev.fovea.evaluation.data;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * Names a picture and the text that stands in it.
 *
 * @param image the picture's file
 * @param predicted the text that a model read, where the data has one
 */
public record WrittenText(Path image, String text, Optional<String> predicted) {

    /** Checks that nothing is null. */
    public WrittenText {
        Objects.requireNonNull(image, "image is null");
        Objects.requireNonNull(text, "text is null");
        Objects.requireNonNull(predicted, "predicted is null");
    }
}
