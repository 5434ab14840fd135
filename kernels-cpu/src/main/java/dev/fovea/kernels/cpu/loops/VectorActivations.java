package dev.fovea.kernels.cpu.loops;

import static dev.fovea.kernels.cpu.loops.Simd.FLOATS;
import static dev.fovea.kernels.cpu.loops.Simd.LANES;
import static dev.fovea.kernels.cpu.loops.Simd.ORDER;
import static dev.fovea.kernels.cpu.memory.Memory.ALL;

import dev.fovea.kernels.cpu.memory.Scratch;
import dev.fovea.tensor.Activation;
import jdk.incubator.vector.FloatVector;

/**
 * Applies the activation functions to a row, in place. Each has loops of its own: a switch inside a loop would merge
 * vectors of several branches, which C2 boxes. Twins: {@link Activation#of}.
 */
final class VectorActivations {

    private static final float SQRT_2_OVER_PI = 0.79788456f;

    private VectorActivations() {}

    /** Applies one to a row, whose length is rounded up to whole vectors. */
    static void apply(Activation activation, long row, int count) {
        int whole = (count + LANES - 1) / LANES * LANES;
        switch (activation) {
            case IDENTITY -> {}
            case RELU -> relu(row, whole);
            case GELU -> VectorRows.gelu(row, whole);
            case GELU_TANH -> geluTanh(row, aside(whole), whole);
            case QUICK_GELU -> quickGelu(row, aside(whole), whole);
            case SIGMOID -> sigmoid(row, whole);
            case TANH -> tanh(row, whole);
            case SILU -> silu(row, aside(whole), whole);
        }
    }

    private static long aside(int count) {
        return Scratch.floats(Scratch.Slot.ACTIVATION, count);
    }

    /** Computes {@code max(x, 0)}. */
    private static void relu(long row, int count) {
        for (int i = 0; i < count; i += LANES) {
            long at = row + i * 4L;
            FloatVector.fromMemorySegment(FLOATS, ALL, at, ORDER).max(0f).intoMemorySegment(ALL, at, ORDER);
        }
    }

    /**
     * Computes GELU by tanh, written with {@code (1 + tanh(y)) / 2 = sigmoid(2y)}: {@code x sigmoid(2 sqrt(2/pi) (x +
     * 0.044715 x^3))}.
     */
    private static void geluTanh(long row, long aside, int count) {
        for (int i = 0; i < count; i += LANES) {
            FloatVector x = FloatVector.fromMemorySegment(FLOATS, ALL, row + i * 4L, ORDER);
            x.mul(x).fma(0.044715f, 1f).mul(x).intoMemorySegment(ALL, aside + i * 4L, ORDER);
        }
        VectorRows.exp(aside, -2 * SQRT_2_OVER_PI, 0, aside, count);
        divideByOneMore(row, aside, count);
    }

    /** Computes {@code x sigmoid(1.702 x)}. */
    private static void quickGelu(long row, long aside, int count) {
        VectorRows.exp(row, -1.702f, 0, aside, count);
        divideByOneMore(row, aside, count);
    }

    /** Computes {@code x sigmoid(x)}. */
    private static void silu(long row, long aside, int count) {
        VectorRows.exp(row, -1, 0, aside, count);
        divideByOneMore(row, aside, count);
    }

    /** Computes {@code x / (1 + y)}. */
    private static void divideByOneMore(long row, long divisors, int count) {
        for (int i = 0; i < count; i += LANES) {
            long at = row + i * 4L;
            FloatVector divisor = FloatVector.fromMemorySegment(FLOATS, ALL, divisors + i * 4L, ORDER)
                    .add(1f);
            FloatVector.fromMemorySegment(FLOATS, ALL, at, ORDER).div(divisor).intoMemorySegment(ALL, at, ORDER);
        }
    }

    /** Computes {@code 1 / (1 + e^-x)}. */
    private static void sigmoid(long row, int count) {
        VectorRows.exp(row, -1, 0, row, count);
        for (int i = 0; i < count; i += LANES) {
            long at = row + i * 4L;
            FloatVector divisor =
                    FloatVector.fromMemorySegment(FLOATS, ALL, at, ORDER).add(1f);
            FloatVector.broadcast(FLOATS, 1f).div(divisor).intoMemorySegment(ALL, at, ORDER);
        }
    }

    /** Computes {@code 1 - 2 / (e^2x + 1)}. */
    private static void tanh(long row, int count) {
        VectorRows.exp(row, 2, 0, row, count);
        for (int i = 0; i < count; i += LANES) {
            long at = row + i * 4L;
            FloatVector divisor =
                    FloatVector.fromMemorySegment(FLOATS, ALL, at, ORDER).add(1f);
            FloatVector.broadcast(FLOATS, 1f)
                    .sub(FloatVector.broadcast(FLOATS, 2f).div(divisor))
                    .intoMemorySegment(ALL, at, ORDER);
        }
    }
}
