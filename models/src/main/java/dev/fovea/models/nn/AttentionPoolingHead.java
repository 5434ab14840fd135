package dev.fovea.models.nn;

import dev.fovea.tensor.AttentionShape;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Rewriting;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.WeightData;
import java.util.Arrays;
import java.util.List;

/**
 * Pools the tokens of a picture (Zhai et al. 2022, "Scaling Vision Transformers", section 2.1: MAP head): one learned
 * query, the probe, attends to all of them, and an MLP follows. SigLIP and PE-Core end with it.
 *
 * <pre>
 * x = attention(probe, norm(tokens)),  x + mlp(norm(x))
 * </pre>
 */
public final class AttentionPoolingHead {

    private static final BlockNames.Mlp MLP = new BlockNames.Mlp("mlp.fc1", "mlp.fc2", "layernorm");

    private final Backend backend;
    private final AttentionShape attention;
    private final int hiddenSize;
    private final Tensor probe;
    private final Linear query;
    private final Linear keysValues;
    private final Linear out;
    private final LayerNorm norm;
    private final Mlp mlp;

    /**
     * Takes the weights: {@code probe}, {@code attention}, {@code layernorm} and {@code mlp}. torch's attention has
     * queries, keys and values in one matrix.
     *
     * @param head the level with these names
     * @param shape width, heads, MLP and epsilon of the head
     */
    public AttentionPoolingHead(Parameters head, TransformerShape shape) {
        backend = head.backend();
        attention = shape.attention();
        hiddenSize = shape.hiddenSize();
        probe = head.constant("probe", 1, 1, hiddenSize);
        WeightData matrix = head.weights().tensor("attention.in_proj_weight", Shape.of(3L * hiddenSize, hiddenSize));
        WeightData bias = head.weights().tensor("attention.in_proj_bias", Shape.of(3L * hiddenSize));
        query = projection(head, matrix, bias, 0, 1);
        keysValues = projection(head, matrix, bias, 1, 3);
        out = head.linear("attention.out_proj", hiddenSize, hiddenSize);
        norm = head.layerNorm(MLP.norm(), hiddenSize, shape.epsilon());
        mlp = new Mlp(head, MLP, hiddenSize, shape.intermediateSize(), shape.activation());
    }

    /** Makes a linear layer of some of the three parts of the input projection. */
    private Linear projection(Parameters head, WeightData matrix, WeightData bias, int from, int to) {
        int rows = (to - from) * hiddenSize;
        return head.linear(
                List.of(part(head, matrix, Shape.of(rows, hiddenSize), from * hiddenSize * hiddenSize)),
                List.of(part(head, bias, Shape.of(rows), from * hiddenSize)));
    }

    /** Cuts numbers out of a weight, as many as a shape has. */
    private static WeightData part(Parameters head, WeightData whole, Shape shape, int from) {
        int to = from + (int) shape.elements();
        return head.derived(
                whole.name(),
                shape,
                new Rewriting(
                        List.of(whole),
                        values -> Arrays.copyOfRange(values.getFirst(), from, to),
                        (values, gradient) -> {
                            float[] all = new float[values.getFirst().length];
                            System.arraycopy(gradient, 0, all, from, gradient.length);
                            return List.of(all);
                        }));
    }

    /**
     * Pools tokens.
     *
     * @param tokens {@code [images * tokens, hidden]}
     * @param images every picture's rows there
     * @param tokenNorm applied to the tokens before
     * @return {@code [images, hidden]}
     */
    public Tensor apply(Tensor tokens, Segments images, LayerNorm tokenNorm) {
        Tensor seen = keysValues.apply(tokens, Fusion.NONE.withNorm(tokenNorm)); //  [images * tokens, 2 hidden]
        Tensor asked = query.apply(probe); //                                        [1, hidden]
        Tensor pooled = out.apply(backend.attention(
                backend.gatherRows(asked, new int[images.count()]), //               [images, hidden]
                seen.columns(0, hiddenSize),
                seen.columns(hiddenSize, 2 * hiddenSize),
                Segments.uniform(images.count(), 1),
                images,
                attention));
        return mlp.apply(pooled, Fusion.NONE.withNorm(norm).withResidual(pooled));
    }
}
