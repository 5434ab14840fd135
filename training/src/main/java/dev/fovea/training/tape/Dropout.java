package dev.fovea.training.tape;

import dev.fovea.training.numerics.KeyedRandom;

/** Draws factors of inputs, one layer after the other: 0, or what makes their mean 1. */
final class Dropout {

    private final double rate;
    private final long key;
    private int layers;

    Dropout(double rate, long key) {
        this.rate = rate;
        this.key = key;
    }

    /** Draws the factors of the next layer's inputs. */
    float[] next(int count) {
        KeyedRandom random = KeyedRandom.of(key, layers++);
        long limit = (long) (rate * 0x1p32);
        float kept = (float) (1 / (1 - rate));
        float[] factors = new float[count];
        for (int i = 0; i < count; i++) {
            factors[i] = random.nextLong() >>> 32 < limit ? 0 : kept;
        }
        return factors;
    }
}
