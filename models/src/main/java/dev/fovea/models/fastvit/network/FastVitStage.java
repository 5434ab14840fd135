package dev.fovea.models.fastvit.network;

import dev.fovea.models.fastvit.network.FastVitShape.Stage;
import dev.fovea.models.nn.FeatureMap;
import dev.fovea.models.nn.Parameters;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import java.util.ArrayList;
import java.util.List;

/**
 * A stage of FastViT: a map is halved, positions are added where the stage has them, blocks follow. The first stage has
 * the size and the channels of the stem and halves nothing.
 */
final class FastVitStage {

    private static final int LARGE_KERNEL = 7;
    private static final int HALVING = 2;

    private final Backend backend;
    private final String name;
    private final ActivatedConvolution halving;
    private final ActivatedConvolution mixing;
    private final Weight.Convolution positions;
    private final List<FastVitBlock> blocks = new ArrayList<>();

    /**
     * Takes the weights of a stage.
     *
     * @param name of the stage below the tower
     * @param inputs channels of the stage before, 0 for the first
     */
    FastVitStage(Parameters tower, String name, int inputs, Stage stage, boolean layerNorm) {
        backend = tower.backend();
        this.name = name;
        Parameters parameters = tower.at(name);
        int channels = stage.channels();
        halving = inputs == 0 ? null : halving(parameters.at("downsample.proj.0"), inputs, stage);
        mixing = inputs == 0 ? null : ActivatedConvolution.pointwise(parameters.at("downsample.proj.1"), channels);
        positions = stage.positions()
                ? Reparametrized.positions(parameters.at("pos_emb"), ConvolutionalMlp.depthwise(channels, LARGE_KERNEL))
                : null;
        for (int number = 0; number < parameters.weights().listLength(stage.depth()); number++) {
            blocks.add(FastVitBlock.of(parameters.at("blocks", number), stage, layerNorm));
        }
    }

    private static ActivatedConvolution halving(Parameters parameters, int inputs, Stage stage) {
        int outputs = stage.channels();
        ConvolutionShape shape =
                new ConvolutionShape(inputs, outputs, LARGE_KERNEL, LARGE_KERNEL, HALVING, LARGE_KERNEL / 2, inputs);
        return new ActivatedConvolution(
                parameters.backend(),
                Reparametrized.largeKernel(parameters, shape),
                stage.squeezes() ? SqueezeExcitation.ofQuarter(parameters.at("se"), outputs) : null);
    }

    /** Computes the stage. */
    FeatureMap apply(FeatureMap map) {
        Grid grid = halving == null ? map.grid() : halving.output(map.grid());
        return new FeatureMap(backend.scoped(name, () -> blocks(halved(map), grid)), grid);
    }

    private Tensor halved(FeatureMap map) {
        FeatureMap half = halving == null ? map : mixing.apply(halving.apply(map)); // a quarter of the pixels
        return positions == null
                ? half.pixels()
                : backend.convolution(half.pixels(), half.grid(), positions, Activation.IDENTITY);
    }

    private Tensor blocks(Tensor x, Grid grid) {
        for (int number = 0; number < blocks.size(); number++) {
            FastVitBlock block = blocks.get(number);
            Tensor input = x;
            x = backend.scoped("blocks." + number, () -> block.apply(input, grid));
            if (number > 0) {
                backend.release(input);
            }
        }
        return x; // [pixels, channels]
    }
}
