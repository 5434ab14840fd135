package dev.fovea.kernels.cpu.loops;

import dev.fovea.kernels.cpu.machine.TileFunctions;

/**
 * Holds the matrices of Winograd's F(4x4, 3x3), {@code Y = Aᵀ ((G g Gᵀ) * (Bᵀ d B)) A} (Lavin and Gray 2016): d is a
 * square of input pixels, g a kernel, Y a square of output pixels.
 *
 * <p>They evaluate polynomials at 0, ±5/8, ±3/2 and infinity. With these numbers A and B are exact in binary, and the
 * error is a third of that with 0, ±1, ±2 (measured: 2e-6 of the largest output, where sums in order have 1e-6).
 */
public final class WinogradTransforms {

    /** Pixels of a side that go in, and that come out. */
    public static final int SIDE = 6;

    public static final int OUT = 4;

    /** What the polynomials are evaluated at, besides 0 and infinity, with both signs. */
    static final float P = TileFunctions.WINOGRAD_P;

    static final float Q = TileFunctions.WINOGRAD_Q;

    /** Bᵀ. */
    static final double[][] INPUT = {
        {P * P * Q * Q, 0, -(P * P + Q * Q), 0, 1, 0},
        {0, -P * Q * Q, -Q * Q, P, 1, 0},
        {0, P * Q * Q, -Q * Q, -P, 1, 0},
        {0, -Q * P * P, -P * P, Q, 1, 0},
        {0, Q * P * P, -P * P, -Q, 1, 0},
        {0, P * P * Q * Q, 0, -(P * P + Q * Q), 0, 1}
    };

    /** Aᵀ. */
    static final double[][] OUTPUT = {
        {1, 1, 1, 1, 1, 0},
        {0, P, -P, Q, -Q, 0},
        {0, P * P, P * P, Q * Q, Q * Q, 0},
        {0, P * P * P, -P * P * P, Q * Q * Q, -Q * Q * Q, 1}
    };

    private static final double AT_P = 1.0 / (2.0 * P * P * (P * P - Q * Q));
    private static final double AT_Q = 1.0 / (2.0 * Q * Q * (Q * Q - P * P));

    /** G. */
    public static final double[][] KERNEL = {
        {1.0 / (P * P * Q * Q), 0, 0},
        {AT_P, P * AT_P, P * P * AT_P},
        {AT_P, -P * AT_P, P * P * AT_P},
        {AT_Q, Q * AT_Q, Q * Q * AT_Q},
        {AT_Q, -Q * AT_Q, Q * Q * AT_Q},
        {0, 0, 1}
    };

    private WinogradTransforms() {}
}
