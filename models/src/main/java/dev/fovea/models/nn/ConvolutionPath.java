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
 * Convolutions, each with its batch norm and activation, and poolings, one after the other. Built step by step, then
 * immutable in use.
 */
public final class ConvolutionPath {

    private final Parameters parameters;
    private final Backend backend;
    private final List<Step> steps = new ArrayList<>();
    private int channels;

    /** Something that happens to a map. */
    private record Step(Operation operation, UnaryOperator<Grid> output) {}

    private interface Operation {
        /**
         * @param shortcut added before the activation, or null; only a convolution can do that
         */
        Tensor apply(Tensor x, Grid grid, Tensor shortcut);
    }

    /**
     * An empty path.
     *
     * @param parameters the module that holds its weights
     * @param channels of the map that goes in
     */
    public ConvolutionPath(Parameters parameters, int channels) {
        this.parameters = parameters;
        this.backend = parameters.backend();
        this.channels = channels;
    }

    /** Channels of the map that comes out. */
    public int channels() {
        return channels;
    }

    /**
     * Goes on with a square convolution, padded so that with stride 1 the map keeps its size.
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

    /** Goes on with the average of squares of pixels, side by side; of squares of one pixel with nothing. */
    public ConvolutionPath averagePool(int size) {
        if (size > 1) {
            steps.add(new Step(
                    (x, grid, none) -> backend.averagePool(x, grid, size, size),
                    grid -> Checks.pooled(grid, size, size)));
        }
        return this;
    }

    /** Goes on with the largest numbers of squares of pixels. */
    public ConvolutionPath maxPool(int size, int stride, int padding) {
        steps.add(new Step(
                (x, grid, none) -> backend.maxPool(x, grid, size, stride, padding),
                grid -> Checks.pooled(grid, size, stride, padding)));
        return this;
    }

    /** The grid that comes out. */
    public Grid output(Grid grid) {
        for (Step step : steps) {
            grid = step.output.apply(grid);
        }
        return grid;
    }

    /** All steps. */
    public FeatureMap apply(FeatureMap map) {
        return apply(map, null);
    }

    /**
     * All steps.
     *
     * @param shortcut {@code [pixels that come out, channels]}, added in the last convolution before its activation, or
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
