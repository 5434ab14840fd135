package dev.fovea.models.vitamin.network;

import dev.fovea.models.nn.FeatureMap;
import dev.fovea.models.nn.Parameters;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.WeightData;
import java.util.Arrays;

/**
 * Computes an inverted bottleneck (Sandler et al. 2018, "MobileNetV2"; {@code MbConvLNBlock} of {@code
 * timm/models/vitamin.py}): {@code shortcut(x) + reduce(gelu(depthwise(gelu(expand(norm(x))))))}.
 */
final class MbConvBlock {

    private static final int KERNEL = 3;

    private final Backend backend;
    private final LayerNorm norm;
    private final Weight.Convolution expand;
    private final Weight.Convolution depthwise;
    private final Weight.Convolution reduce;

    /** Adds up the pixels of a window and divides by their number inside the map; null where the map keeps its size. */
    private final Weight.Convolution mean;

    /** Widens the mean; null where it is as wide as the result. */
    private final Weight.Convolution widen;

    /**
     * Takes the weights.
     *
     * @param inputs channels that come in
     * @param halves whether the map is halved
     */
    MbConvBlock(Parameters block, int inputs, VitaminShape.Stage stage, boolean halves, float epsilon) {
        backend = block.backend();
        int inner = stage.innerChannels();
        int outputs = stage.channels();
        norm = block.layerNorm("pre_norm", inputs, epsilon);
        expand = block.convolution("conv1_1x1", pointwise(inputs, inner));
        depthwise = block.convolution("conv2_kxk", depthwise(inner, halves ? 2 : 1));
        reduce = block.convolution("conv3_1x1", pointwise(inner, outputs));
        mean = halves ? mean(block, inputs) : null;
        widen = inputs == outputs ? null : block.convolution("shortcut.expand", pointwise(inputs, outputs));
    }

    private static ConvolutionShape pointwise(int inputs, int outputs) {
        return new ConvolutionShape(inputs, outputs, 1, 1, 1, 0, 1);
    }

    private static ConvolutionShape depthwise(int channels, int stride) {
        return new ConvolutionShape(channels, channels, KERNEL, KERNEL, stride, KERNEL / 2, channels);
    }

    private static Weight.Convolution mean(Parameters block, int channels) {
        ConvolutionShape shape = depthwise(channels, 2);
        Shape kernel = Shape.of(channels, 1, KERNEL, KERNEL);
        float[] ninths = new float[(int) kernel.elements()];
        Arrays.fill(ninths, 1f / (KERNEL * KERNEL));
        return block.finer().convolution(WeightData.of("mean of a window", kernel, ninths), null, shape);
    }

    /** Returns the grid that comes out. */
    Grid output(Grid grid) {
        return depthwise.shape().output(grid);
    }

    /** Computes the next map. */
    FeatureMap apply(FeatureMap map) {
        Grid grid = map.grid();
        Grid output = output(grid);
        Tensor normed = backend.layerNorm(map.pixels(), norm);
        Tensor wide = backend.convolution(normed, grid, expand, Activation.GELU);
        Tensor around = backend.convolution(wide, grid, depthwise, Activation.GELU);
        backend.release(normed);
        backend.release(wide);
        Tensor shortcut = shortcut(map, output);
        return new FeatureMap(backend.convolution(around, output, reduce, shortcut, Activation.IDENTITY), output);
    }

    private Tensor shortcut(FeatureMap map, Grid output) {
        if (mean == null) {
            return map.pixels();
        }
        Tensor ninths = backend.convolution(map.pixels(), map.grid(), mean, Activation.IDENTITY);
        Tensor means = backend.multiply(ninths, shares(map.grid(), output));
        return widen == null ? means : backend.convolution(means, output, widen, Activation.IDENTITY);
    }

    /** Returns nine over the number of pixels of each window that lie inside the map, {@code [pixels of a map, 1]}. */
    private Tensor shares(Grid grid, Grid output) {
        float[] shares = new float[output.height() * output.width()];
        for (int y = 0; y < output.height(); y++) {
            for (int x = 0; x < output.width(); x++) {
                int inside = inside(y, grid.height()) * inside(x, grid.width());
                shares[y * output.width() + x] = (float) (KERNEL * KERNEL) / inside;
            }
        }
        return backend.tensor(shares.length, 1, shares);
    }

    /** Returns how many rows, or columns, of a window lie inside the map. */
    private static int inside(int window, int extent) {
        int from = 2 * window - KERNEL / 2;
        return Math.min(extent, from + KERNEL) - Math.max(0, from);
    }
}
