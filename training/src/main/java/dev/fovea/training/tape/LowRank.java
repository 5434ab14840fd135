package dev.fovea.training.tape;

import dev.fovea.tensor.Shape;
import java.util.random.RandomGenerator;

/**
 * A low-rank addition to the matrix of a linear layer (Hu et al. 2021, LoRA): {@code y = W x + scale B A x}. W stays as
 * it is, A and B are trained.
 *
 * @param module path of the layer in the checkpoint, without {@code .weight}
 * @param a {@code [rank, inputs]}
 * @param b {@code [outputs, rank]}
 * @param scale alpha / rank
 */
public record LowRank(String module, Parameter a, Parameter b, float scale) {

    /**
     * Starts as PEFT does: A uniform between plus and minus one over the root of the inputs, B zero, so that the model
     * is what it was.
     *
     * @param random draws A
     */
    public static LowRank of(String module, int inputs, int outputs, int rank, float scale, RandomGenerator random) {
        float[] a = new float[rank * inputs];
        double bound = 1 / Math.sqrt(inputs);
        for (int i = 0; i < a.length; i++) {
            a[i] = (float) ((2 * random.nextDouble() - 1) * bound);
        }
        return new LowRank(
                module,
                new Parameter(module + ".lora_A.weight", Shape.of(rank, inputs), a),
                new Parameter(module + ".lora_B.weight", Shape.of(outputs, rank), new float[outputs * rank]),
                scale);
    }

    /** Returns the rank. */
    public int rank() {
        return (int) a.shape().extent(0);
    }
}
