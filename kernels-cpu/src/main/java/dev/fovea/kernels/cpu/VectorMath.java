package dev.fovea.kernels.cpu;

import static dev.fovea.kernels.cpu.Simd.broadcast;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * The functions inside activations and softmax, on vectors, with operations that every width compiles to a few instructions and
 * with the same bits on every machine.
 */
final class VectorMath {

    private static final float LOG2_E = 1.44269504f;
    /** ln 2 in two parts: the first has few bits, so that its product with an integer is exact (Cody and Waite). */
    private static final float LN2_HIGH = 0.693359375f;

    private static final float LN2_LOW = -2.12194440e-4f;
    /** 1.5 * 2^23: added to a small number it leaves the nearest integer in the low bits of the significand. */
    private static final float ROUND = 12582912f;

    /** Beyond these the result is 0 or infinite. */
    private static final float EXP_LOWEST = -87.33654f;

    private static final float EXP_HIGHEST = 88.37626f;

    /** erf(z) is within 1e-7 of one beyond this. */
    private static final float ERF_RANGE = 4f;

    private VectorMath() {}

    /**
     * {@code e^x}: {@code 2^n e^r} with n the integer nearest to {@code x / ln 2} and a polynomial of degree 6 for {@code e^r}, |r| at most
     * 0.35; relative error 2e-7. Results below the smallest normal number are zero.
     */
    static FloatVector exp(FloatVector x) {
        FloatVector shifted = x.fma(broadcast(LOG2_E), broadcast(ROUND));
        FloatVector n = shifted.sub(ROUND);
        FloatVector r = n.fma(broadcast(-LN2_HIGH), x);
        r = n.fma(broadcast(-LN2_LOW), r);
        FloatVector p = broadcast(1f / 720);
        p = p.fma(r, broadcast(1f / 120));
        p = p.fma(r, broadcast(1f / 24));
        p = p.fma(r, broadcast(1f / 6));
        p = p.fma(r, broadcast(0.5f));
        p = p.fma(r, broadcast(1f));
        p = p.fma(r, broadcast(1f));
        FloatVector power = shifted.viewAsIntegralLanes()
                .lanewise(VectorOperators.LSHL, 23)
                .add(Float.floatToRawIntBits(1f))
                .reinterpretAsFloats();
        FloatVector result = p.mul(power);
        VectorMask<Float> under = x.compare(VectorOperators.LT, EXP_LOWEST);
        VectorMask<Float> over = x.compare(VectorOperators.GT, EXP_HIGHEST);
        return result.blend(0f, under).blend(Float.POSITIVE_INFINITY, over);
    }

    /**
     * The error function as {@code z P(z^2) / Q(z^2)} of degrees 6 and 5 on [-4, 4]: our own least-squares fit with the relative error
     * levelled (6e-9 before rounding, 5e-7 absolute in single precision).
     */
    static FloatVector erf(FloatVector x) {
        FloatVector z = x.lanewise(VectorOperators.MIN, ERF_RANGE).lanewise(VectorOperators.MAX, -ERF_RANGE);
        FloatVector u = z.mul(z);
        FloatVector p = broadcast(-1.3417145e-8f);
        p = p.fma(u, broadcast(4.7284106e-6f));
        p = p.fma(u, broadcast(3.8105838e-4f));
        p = p.fma(u, broadcast(3.8469788e-3f));
        p = p.fma(u, broadcast(5.4330416e-2f));
        p = p.fma(u, broadcast(1.8502576e-1f));
        p = p.fma(u, broadcast(1.1283792f));
        FloatVector q = broadcast(6.3520564e-5f);
        q = q.fma(u, broadcast(1.3089484e-3f));
        q = q.fma(u, broadcast(1.5462228e-2f));
        q = q.fma(u, broadcast(1.1391780e-1f));
        q = q.fma(u, broadcast(4.9730827e-1f));
        q = q.fma(u, broadcast(1f));
        return z.mul(p).div(q);
    }

    /**
     * IEEE half precision in the low 16 bits of every lane, widened exactly. The exponent and significand move to their places in a
     * single, and a multiplication by 2^112 corrects the exponent's bias (subnormals come out right by themselves).
     */
    static FloatVector widenHalf(IntVector bits) {
        FloatVector magnitude = bits.and(0x7fff)
                .lanewise(VectorOperators.LSHL, 13)
                .reinterpretAsFloats()
                .mul(0x1p112f);
        VectorMask<Integer> special = bits.and(0x7c00).compare(VectorOperators.EQ, 0x7c00);
        return magnitude
                .reinterpretAsInts()
                .lanewise(VectorOperators.OR, 0x7f800000, special)
                .or(bits.and(0x8000).lanewise(VectorOperators.LSHL, 16))
                .reinterpretAsFloats();
    }

    /** bfloat16 in the low 16 bits of every lane. */
    static FloatVector widenBfloat(IntVector bits) {
        return bits.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
    }
}
