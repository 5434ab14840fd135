package dev.fovea.models.fastvit.network;

import dev.fovea.models.nn.Parameters;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;

/**
 * Multiplies every channel of a picture by a factor between 0 and 1 that follows from the means of all channels (Hu et
 * al. 2018, section 3).
 */
final class SqueezeExcitation {

    private final Backend backend;
    private final Weight.Linear squeeze;
    private final Weight.Linear excite;

    /** Makes one with a quarter of the channels between its layers, in whole eights. */
    static SqueezeExcitation ofQuarter(Parameters parameters, int channels) {
        return new SqueezeExcitation(parameters, channels, Math.max(8, (channels / 4 + 4) / 8 * 8));
    }

    /** Makes one with a sixteenth of the channels between its layers. */
    static SqueezeExcitation ofSixteenth(Parameters parameters, int channels) {
        return new SqueezeExcitation(parameters, channels, Math.max(1, (channels + 8) / 16));
    }

    /**
     * Takes {@code fc1} and {@code fc2}.
     *
     * @param squeezed channels between the two
     */
    private SqueezeExcitation(Parameters parameters, int channels, int squeezed) {
        backend = parameters.backend();
        squeeze = PixelLinear.of(parameters, "fc1", channels, squeezed);
        excite = PixelLinear.of(parameters, "fc2", squeezed, channels);
    }

    /** Computes the product, {@code [pixels, channels]} to {@code [pixels, channels]}. */
    Tensor apply(Tensor x, Grid grid) {
        int pixels = grid.height() * grid.width();
        Tensor means = backend.meanRows(x, Segments.uniform(grid.images(), pixels)); // [images, channels]
        Tensor squeezed = backend.linear(means, squeeze, Fusion.NONE.withActivation(Activation.RELU));
        Tensor factors = backend.linear(squeezed, excite, Fusion.NONE.withActivation(Activation.SIGMOID));
        if (grid.images() == 1) {
            return backend.multiply(x, factors);
        }
        int[] imageOfPixel = new int[x.rows()];
        for (int pixel = 0; pixel < imageOfPixel.length; pixel++) {
            imageOfPixel[pixel] = pixel / pixels;
        }
        return backend.multiply(x, backend.gatherRows(factors, imageOfPixel));
    }
}
