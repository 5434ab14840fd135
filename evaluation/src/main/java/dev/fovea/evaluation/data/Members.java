package dev.fovea.evaluation.data;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * Holds one side of an association test: pictures or texts.
 *
 * @param images none where it has texts
 * @param texts none where it has pictures
 */
public record Members(List<Path> images, List<String> texts) {

    /** Copies the lists. */
    public Members {
        images = List.copyOf(Objects.requireNonNull(images, "images is null"));
        texts = List.copyOf(Objects.requireNonNull(texts, "texts is null"));
    }
}
