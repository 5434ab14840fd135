package dev.fovea.models.nn;

import dev.fovea.tensor.Activation;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.spi.Checks;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A sequence of convolutions, each with its batch norm and activation, and poolings. It is built step by step, and
 * immutable in use.
 */
public final class ConvolutionPath {

    private final Parameters parameters;
    private final Backend backend;
    private final List<Step> steps = new ArrayList<>();
    private int channels;

    /** One operation on a map. */
    private record Step(Operation operation, UnaryOperator<Grid> output) {}

    private interface Operation {
        /**
         * Computes the operation.
         *
         * @param shortcut added before the activation, or null; only a convolution can add one
         */
        Tensor apply(Tensor x, Grid grid, Tensor shortcut);
    }

    /**
     * Makes an empty path.
     *
     * @param parameters the module that holds its weights
     * @param channels of the map that goes in
     */
    public ConvolutionPath(Parameters parameters, int channels) {
        this.parameters = parameters;
        this.backend = parameters.backend();
        this.channels = channels;
    }

    /** Returns the number of channels of the output. */
    public int channels() {
        return channels;
    }

    /**
     * Appends a square convolution, padded so that with stride 1 the map keeps its size.
     *
     * @param convolution name of its {@code weight}
     * @param norm name of the batch norm after it
     */
    public ConvolutionPath convolution(
            String convolution, String norm, int outputs, int kernel, int stride, Activation activation) {
        ConvolutionShape shape = new ConvolutionShape(channels, outputs, kernel, kernel, stride, kernel / 2, 1);
        Weight.Convolution weight = BatchNorm.fold(parameters, convolution, norm, shape);
        channels = outputs;
        Operation operation = (x, grid, shortcut) -> shortcut == null
                ? backend.convolution(x, grid, weight, activation)
                : backend.convolution(x, grid, weight, shortcut, activation);
        steps.add(new Step(operation, shape::output));
        return this;
    }

    /** Appends average pooling over squares of pixels without overlap. Squares of one pixel append nothing. */
    public ConvolutionPath averagePool(int size) {
        if (size > 1) {
            steps.add(new Step(
                    (x, grid, none) -> backend.averagePool(x, grid, size, size),
                    grid -> Checks.pooled(grid, size, size)));
        }
        return this;
    }

    /** Appends max pooling over squares of pixels. */
    public ConvolutionPath maxPool(int size, int stride, int padding) {
        steps.add(new Step(
                (x, grid, none) -> backend.maxPool(x, grid, size, stride, padding),
                grid -> Checks.pooled(grid, size, stride, padding)));
        return this;
    }

    /** Returns the grid of the output. */
    public Grid output(Grid grid) {
        for (Step step : steps) {
            grid = step.output.apply(grid);
        }
        return grid;
    }

    /** Computes all steps. */
    public FeatureMap apply(FeatureMap map) {
        return apply(map, null);
    }

    /**
     * Computes all steps.
     *
     * @param shortcut {@code [pixels of the output, channels]}, added in the last convolution before its activation, or
     *     null
     */
    FeatureMap apply(FeatureMap map, Tensor shortcut) {
        FeatureMap x = map;
        for (int number = 0; number < steps.size(); number++) {
            Step step = steps.get(number);
            FeatureMap input = x;
            Tensor added = number == steps.size() - 1 ? shortcut : null;
            x = new FeatureMap(
                    step.operation.apply(input.pixels(), input.grid(), added), step.output.apply(input.grid()));
            if (number > 0) {
                backend.release(input.pixels());
            }
        }
        return x;
    }
}
