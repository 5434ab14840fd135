package dev.fovea.models.decoding;

/** Turns logits into logarithms of probabilities. */
final class LogSoftmax {

    private static final float LOG2_E = 1.44269504f;
    /** ln 2 in two parts: the first has few bits, so that its product with an integer is exact. */
    private static final float LN2_HIGH = 0.693359375f;

    private static final float LN2_LOW = -2.12194440e-4f;
    private static final float ROUND = 12582912f;

    /** Below this exponent a term does not change the sum in double precision of a hundred thousand others. */
    private static final float NEGLIGIBLE = -60;

    private LogSoftmax() {}

    /** Computes {@code log(sum(e^x))}; negative infinity if nothing is finite. */
    static float logSumExp(float[] logits) {
        float largest = Float.NEGATIVE_INFINITY;
        for (float logit : logits) {
            largest = Math.max(largest, logit);
        }
        if (largest == Float.NEGATIVE_INFINITY) {
            return largest;
        }
        double sum = 0;
        for (float logit : logits) {
            float x = logit - largest;
            if (x > NEGLIGIBLE) {
                sum += exp(x);
            }
        }
        return (float) (largest + Math.log(sum));
    }

    /** Replaces logits by their logarithms of probabilities. */
    static void apply(float[] logits) {
        float total = logSumExp(logits);
        for (int i = 0; i < logits.length; i++) {
            logits[i] -= total;
        }
    }

    /**
     * Computes e^x within 2e-7 for x from -60 to 0: far quicker than {@link Math#exp}, which is exact beyond a float.
     */
    private static float exp(float x) {
        float shifted = Math.fma(x, LOG2_E, ROUND);
        float n = shifted - ROUND;
        float r = Math.fma(n, -LN2_LOW, Math.fma(n, -LN2_HIGH, x));
        float p = 1f / 720;
        p = Math.fma(p, r, 1f / 120);
        p = Math.fma(p, r, 1f / 24);
        p = Math.fma(p, r, 1f / 6);
        p = Math.fma(p, r, 0.5f);
        p = Math.fma(p, r, 1f);
        p = Math.fma(p, r, 1f);
        return p * Float.intBitsToFloat((Float.floatToRawIntBits(shifted) << 23) + Float.floatToRawIntBits(1f));
    }
}
