package dev.fovea.models.convnext.network;

import dev.fovea.models.image.PictureException;
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
 * Encodes pictures with a ConvNeXt (Liu et al. 2022, "A ConvNet for the 2020s"; {@code DINOv3ConvNextModel} and {@code
 * ConvNextModel} of transformers, {@code timm/models/convnext.py}). Every stage shrinks the map by one convolution and
 * then sends it through blocks that look around with a depthwise convolution where a transformer has attention. The
 * mean of the last map, normalised, is the picture's vector.
 */
public final class ConvNextTower implements ImageEncoder {

    /** Number of pixels that are computed at a time: sixteen pictures of 224 x 224. */
    private static final int PIXELS_AT_ONCE = 16 * 224 * 224;

    private static final int STEM = 4;
    private static final int KERNEL = 7;

    private final Backend backend;
    private final String scope;
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
     * @param tower the level of the names
     * @param scope the name of what is computed, for recorders
     */
    public ConvNextTower(Parameters tower, ConvNextNames names, ConvNextShape shape, String scope) {
        this.scope = scope;
        backend = tower.backend();
        int channels = 3;
        for (int number = 0; number < shape.stages().size(); number++) {
            ConvNextShape.Stage sizes = shape.stages().get(number);
            Parameters stage = tower.at(names.stages(), number);
            Shrink shrink = number == 0
                    ? stem(tower, names, sizes.channels(), shape.epsilon())
                    : shrink(stage.at(names.shrink()), channels, sizes.channels(), shape.epsilon());
            stages.add(new Stage(shrink, blocks(stage, names, sizes, shape)));
            channels = sizes.channels();
        }
        dimension = channels;
        leastSide = STEM << (shape.stages().size() - 1);
        norm = tower.layerNorm(names.norm(), dimension, shape.lastEpsilon());
    }

    private static Shrink stem(Parameters tower, ConvNextNames names, int channels, float epsilon) {
        ConvolutionShape shape = new ConvolutionShape(3, channels, STEM, STEM, STEM, 0, 1);
        return new Shrink(
                null,
                tower.convolution(names.stem(), shape),
                shape,
                tower.layerNorm(names.stemNorm(), channels, epsilon));
    }

    private static Shrink shrink(Parameters layers, int inputs, int channels, float epsilon) {
        ConvolutionShape shape = new ConvolutionShape(inputs, channels, 2, 2, 2, 0, 1);
        return new Shrink(layers.layerNorm("0", inputs, epsilon), layers.convolution("1", shape), shape, null);
    }

    private static List<Block> blocks(
            Parameters stage, ConvNextNames names, ConvNextShape.Stage sizes, ConvNextShape shape) {
        int channels = sizes.channels();
        ConvolutionShape depthwise = new ConvolutionShape(channels, channels, KERNEL, KERNEL, 1, KERNEL / 2, channels);
        List<Block> blocks = new ArrayList<>();
        for (int number = 0; number < stage.weights().listLength(sizes.depth()); number++) {
            Parameters block = stage.at(names.blocks(), number);
            blocks.add(new Block(
                    block.convolution(names.depthwise(), depthwise),
                    block.layerNorm(names.mlp().norm(), channels, shape.epsilon()),
                    new Mlp(block, names.mlp(), channels, 4 * channels, shape.activation())));
        }
        return blocks;
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
        return backend.scoped(scope, () -> {
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
