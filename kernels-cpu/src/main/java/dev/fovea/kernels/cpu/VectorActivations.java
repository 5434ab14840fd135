package dev.fovea.kernels.cpu;

import static dev.fovea.kernels.cpu.Simd.LANES;
import static dev.fovea.kernels.cpu.Simd.broadcast;
import static dev.fovea.kernels.cpu.Simd.load;
import static dev.fovea.kernels.cpu.Simd.store;

import dev.fovea.tensor.Activation;
import jdk.incubator.vector.FloatVector;

/**
 * The activation functions over a row, in place. Each has a loop of its own: a switch inside the loop would merge vectors of several
 * branches, which C2 boxes. Twins: {@link Activation#of}.
 */
final class VectorActivations {

    private static final float SQRT_HALF = 0.70710678f;
    private static final float SQRT_2_OVER_PI = 0.79788456f;

    private VectorActivations() {}

    /** Applies one to some rows, whose length is rounded up to whole vectors. */
    static void apply(Activation activation, long x, long stride, int rows, int count) {
        long end = x + rows * stride;
        switch (activation) {
            case IDENTITY -> {}
            case RELU -> {
                for (long row = x; row < end; row += stride) {
                    relu(row, count);
                }
            }
            case GELU -> {
                for (long row = x; row < end; row += stride) {
                    gelu(row, count);
                }
            }
            case GELU_TANH -> {
                for (long row = x; row < end; row += stride) {
                    geluTanh(row, count);
                }
            }
            case QUICK_GELU -> {
                for (long row = x; row < end; row += stride) {
                    quickGelu(row, count);
                }
            }
            case SIGMOID -> {
                for (long row = x; row < end; row += stride) {
                    sigmoid(row, count);
                }
            }
            case TANH -> {
                for (long row = x; row < end; row += stride) {
                    tanh(row, count);
                }
            }
        }
    }

    /** {@code max(x, 0)}. */
    private static void relu(long row, int count) {
        for (int i = 0; i < count; i += LANES) {
            long at = row + (long) i * Float.BYTES;
            FloatVector x = load(at);
            store(x.max(0f), at);
        }
    }

    /** Exact GELU: {@code x/2 (1 + erf(x / sqrt 2))}. */
    private static void gelu(long row, int count) {
        for (int i = 0; i < count; i += LANES) {
            long at = row + (long) i * Float.BYTES;
            FloatVector x = load(at);
            FloatVector half = x.mul(0.5f);
            store(half.fma(VectorMath.erf(x.mul(SQRT_HALF)), half), at);
        }
    }

    /** GELU by tanh, written with {@code (1 + tanh(y)) / 2 = sigmoid(2y)}: {@code x sigmoid(2 sqrt(2/pi) (x + 0.044715 x^3))}. */
    private static void geluTanh(long row, int count) {
        for (int i = 0; i < count; i += LANES) {
            long at = row + (long) i * Float.BYTES;
            FloatVector x = load(at);
            FloatVector inner =
                    x.mul(x).fma(broadcast(0.044715f), broadcast(1f)).mul(x);
            store(x.div(VectorMath.exp(inner.mul(-2 * SQRT_2_OVER_PI)).add(1f)), at);
        }
    }

    /** {@code x sigmoid(1.702 x)}. */
    private static void quickGelu(long row, int count) {
        for (int i = 0; i < count; i += LANES) {
            long at = row + (long) i * Float.BYTES;
            FloatVector x = load(at);
            store(x.div(VectorMath.exp(x.mul(-1.702f)).add(1f)), at);
        }
    }

    /** {@code 1 / (1 + e^-x)}. */
    private static void sigmoid(long row, int count) {
        for (int i = 0; i < count; i += LANES) {
            long at = row + (long) i * Float.BYTES;
            FloatVector x = load(at);
            store(broadcast(1f).div(VectorMath.exp(x.neg()).add(1f)), at);
        }
    }

    /** {@code 1 - 2 / (e^2x + 1)}. */
    private static void tanh(long row, int count) {
        for (int i = 0; i < count; i += LANES) {
            long at = row + (long) i * Float.BYTES;
            FloatVector x = load(at);
            store(broadcast(1f).sub(broadcast(2f).div(VectorMath.exp(x.add(x)).add(1f))), at);
        }
    }
}
