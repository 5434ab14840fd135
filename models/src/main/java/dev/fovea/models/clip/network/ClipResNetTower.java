package dev.fovea.models.clip.network;

import dev.fovea.models.nn.ConvolutionPath;
import dev.fovea.models.nn.FeatureMap;
import dev.fovea.models.nn.Parameters;
import dev.fovea.models.nn.ResNetShape;
import dev.fovea.models.nn.ResNetShape.Stage;
import dev.fovea.models.nn.ResidualBlock;
import dev.fovea.models.towers.ImageEncoder;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * The ResNet image encoder (Radford et al. 2021, section 2.4; {@code ModifiedResNet} of OpenAI's {@code
 * clip/model.py}). Three convolutions as a stem (He et al. 2019, ResNet-D), strides that average before they skip
 * (Zhang 2019), and at the end {@link AttentionPool} instead of an average. Every batch norm is folded into its
 * convolution.
 */
final class ClipResNetTower implements ImageEncoder {

    /** Number of pixels that are computed at a time: sixteen pictures of 224 x 224. */
    private static final int PIXELS_AT_ONCE = 16 * 224 * 224;

    private final Backend backend;
    private final ClipResNetShape shape;
    private final ConvolutionPath stem;
    private final List<ResidualBlock> blocks = new ArrayList<>();
    private final AttentionPool pool;

    /**
     * Takes the weights of the tower.
     *
     * @param model the checkpoint's top level
     */
    ClipResNetTower(Parameters model, ClipConfig clip, ClipResNetShape resNet) {
        shape = resNet;
        backend = model.backend();
        Parameters tower = model.at("vision_model");
        int width = shape.network().embeddingSize();
        stem = new ConvolutionPath(tower, 3)
                .convolution("conv1", "bn1", width / 2, 3, 2, Activation.RELU)
                .convolution("conv2", "bn2", width / 2, 3, 1, Activation.RELU)
                .convolution("conv3", "bn3", width, 3, 1, Activation.RELU)
                .averagePool(2);
        int channels = width;
        for (int stage = 0; stage < shape.network().stages().size(); stage++) {
            Stage sizes = shape.network().stages().get(stage);
            for (int number = 0; number < tower.weights().listLength(sizes.depth()); number++) {
                String name = "layer" + (stage + 1) + "." + number;
                int stride = number == 0 ? sizes.stride() : 1;
                blocks.add(bottleneck(tower, name, channels, sizes.channels(), stride));
                channels = sizes.channels();
            }
        }
        pool = new AttentionPool(tower.at("attnpool"), shape, clip.projectionDim());
    }

    private ResidualBlock bottleneck(Parameters tower, String name, int channels, int outputs, int stride) {
        Parameters block = tower.at(name);
        int inner = outputs / ResNetShape.REDUCTION;
        ConvolutionPath path = new ConvolutionPath(block, channels)
                .convolution("conv1", "bn1", inner, 1, 1, Activation.RELU)
                .convolution("conv2", "bn2", inner, 3, 1, Activation.RELU)
                .averagePool(stride)
                .convolution("conv3", "bn3", outputs, 1, 1, Activation.RELU);
        ConvolutionPath shortcut = stride == 1 && channels == outputs
                ? null
                : new ConvolutionPath(block, channels)
                        .averagePool(stride)
                        .convolution("downsample.0", "downsample.1", outputs, 1, 1, Activation.IDENTITY);
        return new ResidualBlock(backend, name, path, shortcut);
    }

    @Override
    public int dimension() {
        return pool.dimension();
    }

    @Override
    public int atOnce(int height, int width) {
        return Math.max(1, PIXELS_AT_ONCE / (height * width));
    }

    @Override
    public void requireSize(int height, int width) {
        shape.requireSize(height, width);
    }

    @Override
    public Tensor encode(Tensor pixels, Grid grid) {
        return backend.scoped("vision_model", () -> {
            FeatureMap map = new FeatureMap(
                    backend.scoped(
                            "stem",
                            () -> stem.apply(new FeatureMap(pixels, grid)).pixels()),
                    stem.output(grid)); //            [images * (size / 4)^2, width]
            for (ResidualBlock block : blocks) {
                map = block.apply(map);
            } //                                      [images * (size / 32)^2, 32 width]
            FeatureMap last = map;
            return backend.scoped("attnpool", () -> pool.apply(last)); // [images, projection]
        });
    }
}
