package dev.fovea.models.nn;

import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Tensor;

/**
 * A batch of feature maps of a convolutional network.
 *
 * @param pixels {@code [grid.rows(), channels]}
 * @param grid how the rows form pictures
 */
public record FeatureMap(Tensor pixels, Grid grid) {}
