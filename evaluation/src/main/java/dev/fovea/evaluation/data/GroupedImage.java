package dev.fovea.evaluation.data;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * Names a picture and the group that it belongs to, such as where it was taken or who it shows.
 *
 * @param image the picture's file
 * @param label its class, where it is known
 */
public record GroupedImage(Path image, String group, Optional<String> label) {

    /** Checks that nothing is null. */
    public GroupedImage {
        Objects.requireNonNull(image, "image is null");
        Objects.requireNonNull(group, "group is null");
        Objects.requireNonNull(label, "label is null");
    }
}
