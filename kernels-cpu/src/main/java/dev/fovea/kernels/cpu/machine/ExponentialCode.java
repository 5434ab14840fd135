package dev.fovea.kernels.cpu.machine;

import dev.fovea.tensor.Activation;
import java.util.Arrays;

/**
 * Writes the activation functions and what softmax is made of, in place, with the vectors of any {@link
 * InstructionSet}:
 *
 * <pre>
 * void activation(x, vectors)                    x = activation(x)
 * void exp(x, vectors, factor, base)             x = e^(factor (x - base))
 *
 * void expColumns(x, rows, factor, totals)
 *   for each row                                 two vectors
 *     largest = max(largest, x)
 *   for each row
 *     x       = e^(factor (x - largest))
 *     totals += x
 * </pre>
 *
 * Twins: {@link Activation#of}, and the loops of the Vector API in {@code VectorRows} and {@code VectorActivations},
 * which tell where the polynomials come from. All have the bits of these loops, a NaN for a NaN.
 *
 * <p>Not final, so that tests can plant mistakes and see that they are found.
 */
class ExponentialCode extends LoopCode {

    private static final float LOG2_E = 1.44269504f;

    /** ln 2 in two parts: the first has few bits, so that its product with an integer is exact. */
    private static final float LN2_HIGH = 0.693359375f;

    private static final float LN2_LOW = -2.12194440e-4f;

    /** 1.5 * 2^23: added to a small value it leaves the nearest integer in the low bits of the significand. */
    private static final float ROUND = 12582912f;

    private static final float EXP_LOWEST = -87.33654f;
    private static final float EXP_HIGHEST = 88.37626f;
    private static final float SQRT_2_OVER_PI = 0.79788456f;
    private static final float CUBE = 0.044715f;
    private static final float ERF_RANGE = 4f;
    private static final float SQRT_HALF = 0.70710678f;
    private static final int SIGNIFICAND_BITS = 23;

    /** Coefficients of e^r, of the highest power first. */
    private static final float[] EXP = {1f / 720, 1f / 120, 1f / 24, 1f / 6, 0.5f, 1f, 1f};

    /** Coefficients of erf(z) / z, of the highest power of z^2 first. */
    private static final float[] ERF_ABOVE = {
        -1.3417145e-8f, 4.7284106e-6f, 3.8105838e-4f, 3.8469788e-3f, 5.4330416e-2f, 1.8502576e-1f, 1.1283792f
    };

    private static final float[] ERF_BELOW = {
        6.3520564e-5f, 1.3089484e-3f, 1.5462228e-2f, 1.1391780e-1f, 4.9730827e-1f, 1f
    };

    /** Constants of e^y; those that some instruction needs in a register come first. */
    private static final float[] EXP_CONSTANTS = {
        LOG2_E,
        1f,
        2f,
        ROUND,
        -LN2_HIGH,
        -LN2_LOW,
        EXP[0],
        EXP[1],
        EXP[2],
        EXP[3],
        EXP[4],
        EXP_LOWEST,
        EXP_HIGHEST,
        Float.POSITIVE_INFINITY
    };

    // Comparisons. Less and greater are false for NaN, not less is true.
    private static final int LESS = 1;
    private static final int UNORDERED = 3;
    private static final int NOT_LESS = 5;
    private static final int GREATER = 14;

    /** Lanes that a comparison found, on AVX-512. */
    private static final Mask LANES = Mask.k(2);

    // General registers that belong to a function under both conventions.
    static final Gp X = Gp.RDX;
    static final Gp COUNT = Gp.R8;
    static final Gp TOTALS = Gp.R9;
    static final Gp FIRST = Gp.R10;
    static final Gp ROWS = Gp.R11;

    // Vector registers: the exponent, what becomes its power, and what is needed on the way.
    private final Vec y = vector(0);
    private final Vec power = vector(1);
    private final Vec shifted = vector(2);
    private final Vec integer = vector(3);
    private final Vec rest = vector(4);
    private final Vec x = vector(5);

    private static final int FIRST_CONSTANT = 6;

    private LoopConstants constants;

    ExponentialCode(InstructionSet set, Assembler code) {
        super(set, code);
    }

