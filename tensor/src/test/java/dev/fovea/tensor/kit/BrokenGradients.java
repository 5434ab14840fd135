package dev.fovea.tensor.kit;

import dev.fovea.tensor.Activation;
import dev.fovea.tensor.AttentionShape;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Mistakes in operations that only gradients need. */
final class BrokenGradients {

    private BrokenGradients() {}

    static void addTo(Map<String, Supplier<Backend>> mistakes) {
        mistakes.put("transpose: ignores the row stride", () -> new Broken() {
            @Override
            public Tensor transpose(Tensor x) {
                return super.transpose(withoutStride(x));
            }
        });
        mistakes.put("activationGradient: the slope at the activated value", () -> new Broken() {
            @Override
            public Tensor activationGradient(Tensor gradient, Tensor x, Activation activation) {
                return super.activationGradient(gradient, activate(x, activation), activation);
            }
        });
        mistakes.put("layerNormGradient: mean and variance taken for constants", () -> new Broken() {
            @Override
            public Tensor layerNormGradient(Tensor gradient, Tensor x, LayerNorm norm) {
                Tensor zero = tensor(1, x.columns(), new float[x.columns()]);
                Tensor scales = layerNorm(x, new LayerNorm(norm.gamma(), zero, norm.epsilon()));
                return multiply(super.layerNormGradient(gradient, x, norm), scales);
            }
        });
        mistakes.put("layerNormGradient: forgets gamma", () -> new Broken() {
            @Override
            public Tensor layerNormGradient(Tensor gradient, Tensor x, LayerNorm norm) {
                Tensor ones = changed(norm.gamma(), values -> {
                    Arrays.fill(values, 1);
                    return values;
                });
                return super.layerNormGradient(gradient, x, new LayerNorm(ones, norm.beta(), norm.epsilon()));
            }
        });
        mistakes.put("attentionGradients: the mask is forgotten", () -> new Broken() {
            @Override
            public List<Tensor> attentionGradients(
                    Tensor gradient,
                    Tensor queries,
                    Tensor keys,
                    Tensor values,
                    Segments querySegments,
                    Segments keySegments,
                    AttentionShape shape) {
                return super.attentionGradients(
                        gradient,
                        queries,
                        keys,
                        values,
                        querySegments,
                        keySegments,
                        new AttentionShape(shape.heads(), shape.scale(), AttentionShape.Mask.NONE));
            }
        });
        mistakes.put("attentionGradients: queries and keys change places", () -> new Broken() {
            @Override
            public List<Tensor> attentionGradients(
                    Tensor gradient,
                    Tensor queries,
                    Tensor keys,
                    Tensor values,
                    Segments querySegments,
                    Segments keySegments,
                    AttentionShape shape) {
                List<Tensor> right =
                        super.attentionGradients(gradient, queries, keys, values, querySegments, keySegments, shape);
                return queries.rows() == keys.rows() ? List.of(right.get(1), right.get(0), right.get(2)) : right;
            }
        });
    }
}
