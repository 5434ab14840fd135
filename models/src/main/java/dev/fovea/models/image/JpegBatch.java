package dev.fovea.models.image;

import java.util.Arrays;

/**
 * Neighbouring blocks of one component that are transformed together. Equal coefficients of all blocks lie
 * side by side, so that a vector holds one place of as many blocks as it has lanes, and rows need never be exchanged
 * with columns:
 *
 * <pre>
 * coefficients[place x BLOCKS + lane]
 * </pre>
 *
 * {@link JpegKernels#lane} gives the lane of a block.
 */
final class JpegBatch {
    /**
     * Number of bits by which a place is shifted to the left: few enough blocks for the batches of a unit to stay in
     * the first-level cache.
     */
    static final int SHIFT = 5;

    static final int BLOCKS = 1 << SHIFT;

    final short[] coefficients = new short[64 << SHIFT];

    /** Of each lane the bits of all natural indexes at which a coefficient was set. */
    final byte[] seen = new byte[BLOCKS];

    /** Returns the bits of all places that were set in any of some lanes. */
    int seen(int from, int count) {
        int all = 0;
        for (int lane = from; lane < from + count; lane++) all |= seen[lane];
        return all;
    }

    /** Copies in a block that was kept elsewhere, in natural order, multiplied by its quantisers. */
    void put(int lane, short[] block, int at, short[] quantizers, int places) {
        for (int i = 0; i < 64; i++) {
            coefficients[(i << SHIFT) + lane] = (short) (block[at + i] * quantizers[i]);
        }
        seen[lane] = (byte) places;
    }

    /**
     * Copies in a block as {@link #put} does, into an empty lane: DC, and those of its coefficients that are not zero.
     *
     * @param places bit k is set where the coefficient at place k of the zigzag order is not zero
     * @param seen the bits of the natural indexes of these
     */
    void putSome(int lane, short[] block, int at, short[] quantizers, long places, int seen) {
        byte[] order = JpegTables.NATURAL_ORDER;
        coefficients[lane] = (short) (block[at] * quantizers[0]);
        for (long rest = places; rest != 0; rest &= rest - 1) {
            int i = order[Long.numberOfTrailingZeros(rest)];
            coefficients[(i << SHIFT) + lane] = (short) (block[at + i] * quantizers[i]);
        }
        this.seen[lane] = (byte) seen;
    }

    void clear() {
        Arrays.fill(coefficients, (short) 0);
        Arrays.fill(seen, (byte) 0);
    }
}
