package dev.fovea.models.fastvit.network;

import dev.fovea.models.nn.FeatureMap;
import dev.fovea.models.nn.Parameters;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;

/**
 * Computes {@code gelu(excitation(convolution(x)))}.
 *
 * @param backend computes
 * @param weight of the convolution
 * @param excitation what follows it, or null
 */
record ActivatedConvolution(Backend backend, Weight.Convolution weight, SqueezeExcitation excitation) {

    /** Takes a block of MobileOne without squeeze and excitation. */
    static ActivatedConvolution mobileOne(Parameters block, ConvolutionShape shape) {
        return new ActivatedConvolution(block.backend(), Reparametrized.mobileOne(block, shape), null);
    }

    /** Takes a block of MobileOne on every pixel alone that keeps the number of channels. */
    static ActivatedConvolution pointwise(Parameters block, int channels) {
        return mobileOne(block, new ConvolutionShape(channels, channels, 1, 1, 1, 0, 1));
    }

    /** Returns the grid that comes out. */
    Grid output(Grid grid) {
        return weight.shape().output(grid);
    }

    /** Computes the map. */
    FeatureMap apply(FeatureMap map) {
        Grid grid = output(map.grid());
        if (excitation == null) {
            return new FeatureMap(backend.convolution(map.pixels(), map.grid(), weight, Activation.GELU), grid);
        }
        Tensor plain = backend.convolution(map.pixels(), map.grid(), weight, Activation.IDENTITY);
        return new FeatureMap(backend.activate(excitation.apply(plain, grid), Activation.GELU), grid);
    }
}
