package dev.fovea.evaluation.data;

import java.nio.file.Path;
import java.util.Objects;

/**
 * Names a picture and the class that it belongs to.
 *
 * @param image the picture's file
 */
public record LabelledImage(Path image, String label) {

    /** Checks that nothing is null. */
    public LabelledImage {
        Objects.requireNonNull(image, "image is null");
        Objects.requireNonNull(label, "label is null");
    }
}
