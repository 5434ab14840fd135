package dev.fovea.tensor.kit;

import dev.fovea.tensor.Activation;
import dev.fovea.tensor.AttentionShape;
import dev.fovea.tensor.AttentionShape.Mask;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.WeightData;
import java.util.List;

/**
 * A small model that uses every operation whose work a backend may split, large enough to be worth splitting: for the
 * promises on bits. The numbers are the same for every backend.
 */
final class Workload {

    private static final int WIDTH = 96;
    private static final int HEADS = 4;

    private final float[] pixels;
    private final Grid grid;
    private final WeightData patches;
    private final WeightData depthwise;
    private final WeightData gamma;
    private final WeightData beta;
    private final WeightData projection;
    private final WeightData expand;
    private final WeightData expandBias;
    private final WeightData contract;

    Workload(Draw draw) {
        int images = draw.between("images", 1, 2);
        int size = draw.oneOf("size", 24, 33);
        grid = new Grid(images, size, size);
        pixels = draw.ordinary(grid.rows() * 3);
        patches = draw.weight("patches", DType.F32, 0, WIDTH, 3, 4, 4);
        depthwise = draw.weight("depthwise", DType.F32, 0, WIDTH, 1, 3, 3);
        gamma = draw.weight("gamma", DType.F32, 0, WIDTH);
        beta = draw.weight("beta", DType.F32, 0, WIDTH);
        projection = draw.weight("projection", DType.F32, 0, 3 * WIDTH, WIDTH);
        expand = draw.weight("expand", draw.oneOf("stored", DType.F32, DType.F16, DType.BF16), 0, 301, WIDTH);
        expandBias = draw.weight("expandBias", DType.F32, 0, 301);
        contract = draw.weight("contract", DType.F32, 0, WIDTH, 301);
    }

    /** The model's weights on one backend. */
    record Loaded(
            Weight.Convolution patches,
            Weight.Convolution depthwise,
            LayerNorm norm,
            Weight.Linear projection,
            Weight.Linear expand,
            Weight.Linear contract) {}

    Loaded load(Backend backend) {
        return new Loaded(
                backend.convolutionWeight(patches, null, new ConvolutionShape(3, WIDTH, 4, 4, 4, 0, 1)),
                backend.convolutionWeight(depthwise, null, new ConvolutionShape(WIDTH, WIDTH, 3, 3, 1, 1, WIDTH)),
                new LayerNorm(backend.constant(gamma), backend.constant(beta), 1e-5f),
                backend.linearWeight(List.of(projection), List.of(), null),
                backend.linearWeight(List.of(expand), List.of(expandBias), null),
                backend.linearWeight(List.of(contract), List.of(), DType.I8));
    }

    /** Runs the model; the numbers of all its steps, one after the other. */
    float[] run(Backend backend, Loaded model) {
        return backend.scoped("workload", () -> {
            Tensor x = backend.convolution(
                    backend.tensor(grid.rows(), 3, pixels), grid, model.patches, Activation.IDENTITY);
            Grid tokens = model.patches.shape().output(grid);
            Tensor local = backend.convolution(x, tokens, model.depthwise, Activation.GELU);
            Tensor fused = backend.linear(local, model.projection, Fusion.NONE.withNorm(model.norm));
            Segments segments = Segments.uniform(tokens.images(), tokens.height() * tokens.width());
            Tensor attended = backend.attention(
                    fused.columns(0, WIDTH),
                    fused.columns(WIDTH, 2 * WIDTH),
                    fused.columns(2 * WIDTH, 3 * WIDTH),
                    segments,
                    segments,
                    new AttentionShape(HEADS, 0.2f, Mask.CAUSAL));
            Tensor mixed = backend.channelAttention(
                    fused.columns(0, WIDTH),
                    fused.columns(WIDTH, 2 * WIDTH),
                    fused.columns(2 * WIDTH, 3 * WIDTH),
                    segments,
                    HEADS);
            Tensor together = backend.mlp(attended, model.expand, model.contract, Fusion.NONE.withResidual(x));
            Tensor hidden = backend.linear(attended, model.expand, Fusion.NONE.withActivation(Activation.QUICK_GELU));
            Tensor y =
                    backend.layerNorm(backend.linear(hidden, model.contract, Fusion.NONE.withResidual(x)), model.norm);
            Tensor pooled = backend.averagePool(y, tokens, 2, 2);
            Tensor means = backend.l2Normalize(backend.meanRows(y, segments));
            Tensor scores = backend.softmax(backend.matmulTransposed(y, means));
            Tensor back = backend.matmul(scores, means);
            Tensor column = back.columns(0, 1);
            Tensor scaled = backend.multiply(back, backend.add(column, column));
            AttentionShape shape = new AttentionShape(HEADS, 0.2f, Mask.CAUSAL);
            List<Tensor> gradients = backend.attentionGradients(
                    back,
                    fused.columns(0, WIDTH),
                    fused.columns(WIDTH, 2 * WIDTH),
                    fused.columns(2 * WIDTH, 3 * WIDTH),
                    segments,
                    segments,
                    shape);
            Tensor slopes = backend.layerNormGradient(back, x, model.norm);
            Tensor bent = backend.transpose(backend.activationGradient(back, x, Activation.GELU));
            return joined(List.of(
                    gradients.get(0),
                    gradients.get(1),
                    gradients.get(2),
                    slopes,
                    bent,
                    x,
                    local,
                    fused,
                    attended,
                    mixed,
                    together,
                    hidden,
                    y,
                    pooled,
                    means,
                    scores,
                    back,
                    scaled));
        });
    }

    private static float[] joined(List<Tensor> tensors) {
        float[] all =
                new float[tensors.stream().mapToInt(t -> (int) t.elements()).sum()];
        int at = 0;
        for (Tensor tensor : tensors) {
            float[] values = tensor.toArray();
            System.arraycopy(values, 0, all, at, values.length);
            at += values.length;
        }
        return all;
    }
}
