package dev.fovea.models.vitamin.network;

import dev.fovea.models.nn.FeatureMap;
import dev.fovea.models.nn.Parameters;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes tokens of pixels by convolutions ({@code MbConvStages} of {@code timm/models/vitamin.py}): a stem, stages of
 * blocks of which the first halves the map, and a last convolution that halves it once more.
 */
final class VitaminStages {

    private static final int KERNEL = 3;

    private final Backend backend;
    private final Weight.Convolution first;
    private final LayerNorm firstNorm;
    private final Weight.Convolution second;
    private final List<List<MbConvBlock>> stages = new ArrayList<>();
    private final LayerNorm lastNorm;
    private final Weight.Convolution last;

    /** Takes the weights below {@code patch_embed.backbone}. */
    VitaminStages(Parameters backbone, VitaminShape shape) {
        backend = backbone.backend();
        float epsilon = shape.transformer().epsilon();
        Parameters stem = backbone.at("stem");
        first = stem.convolution("conv1", convolution(3, shape.stem(), 2));
        firstNorm = stem.layerNorm("norm1", shape.stem(), epsilon);
        second = stem.convolution("conv2", convolution(shape.stem(), shape.stem(), 1));
        int channels = shape.stem();
        for (int number = 0; number < shape.stages().size(); number++) {
            VitaminShape.Stage sizes = shape.stages().get(number);
            Parameters stage = backbone.at("stages", number);
            List<MbConvBlock> blocks = new ArrayList<>();
            for (int block = 0; block < sizes.depth(); block++) {
                Parameters at = stage.at(Integer.toString(block));
                blocks.add(new MbConvBlock(at, channels, sizes, block == 0, epsilon));
                channels = sizes.channels();
            }
            stages.add(blocks);
        }
        lastNorm = backbone.layerNorm("pool.norm", channels, epsilon);
        last = backbone.convolution(
                "pool.proj", convolution(channels, shape.transformer().hiddenSize(), 2));
    }

    private static ConvolutionShape convolution(int inputs, int outputs, int stride) {
        return new ConvolutionShape(inputs, outputs, KERNEL, KERNEL, stride, KERNEL / 2, 1);
    }

    /** Turns pixels {@code [images * height * width, 3]} into tokens {@code [images * tokens, hidden]}. */
    FeatureMap apply(FeatureMap pixels) {
        FeatureMap map = stem(pixels);
        for (int number = 0; number < stages.size(); number++) {
            List<MbConvBlock> blocks = stages.get(number);
            FeatureMap input = map;
            Grid halved = blocks.getFirst().output(input.grid());
            map = new FeatureMap(backend.scoped("stages." + number, () -> apply(blocks, input)), halved);
            backend.release(input.pixels());
        }
        FeatureMap input = map;
        return new FeatureMap(
                backend.scoped("pool", () -> {
                    Tensor normed = backend.layerNorm(input.pixels(), lastNorm);
                    return backend.convolution(normed, input.grid(), last, Activation.IDENTITY);
                }),
                last.shape().output(input.grid()));
    }

    private FeatureMap stem(FeatureMap pixels) {
        Grid halved = first.shape().output(pixels.grid());
        return new FeatureMap(
                backend.scoped("stem", () -> {
                    Tensor x = backend.convolution(pixels.pixels(), pixels.grid(), first, Activation.IDENTITY);
                    Tensor normed = backend.layerNorm(x, firstNorm);
                    backend.release(x);
                    Tensor activated = backend.activate(normed, Activation.GELU);
                    backend.release(normed);
                    return backend.convolution(activated, halved, second, Activation.IDENTITY);
                }),
                halved);
    }

    private static Tensor apply(List<MbConvBlock> blocks, FeatureMap input) {
        FeatureMap map = input;
        for (MbConvBlock block : blocks) {
            map = block.apply(map);
        }
        return map.pixels();
    }
}
