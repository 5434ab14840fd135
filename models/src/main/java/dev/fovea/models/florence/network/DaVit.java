package dev.fovea.models.florence.network;

import dev.fovea.models.florence.network.FlorenceConfig.Stage;
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
 * The image encoder: Dual Attention Vision Transformer (Ding et al. 2022; {@code Florence2VisionBackbone} of
 * transformers). Four stages; each shrinks the map with a convolution, then alternates attention among the pixels of a
 * window and attention among the channels of the whole map.
 *
 * <p>A map is one tensor throughout, rows are pixels and columns are channels: windows are row indices that attention
 * reads by, and nothing is ever transposed or cut into windows.
 */
final class DaVit {

    private final Backend backend;
    private final List<EmbeddedStage> stages = new ArrayList<>();

    /**
     * Takes the weights of the tower.
     *
     * @param model the level that holds {@code vision_tower}
     */
    DaVit(Parameters model, FlorenceConfig.Vision config, FlorenceNames names) {
        backend = model.backend();
        Parameters tower = model.at("vision_tower");
        int channels = 3;
        for (int stage = 0; stage < config.stages().size(); stage++) {
            stages.add(new EmbeddedStage(tower, stage, channels, config, names));
            channels = config.stages().get(stage).channels();
        }
    }

    /**
     * Returns the grid of the last map.
     *
     * @param grid of the pixels
     */
    Grid output(Grid grid) {
        for (EmbeddedStage stage : stages) {
            grid = stage.shape.output(grid);
        }
        return grid;
    }

    /**
     * Encodes pixels as features.
     *
     * @param pixels {@code [images * height * width, 3]}, normalised
     * @return {@code [output(grid).rows(), channels of the last stage]}
     */
    Tensor encode(Tensor pixels, Grid grid) {
        return backend.scoped("vision_tower", () -> {
            Tensor x = pixels;
            Grid map = grid;
            for (EmbeddedStage stage : stages) {
                Tensor input = x;
                Grid inputMap = map;
                Tensor embedded = stage.embed(input, inputMap);
                if (input != pixels) {
                    backend.release(input);
                }
                map = stage.shape.output(map);
                x = stage.apply(embedded, map);
                if (x != embedded) { // a stage may have no blocks
                    backend.release(embedded);
                }
            }
            return x;
        });
    }

    /** A stage with the convolution before it. */
    private static final class EmbeddedStage {

        final ConvolutionShape shape;
        private final Backend backend;
        private final int number;
        private final int windowSize;
        private final Weight.Convolution convolution;
        private final LayerNorm norm;
        private final boolean normFirst;
        private final List<DaVitBlock> blocks = new ArrayList<>();

        EmbeddedStage(
                Parameters tower, int number, int inputChannels, FlorenceConfig.Vision config, FlorenceNames names) {
            Stage stage = config.stages().get(number);
            backend = tower.backend();
            this.number = number;
            windowSize = config.windowSize();
            shape = new ConvolutionShape(
                    inputChannels,
                    stage.channels(),
                    stage.kernel(),
                    stage.kernel(),
                    stage.stride(),
                    stage.padding(),
                    1);
            Parameters embedding = tower.at("convs", number);
            convolution = embedding.convolution(names.convolution(), shape);
            normFirst = stage.normFirst();
            norm = embedding.layerNorm("norm", normFirst ? inputChannels : stage.channels(), DaVitBlock.EPSILON);
            int depths = tower.weights().listLength(stage.depth());
            for (int depth = 0; depth < depths; depth++) {
                blocks.add(DaVitBlock.spatial(tower.at("blocks", number), depth, stage, config, names));
                blocks.add(DaVitBlock.channel(tower.at("blocks", number), depth, stage, config, names));
            }
        }

        Tensor embed(Tensor x, Grid map) {
            return backend.scoped("convs." + number, () -> {
                Tensor input = normFirst ? backend.layerNorm(x, norm) : x;
                Tensor shrunk = backend.convolution(input, map, convolution, Activation.IDENTITY);
                return normFirst ? shrunk : backend.layerNorm(shrunk, norm);
            });
        }

        Tensor apply(Tensor first, Grid map) {
            return backend.scoped("blocks." + number, () -> {
                Windows windows = Windows.of(map, windowSize);
                Tensor x = first;
                for (DaVitBlock block : blocks) {
                    Tensor input = x;
                    x = block.apply(input, map, windows);
                    backend.release(input);
                }
                return x;
            });
        }
    }
}
