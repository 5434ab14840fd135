package dev.fovea.models.dinov3.network;

import dev.fovea.models.image.PictureException;
import dev.fovea.models.nn.BlockNames;
import dev.fovea.models.nn.FeatureMap;
import dev.fovea.models.nn.Mlp;
import dev.fovea.models.nn.Parameters;
import dev.fovea.models.towers.ImageEncoder;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import java.util.ArrayList;
import java.util.List;

/**
 * Encodes pictures with a ConvNeXt (Liu et al. 2022, "A ConvNet for the 2020s"; {@code DINOv3ConvNextModel} of
 * transformers). Every stage shrinks the map by one convolution and then sends it through blocks that look around with
 * a depthwise convolution where a transformer has attention. The mean of the last map, normalised, is the picture's
 * vector.
 */
final class ConvNextTower implements ImageEncoder {

    /** Number of pixels that are computed at a time: sixteen pictures of 224 x 224. */
    private static final int PIXELS_AT_ONCE = 16 * 224 * 224;

    private static final int STEM = 4;
    private static final int KERNEL = 7;

    private static final BlockNames.Mlp MLP =
            new BlockNames.Mlp("pointwise_conv1", "pointwise_conv2", "layer_norm", "gamma");

    private final Backend backend;
    private final List<Stage> stages = new ArrayList<>();
    private final LayerNorm norm;
    private final int dimension;
    private final int leastSide;

    /**
     * Shrinks a map.
     *
     * @param before norm before the convolution; null in the first stage
     * @param after norm behind it; null in the others
     */
    private record Shrink(LayerNorm before, Weight.Convolution weight, ConvolutionShape shape, LayerNorm after) {}

    /** A block: {@code x + mlp(norm(depthwise(x)))}. */
    private record Block(Weight.Convolution depthwise, LayerNorm norm, Mlp mlp) {}

    private record Stage(Shrink shrink, List<Block> blocks) {}

    /**
     * Takes the weights.
     *
     * @param model the checkpoint's top level
     */
    ConvNextTower(Parameters model, ConvNextConfig config) {
        backend = model.backend();
        int channels = 3;
        for (int number = 0; number < config.stages().size(); number++) {
            ConvNextConfig.Stage sizes = config.stages().get(number);
            stages.add(stage(model.at("stages", number), sizes, channels, number == 0, config));
            channels = sizes.channels();
        }
        dimension = channels;
        leastSide = STEM << (config.stages().size() - 1);
        norm = model.layerNorm("layer_norm", dimension, config.epsilon());
    }

    private static Stage stage(
            Parameters stage, ConvNextConfig.Stage sizes, int inputs, boolean first, ConvNextConfig config) {
        int channels = sizes.channels();
        Parameters layers = stage.at("downsample_layers");
        int side = first ? STEM : 2;
        ConvolutionShape shape = new ConvolutionShape(inputs, channels, side, side, side, 0, 1);
        Shrink shrink = first
                ? new Shrink(
                        null, layers.convolution("0", shape), shape, layers.layerNorm("1", channels, config.epsilon()))
                : new Shrink(
                        layers.layerNorm("0", inputs, config.epsilon()), layers.convolution("1", shape), shape, null);
        List<Block> blocks = new ArrayList<>();
        for (int number = 0; number < stage.weights().listLength(sizes.depth()); number++) {
            Parameters block = stage.at("layers", number);
            blocks.add(new Block(
                    block.convolution(
                            "depthwise_conv",
                            new ConvolutionShape(channels, channels, KERNEL, KERNEL, 1, KERNEL / 2, channels)),
                    block.layerNorm(MLP.norm(), channels, config.epsilon()),
                    new Mlp(block, MLP, channels, 4 * channels, config.activation())));
        }
        return new Stage(shrink, blocks);
    }

    @Override
    public int dimension() {
        return dimension;
    }

    @Override
    public int atOnce(int height, int width) {
        return Math.max(1, PIXELS_AT_ONCE / (height * width));
    }

    @Override
    public void requireSize(int height, int width) {
        if (height < leastSide || width < leastSide) {
            throw new PictureException("pictures of " + width + " x " + height
                    + " pixels shrink to nothing; expected at least " + leastSide + " x " + leastSide);
        }
    }

    @Override
    public Tensor encode(Tensor pixels, Grid grid) {
        return backend.scoped("dinov3", () -> {
            FeatureMap map = new FeatureMap(pixels, grid);
            for (int number = 0; number < stages.size(); number++) {
                Stage stage = stages.get(number);
                FeatureMap input = map;
                Grid shrunk = stage.shrink.shape.output(input.grid());
                map = new FeatureMap(backend.scoped("stages." + number, () -> apply(stage, input, shrunk)), shrunk);
            } //                                                          [images * (size / 32)^2, hidden]
            Segments images = Segments.uniform(
                    grid.images(), map.grid().height() * map.grid().width());
            return backend.layerNorm(backend.meanRows(map.pixels(), images), norm); // [images, hidden]
        });
    }

    private Tensor apply(Stage stage, FeatureMap map, Grid shrunk) {
        Shrink shrink = stage.shrink;
        Tensor in = shrink.before == null ? map.pixels() : backend.layerNorm(map.pixels(), shrink.before);
        Tensor x = backend.convolution(in, map.grid(), shrink.weight, Activation.IDENTITY);
        if (shrink.after != null) {
            x = backend.layerNorm(x, shrink.after);
        }
        for (int number = 0; number < stage.blocks.size(); number++) {
            Block block = stage.blocks.get(number);
            Tensor before = x;
            x = backend.scoped("layers." + number, () -> {
                Tensor around = backend.convolution(before, shrunk, block.depthwise, Activation.IDENTITY);
                return block.mlp.apply(around, Fusion.NONE.withNorm(block.norm).withResidual(before));
            });
            backend.release(before);
        }
        return x; // [images * height * width, channels]
    }
}
