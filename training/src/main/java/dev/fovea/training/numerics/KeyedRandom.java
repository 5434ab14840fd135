package dev.fovea.training.numerics;

import java.util.random.RandomGenerator;

/**
 * Draws numbers that follow from a key alone, such as the seed, the step and the example: whoever draws for one example
 * changes nothing for another one, so that neither threads, nor parts of a batch, nor an interruption change what is
 * drawn. The generator is SplitMix64 (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators").
 */
public final class KeyedRandom implements RandomGenerator {

    private static final long GAMMA = 0x9E3779B97F4A7C15L;

    private long state;

    private KeyedRandom(long state) {
        this.state = state;
    }

    /** Makes a generator whose key are some numbers in their order. */
    public static KeyedRandom of(long... key) {
        return new KeyedRandom(key(key));
    }

    /** Returns one number for some numbers in their order. */
    public static long key(long... parts) {
        long key = 0;
        for (long part : parts) {
            key = mixed(key + GAMMA + mixed(part + GAMMA));
        }
        return key;
    }

    private static long mixed(long bits) {
        long z = (bits ^ bits >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }

    @Override
    public long nextLong() {
        state += GAMMA;
        return mixed(state);
    }
}
