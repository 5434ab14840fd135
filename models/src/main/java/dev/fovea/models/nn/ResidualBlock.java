package dev.fovea.models.nn;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Tensor;

/**
 * A path of convolutions whose result is added to its input (He et al. 2016, figure 2): {@code activation(path(x) +
 * shortcut(x))}. The activation is that of the path's last convolution.
 *
 * @param backend computes
 * @param name the block below its enclosing module's path
 * @param path the convolutions; the last step is one
 * @param shortcut the path that makes the input as large as the result, or null where it is so already
 */
public record ResidualBlock(Backend backend, String name, ConvolutionPath path, ConvolutionPath shortcut) {

    /** Computes the next map; the input is released. */
    public FeatureMap apply(FeatureMap map) {
        Tensor out = backend.scoped(name, () -> {
            Tensor added = shortcut == null ? map.pixels() : shortcut.apply(map).pixels();
            return path.apply(map, added).pixels();
        });
        backend.release(map.pixels());
        return new FeatureMap(out, path.output(map.grid()));
    }
}
