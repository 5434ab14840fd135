package dev.fovea.evaluation.data;

import dev.fovea.evaluation.metrics.Box;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Holds words about a part of a picture and where it is.
 *
 * @param image the picture's file
 * @param boxes around what is meant, at least one; any of them is right
 * @param predicted the boxes that a model found, the best first, where the data has them
 */
public record GroundedPhrase(Path image, String phrase, List<Box> boxes, Optional<List<Box>> predicted) {

    /** Copies the boxes. */
    public GroundedPhrase {
        Objects.requireNonNull(image, "image is null");
        Objects.requireNonNull(phrase, "phrase is null");
        boxes = List.copyOf(Objects.requireNonNull(boxes, "boxes is null"));
        predicted = Objects.requireNonNull(predicted, "predicted is null").map(List::copyOf);
    }
}
