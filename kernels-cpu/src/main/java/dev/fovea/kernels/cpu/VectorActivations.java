package dev.fovea.kernels.cpu;

import static dev.fovea.kernels.cpu.Simd.LANES;
import static dev.fovea.kernels.cpu.Simd.broadcast;
import static dev.fovea.kernels.cpu.Simd.load;
import static dev.fovea.kernels.cpu.Simd.store;

import dev.fovea.tensor.Activation;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/**
 * The activation functions over a row, in place. Each has a loop of its own: a switch inside the loop would merge vectors of several
 * branches, which C2 boxes. Twins: {@link Activation#of}.
 */
final class VectorActivations {

    private static final float SQRT_HALF = 0.70710678f;
    private static final float SQRT_2_OVER_PI = 0.79788456f;

    private VectorActivations() {}

    /** Applies one to a row, whose length is rounded up to whole vectors. */
    static void apply(Activation activation, MemorySegment row, long offset, int count) {
        switch (activation) {
            case IDENTITY -> {}
            case RELU -> relu(row, offset, count);
            case GELU -> gelu(row, offset, count);
            case GELU_TANH -> geluTanh(row, offset, count);
            case QUICK_GELU -> quickGelu(row, offset, count);
            case SIGMOID -> sigmoid(row, offset, count);
            case TANH -> tanh(row, offset, count);
        }
    }

    /** {@code max(x, 0)}. */
    private static void relu(MemorySegment row, long offset, int count) {
        for (int i = 0; i < count; i += LANES) {
            long at = offset + (long) i * Float.BYTES;
            FloatVector x = load(row, at);
            store(x.max(0f), row, at);
        }
    }

    /** Exact GELU: {@code x/2 (1 + erf(x / sqrt 2))}. */
    private static void gelu(MemorySegment row, long offset, int count) {
        for (int i = 0; i < count; i += LANES) {
            long at = offset + (long) i * Float.BYTES;
            FloatVector x = load(row, at);
            FloatVector half = x.mul(0.5f);
            store(half.fma(VectorMath.erf(x.mul(SQRT_HALF)), half), row, at);
        }
    }

    /** GELU by tanh, written with {@code (1 + tanh(y)) / 2 = sigmoid(2y)}: {@code x sigmoid(2 sqrt(2/pi) (x + 0.044715 x^3))}. */
    private static void geluTanh(MemorySegment row, long offset, int count) {
        for (int i = 0; i < count; i += LANES) {
            long at = offset + (long) i * Float.BYTES;
            FloatVector x = load(row, at);
            FloatVector inner =
                    x.mul(x).fma(broadcast(0.044715f), broadcast(1f)).mul(x);
            store(x.div(VectorMath.exp(inner.mul(-2 * SQRT_2_OVER_PI)).add(1f)), row, at);
        }
    }

    /** {@code x sigmoid(1.702 x)}. */
    private static void quickGelu(MemorySegment row, long offset, int count) {
        for (int i = 0; i < count; i += LANES) {
            long at = offset + (long) i * Float.BYTES;
            FloatVector x = load(row, at);
            store(x.div(VectorMath.exp(x.mul(-1.702f)).add(1f)), row, at);
        }
    }

    /** {@code 1 / (1 + e^-x)}. */
    private static void sigmoid(MemorySegment row, long offset, int count) {
        for (int i = 0; i < count; i += LANES) {
            long at = offset + (long) i * Float.BYTES;
            FloatVector x = load(row, at);
            store(broadcast(1f).div(VectorMath.exp(x.neg()).add(1f)), row, at);
        }
    }

    /** {@code 1 - 2 / (e^2x + 1)}. */
    private static void tanh(MemorySegment row, long offset, int count) {
        for (int i = 0; i < count; i += LANES) {
            long at = offset + (long) i * Float.BYTES;
            FloatVector x = load(row, at);
            store(broadcast(1f).sub(broadcast(2f).div(VectorMath.exp(x.add(x)).add(1f))), row, at);
        }
    }
}
