package dev.fovea.evaluation.data;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Names a picture and the texts that belong to it.
 *
 * @param image the picture's file
 * @param texts what people wrote about it, at least one
 * @param predicted the caption that a model wrote, where the data has one
 */
public record CaptionedImage(Path image, List<String> texts, Optional<String> predicted) {

    /** Copies the texts. */
    public CaptionedImage {
        Objects.requireNonNull(image, "image is null");
        texts = List.copyOf(Objects.requireNonNull(texts, "texts is null"));
        Objects.requireNonNull(predicted, "predicted is null");
    }
}
