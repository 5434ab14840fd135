package dev.fovea.models.florence.network;

import dev.fovea.models.florence.network.FlorenceConfig.Stage;
import dev.fovea.models.nn.BlockNames;
import dev.fovea.models.nn.Linear;
import dev.fovea.models.nn.Mlp;
import dev.fovea.models.nn.Parameters;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.AttentionShape;
import dev.fovea.tensor.AttentionShape.Mask;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Rewriting;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.WeightData;
import java.util.List;

/**
 * Half of a dual attention block (Ding et al. 2022, figure 3), with attention among pixels or among channels:
 *
 * <pre>
 * x = x + depthwise(x);   x = x + attention(norm(x))
 * x = x + depthwise(x);   x = x + mlp(norm(x))
 * </pre>
 *
 * A convolution that is added to its own input is one whose middle tap is larger by one, which is how it is stored.
 */
final class DaVitBlock {

    /** The epsilon of all layer norms. */
    static final float EPSILON = 1e-5f;

    private final Backend backend;
    private final String name;
    private final Weight.Convolution firstPositions;
    private final LayerNorm attentionNorm;
    private final Linear queriesKeysValues;
    private final Linear out;
    private final Weight.Convolution secondPositions;
    private final LayerNorm mlpNorm;
    private final Mlp mlp;
    private final int channels;

    /** Heads of attention in windows; null where channels attend. */
    private final AttentionShape heads;

    private final int groups;

    /** Makes a block whose pixels attend to each other within a window. */
    static DaVitBlock spatial(
            Parameters blocks, int depth, Stage stage, FlorenceConfig.Vision config, FlorenceNames names) {
        float scale = (float) Math.pow(stage.channels() / stage.heads(), -0.5);
        AttentionShape heads = new AttentionShape(stage.heads(), scale, Mask.NONE);
        return new DaVitBlock(blocks, depth + ".spatial_block", "window_attn", stage, heads, config, names);
    }

    /** Makes a block whose channels attend to each other within a group. */
    static DaVitBlock channel(
            Parameters blocks, int depth, Stage stage, FlorenceConfig.Vision config, FlorenceNames names) {
        return new DaVitBlock(blocks, depth + ".channel_block", "channel_attn", stage, null, config, names);
    }

    private DaVitBlock(
            Parameters blocks,
            String name,
            String attention,
            Stage stage,
            AttentionShape heads,
            FlorenceConfig.Vision config,
            FlorenceNames names) {
        Parameters block = blocks.at(name);
        backend = block.backend();
        this.name = name;
        this.heads = heads;
        groups = stage.groups();
        channels = stage.channels();
        firstPositions = positions(block, "conv1" + names.depthwise());
        attentionNorm = block.layerNorm(names.normOf(attention), channels, EPSILON);
        String qkv = attention + names.attention() + ".qkv";
        queriesKeysValues = config.biased()
                ? block.linear(qkv, channels, 3 * channels)
                : block.linearWithoutBias(qkv, channels, 3 * channels);
        out = block.linear(attention + names.attention() + ".proj", channels, channels);
        secondPositions = positions(block, "conv2" + names.depthwise());
        mlpNorm = block.layerNorm(names.mlpNorm(), channels, EPSILON);
        BlockNames.Mlp layers = new BlockNames.Mlp(names.mlp() + ".fc1", names.mlp() + ".fc2", names.mlpNorm());
        mlp = new Mlp(block, layers, channels, stage.intermediateSize(), config.activation());
    }

    /** Returns a depthwise convolution plus its own input. */
    private Weight.Convolution positions(Parameters block, String name) {
        ConvolutionShape shape = new ConvolutionShape(channels, channels, 3, 3, 1, 1, channels);
        WeightData kernel = block.weights().tensor(name + ".weight", Shape.of(channels, 1, 3, 3));
        WeightData bias = block.weights().tensor(name + ".bias", Shape.of(channels));
        WeightData addedToInput = block.derived(
                kernel.name(),
                kernel.shape(),
                new Rewriting(
                        List.of(kernel),
                        values -> addedToInput(values.getFirst()),
                        (values, gradient) -> List.of(gradient)));
        return backend.convolutionWeight(addedToInput, bias, shape);
    }

    private float[] addedToInput(float[] taps) {
        float[] added = taps.clone();
        for (int channel = 0; channel < channels; channel++) {
            added[channel * 9 + 4] += 1;
        }
        return added;
    }

    /**
     * Computes the block.
     *
     * @param x {@code [map.rows(), channels]}
     * @return {@code [map.rows(), channels]}
     */
    Tensor apply(Tensor x, Grid map, Windows windows) {
        return backend.scoped(name, () -> {
            Tensor placed = backend.convolution(x, map, firstPositions, Activation.IDENTITY); //  x + depthwise(x)
            Tensor attended = heads == null ? attendToChannels(placed, map) : attendInWindows(placed, windows);
            Tensor mixed = out.apply(attended, Fusion.NONE.withResidual(placed)); //              x + attention(norm(x))
            backend.release(placed);
            backend.release(attended);
            Tensor again = backend.convolution(mixed, map, secondPositions, Activation.IDENTITY); // x + depthwise(x)
            backend.release(mixed);
            return mlp.apply(again, Fusion.NONE.withNorm(mlpNorm).withResidual(again)); //        x + mlp(norm(x))
        });
    }

    private Tensor attendInWindows(Tensor x, Windows windows) {
        return backend.scoped("window_attn", () -> {
            Tensor fused = queriesKeysValues.apply(x, Fusion.NONE.withNorm(attentionNorm)); // [rows, 3 channels]
            if (!windows.whole()) {
                Tensor zeros = backend.tensor(1, channels, new float[channels]);
                fused = backend.concatRows(List.of(fused, queriesKeysValues.apply(zeros))); // [rows + 1, 3 channels]
            }
            Tensor attended = backend.attention(
                    fused.columns(0, channels),
                    fused.columns(channels, 2 * channels),
                    fused.columns(2 * channels, 3 * channels),
                    windows.queries(),
                    windows.keys(),
                    heads);
            return attended.rows(0, x.rows());
        });
    }

    private Tensor attendToChannels(Tensor x, Grid map) {
        return backend.scoped("channel_attn", () -> {
            Tensor fused = queriesKeysValues.apply(x, Fusion.NONE.withNorm(attentionNorm)); // [rows, 3 channels]
            return backend.channelAttention(
                    fused.columns(0, channels),
                    fused.columns(channels, 2 * channels),
                    fused.columns(2 * channels, 3 * channels),
                    Segments.uniform(map.images(), map.height() * map.width()),
                    groups);
        });
    }
}
