package dev.fovea.models.fastvit.network;

import dev.fovea.models.nn.BatchNorm;
import dev.fovea.models.nn.Parameters;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;

/**
 * Computes {@code x + scale (fc2(gelu(fc1(conv(x)))))}: an MLP on every pixel that sees the 7 x 7 pixels around it
 * through a depthwise convolution.
 */
final class ConvolutionalMlp {

    private static final int KERNEL = 7;

    private final Backend backend;
    private final Weight.Convolution convolution;
    private final Weight.Linear expand;
    private final Weight.Linear reduce;

    /**
     * Takes the weights below {@code mlp}, and the scale.
     *
     * @param scale name of the factors of each channel
     */
    ConvolutionalMlp(Parameters block, String scale, FastVitShape.Stage stage) {
        backend = block.backend();
        Parameters mlp = block.at("mlp");
        int channels = stage.channels();
        convolution = BatchNorm.fold(mlp, "conv.conv", "conv.bn", depthwise(channels, KERNEL));
        expand = PixelLinear.of(mlp, "fc1", channels, stage.intermediateSize());
        reduce = PixelLinear.scaled(mlp, "fc2", block, scale, stage.intermediateSize(), channels);
    }

    /** Returns the shape of a convolution that keeps the size of a map, with a kernel for every channel. */
    static ConvolutionShape depthwise(int channels, int kernel) {
        return new ConvolutionShape(channels, channels, kernel, kernel, 1, kernel / 2, channels);
    }

    /** Computes the MLP, {@code [pixels, channels]} to {@code [pixels, channels]}. */
    Tensor apply(Tensor x, Grid grid) {
        Tensor seen = backend.convolution(x, grid, convolution, Activation.IDENTITY);
        Tensor out = backend.mlp(
                seen,
                expand,
                reduce,
                Fusion.NONE.withActivation(Activation.GELU).withResidual(x));
        backend.release(seen);
        return out;
    }
}