    /** Writes {@code activation(x, vectors)}. */
    final void emit(Activation activation, Convention convention) {
        Convention.Frame frame = convention.frame(set.registers());
        frame.enter(code);
        KernelArguments.load(code, convention, X, COUNT);
        constants = new LoopConstants(set, code, FIRST_CONSTANT, constants(activation));
        if (activation == Activation.RELU) {
            clear(y);
        }
        code.align(16);
        Label loop = code.here();
        code.vmovups(x, Address.of(X));
        switch (activation) {
            case RELU -> relu();
            case GELU -> gelu();
            case GELU_TANH -> {
                code.vmulps(y, x, x);
                code.vfmadd213ps(y, constants.register(CUBE), constants.of(1f));
                code.vmulps(y, y, x);
                exponentialOf(y, -2 * SQRT_2_OVER_PI);
                divideByOneMore();
            }
            case QUICK_GELU -> {
                exponentialOf(x, -1.702f);
                divideByOneMore();
            }
            case SILU -> {
                exponentialOf(x, -1);
                divideByOneMore();
            }
            case SIGMOID -> {
                exponentialOf(x, -1);
                code.vaddps(power, power, constants.of(1f));
                code.vdivps(x, constants.register(1f), power);
            }
            case TANH -> {
                exponentialOf(x, 2);
                code.vaddps(power, power, constants.of(1f));
                code.vdivps(x, constants.register(2f), power);
                code.vsubps(x, constants.register(1f), x);
            }
            case IDENTITY -> throw new IllegalArgumentException("nothing is computed for " + activation);
        }
        code.vmovups(Address.of(X), x);
        code.add(X, bytes);
        code.dec(COUNT);
        code.jnz(loop);
        frame.leave(code);
        constants.write();
    }

    private static float[] constants(Activation activation) {
        return switch (activation) {
            case RELU -> new float[0];
            case GELU -> with(with(new float[] {ERF_RANGE, -ERF_RANGE, SQRT_HALF, 0.5f}, ERF_ABOVE), ERF_BELOW);
            case GELU_TANH -> with(new float[] {CUBE}, with(EXP_CONSTANTS, -2 * SQRT_2_OVER_PI));
            case QUICK_GELU -> with(EXP_CONSTANTS, -1.702f);
            default -> with(EXP_CONSTANTS, -1f);
        };
    }

    private static float[] with(float[] some, float... more) {
        float[] all = Arrays.copyOf(some, some.length + more.length);
        System.arraycopy(more, 0, all, some.length, more.length);
        return all;
    }

    /** Computes {@code x = max(x, 0)}, +0 for -0. */
    private void relu() {
        code.vmaxps(x, y, x);
        code.vaddps(x, x, y);
    }

    /** Computes {@code x = x/2 (1 + erf(x / sqrt 2))}. */
    private void gelu() {
        Vec z = y;
        Vec square = shifted;
        Vec above = power;
        Vec below = integer;
        Vec half = rest;
        code.vmulps(z, x, constants.of(SQRT_HALF));
        code.vminps(z, constants.register(ERF_RANGE), z);
        code.vmaxps(z, constants.register(-ERF_RANGE), z);
        code.vmulps(square, z, z);
        polynomial(above, square, ERF_ABOVE);
        polynomial(below, square, ERF_BELOW);
        code.vmulps(half, x, constants.of(0.5f));
        code.vmulps(z, z, above);
        code.vdivps(x, z, below);
        code.vfmadd213ps(x, half, half);
    }

    /** Computes {@code to = coefficients[0] of^n + ... + coefficients[n]}. */
    private void polynomial(Vec to, Vec of, float[] coefficients) {
        code.vmovups(to, constants.of(coefficients[0]));
        for (int i = 1; i < coefficients.length; i++) {
            code.vfmadd213ps(to, of, constants.of(coefficient(coefficients, i)));
        }
    }

    /** Returns a coefficient of a polynomial. */
    float coefficient(float[] coefficients, int index) {
        return coefficients[index];
    }

    private void exponentialOf(Vec of, float factor) {
        code.vmulps(y, of, constants.of(factor));
        exponential();
    }

    /** Computes {@code x = x / (1 + power)}. */
    private void divideByOneMore() {
        code.vaddps(power, power, constants.of(1f));
        code.vdivps(x, x, power);
    }

