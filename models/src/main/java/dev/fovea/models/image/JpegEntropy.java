package dev.fovea.models.image;

import java.util.Arrays;

/** Decodes the coefficients of a scan, one interleaved unit after the other. */
interface JpegEntropy {
    /**
     * Decodes the blocks of one unit.
     *
     * @param unit the blocks, in the order of the file
     */
    void decode(Unit unit) throws BrokenPictureException;

    /** Tells whether bits were missing, so that blocks are left as they are up to the next restart. */
    boolean insufficient();

    /** The blocks of a unit: where their coefficients go. */
    final class Unit {
        /** The component of each block, as a number within the scan. */
        final int[] member;

        final JpegComponent[] components;
        final short[][] coefficients;
        /** Where each block begins in its {@link #coefficients}. */
        final int[] at;

        /** For each block {@link JpegComponent#seen}, whose index is that of {@link #coefficients} by 64. */
        final byte[][] seen;

        /** Whether each unit's blocks start out empty, so that they may be emptied when decoding starts once more. */
        final boolean fresh;

        Unit(JpegComponent[] scan, boolean fresh) throws BrokenPictureException {
            int blocks = 0;
            for (JpegComponent component : scan) blocks += scan.length == 1 ? 1 : component.across * component.down;
            // T.81, B.2.3
            if (blocks > 10) throw JpegMarkers.damaged("units of " + blocks + " blocks");
            components = scan;
            member = new int[blocks];
            coefficients = new short[blocks][];
            at = new int[blocks];
            seen = new byte[blocks][];
            this.fresh = fresh;
            int block = 0;
            for (int i = 0; i < scan.length; i++) {
                int count = scan.length == 1 ? 1 : scan[i].across * scan[i].down;
                for (int j = 0; j < count; j++) member[block++] = i;
            }
        }

        /** Empties all blocks. */
        void clear() {
            for (int block = 0; block < at.length; block++) {
                Arrays.fill(coefficients[block], at[block], at[block] + 64, (short) 0);
                seen[block][at[block] >> 6] = 0;
            }
        }
    }
}
