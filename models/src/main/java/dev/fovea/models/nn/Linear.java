package dev.fovea.models.nn;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;

/**
 * Computes {@code y = x Wᵀ + b}, fused with a norm, an activation or a residual where asked for.
 *
 * @param backend computes
 * @param weight W and b
 */
public record Linear(Backend backend, Weight.Linear weight) {

    /** Computes the layer, {@code [rows, inputs]} to {@code [rows, outputs]}. */
    public Tensor apply(Tensor x) {
        return backend.linear(x, weight, Fusion.NONE);
    }

    /** Computes the layer with a norm before, an activation or a residual after. */
    public Tensor apply(Tensor x, Fusion fusion) {
        return backend.linear(x, weight, fusion);
    }
}