    /**
     * Computes {@code power = e^y} as {@code 2^n e^r} with n the integer nearest to {@code y / ln 2}; 0 and infinity
     * beyond the range.
     */
    private void exponential() {
        code.vmovups(shifted, y);
        code.vfmadd213ps(shifted, constants.register(LOG2_E), constants.of(ROUND));
        code.vsubps(integer, shifted, constants.of(ROUND));
        code.vmovups(rest, y);
        code.vfmadd231ps(rest, integer, constants.of(-LN2_HIGH));
        code.vfmadd231ps(rest, integer, constants.of(-LN2_LOW));
        polynomial(power, rest, EXP);
        code.vpslld(shifted, shifted, SIGNIFICAND_BITS);
        code.vpaddd(shifted, shifted, constants.of(1f)); // the bits of 1 are those of 2^0
        if (is512()) {
            code.vcmpps(LANES, y, constants.of(EXP_LOWEST), NOT_LESS);
            code.vmulps(power.zeroed(LANES), power, shifted);
            code.vcmpps(LANES, y, constants.of(EXP_HIGHEST), greater());
            code.vmovups(power.masked(LANES), constants.of(Float.POSITIVE_INFINITY));
        } else {
            code.vmulps(power, power, shifted);
            code.vcmpps(integer, y, constants.of(EXP_LOWEST), LESS);
            code.vandnps(power, integer, power);
            code.vcmpps(integer, y, constants.of(EXP_HIGHEST), greater());
            code.vblendvps(power, power, constants.of(Float.POSITIVE_INFINITY), integer);
        }
    }

    /** Returns the comparison that finds exponents whose powers are infinite. */
    int greater() {
        return GREATER;
    }

    /** Writes {@code exp(x, vectors, factor, base)}. */
    final void emitExp(Convention convention) {
        Vec factor = vector(FIRST_CONSTANT);
        Vec base = vector(FIRST_CONSTANT + 1);
        Convention.Frame frame = convention.frame(set.registers());
        frame.enter(code);
        KernelArguments.load(code, convention, X, COUNT);
        code.vbroadcastss(factor, argument(2));
        code.vbroadcastss(base, argument(3));
        constants = new LoopConstants(set, code, FIRST_CONSTANT + 2, EXP_CONSTANTS);
        code.align(16);
        Label loop = code.here();
        code.vmovups(y, Address.of(X));
        belowTimes(y, base, factor);
        exponential();
        code.vmovups(Address.of(X), power);
        code.add(X, bytes);
        code.dec(COUNT);
        code.jnz(loop);
        frame.leave(code);
        constants.write();
    }

    /** Writes {@code expColumns(x, rows, factor, totals)}. */
    final void emitExpColumns(Convention convention) {
        Vec factor = x;
        Vec[] largest = {vector(6), vector(7)};
        Vec[] totals = {vector(8), vector(9)};
        Convention.Frame frame = convention.frame(set.registers());
        frame.enter(code);
        KernelArguments.load(code, convention, X, COUNT);
        code.vbroadcastss(factor, argument(2));
        code.mov(TOTALS, argument(3));
        constants = new LoopConstants(set, code, 10, EXP_CONSTANTS);
        code.vmovups(y, constants.of(Float.POSITIVE_INFINITY));
        clear(totals[0]);
        code.vsubps(largest[0], totals[0], y);
        code.vmovups(largest[1], largest[0]);
        code.vmovups(totals[1], totals[0]);
        code.mov(FIRST, X);
        code.mov(ROWS, COUNT);
        int rowBytes = InstructionSet.HALVES * bytes;
        Label search = code.here();
        for (int half = 0; half < InstructionSet.HALVES; half++) {
            code.vmovups(y, column(half));
            takeLarger(largest[half], y);
        }
        code.add(X, rowBytes);
        code.dec(COUNT);
        code.jnz(search);
        code.mov(X, FIRST);
        code.align(16);
        Label loop = code.here();
        for (int half = 0; half < InstructionSet.HALVES; half++) {
            code.vmovups(y, column(half));
            belowTimes(y, largest[half], factor);
            exponential();
            code.vmovups(column(half), power);
            code.vaddps(totals[half], totals[half], power);
        }
        code.add(X, rowBytes);
        code.dec(ROWS);
        code.jnz(loop);
        for (int half = 0; half < InstructionSet.HALVES; half++) {
            code.vmovups(Address.of(TOTALS, half * bytes), totals[half]);
        }
        frame.leave(code);
        constants.write();
    }

    /** Computes {@code of = factor (of - base)}: the product of a large base alone would be rounded by too much. */
    private void belowTimes(Vec of, Vec base, Vec factor) {
        code.vsubps(of, of, base);
        code.vmulps(of, of, factor);
    }

    /** Returns where half of a row is. */
    Address column(int half) {
        return Address.of(X, half * bytes);
    }

    /** Computes {@code largest = max(largest, candidate)}; once NaN, it stays so. */
    void takeLarger(Vec largest, Vec candidate) {
        code.vmaxps(largest, candidate, largest);
        if (is512()) {
            code.vcmpps(LANES, candidate, candidate, UNORDERED);
            code.vmovups(largest.masked(LANES), candidate);
        } else {
            code.vcmpps(integer, candidate, candidate, UNORDERED);
            code.vorps(largest, largest, integer);
        }
    }
}
