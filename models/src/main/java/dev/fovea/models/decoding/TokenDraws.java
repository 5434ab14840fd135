package dev.fovea.models.decoding;

import java.util.SplittableRandom;

/**
 * Draws tokens by their probabilities. A generator belongs to one sequence of one picture, so that its draws do not
 * depend on the batch or the threads.
 */
final class TokenDraws {

    /** Keeps the random numbers of neighbouring seeds, pictures and sequences apart. */
    private static final long SPREAD = 0x9E3779B97F4A7C15L;

    private final SplittableRandom random;

    TokenDraws(long seed, int picture, int sequence) {
        random = new SplittableRandom((seed * SPREAD + picture) * SPREAD + sequence);
    }

    /**
     * Draws one token.
     *
     * @param scores logarithms of probabilities up to a constant
     */
    int draw(float[] scores) {
        double wanted = random.nextDouble();
        float total = LogSoftmax.logSumExp(scores);
        double sum = 0;
        int last = 0;
        for (int token = 0; token < scores.length; token++) {
            if (scores[token] != Float.NEGATIVE_INFINITY) {
                sum += Math.exp(scores[token] - total);
                last = token;
                if (sum > wanted) {
                    return token;
                }
            }
        }
        return last;
    }
}
