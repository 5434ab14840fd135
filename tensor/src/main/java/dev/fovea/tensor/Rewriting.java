package dev.fovea.tensor;

import java.util.List;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * Says how a weight was computed from stored ones, such as a convolution that a batch norm is folded into, so that the
 * stored ones can be trained: the weight as a function of their numbers, and the way back of its gradient.
 *
 * @param stored weights of the checkpoint
 * @param forward given the numbers of each, returns those of the weight
 * @param back given the numbers of each and the gradient of the weight, returns the gradient of each
 */
public record Rewriting(
        List<WeightData> stored,
        Function<List<float[]>, float[]> forward,
        BiFunction<List<float[]>, float[], List<float[]>> back) {

    /** Copies the list. */
    public Rewriting {
        stored = List.copyOf(Objects.requireNonNull(stored, "stored is null"));
        Objects.requireNonNull(forward, "forward is null");
        Objects.requireNonNull(back, "back is null");
    }

    /** Computes the weight from what is stored, in f32. */
    public float[] compute() {
        return forward.apply(stored.stream().map(WeightData::toFloats).toList());
    }
}
