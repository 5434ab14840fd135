package dev.fovea.evaluation.data;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * Holds words about a thing in a picture and its outline.
 *
 * @param image the picture's file
 * @param width of the picture in pixels, 0 where the data does not say
 * @param height of the picture in pixels, 0 where the data does not say
 * @param region what belongs to the thing
 * @param predicted what a model found, where the data has it; only where it has the size, too
 */
public record SegmentedExpression(
        Path image, String expression, int width, int height, PixelRegion region, Optional<PixelRegion> predicted) {

    /** Checks that nothing is null. */
    public SegmentedExpression {
        Objects.requireNonNull(image, "image is null");
        Objects.requireNonNull(expression, "expression is null");
        Objects.requireNonNull(region, "region is null");
        Objects.requireNonNull(predicted, "predicted is null");
    }
}
