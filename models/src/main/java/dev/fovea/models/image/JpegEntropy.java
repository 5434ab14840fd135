package dev.fovea.models.image;

/** Decodes the coefficients of a scan, one interleaved unit after the other. */
interface JpegEntropy {
    /**
     * Decodes the blocks of one unit.
     *
     * @param unit the blocks, in the order of the file
     */
    void decode(Unit unit) throws BrokenPictureException;

    /** Returns whether bits were missing, so that blocks are left as they are up to the next restart. */
    boolean insufficient();

    /** The blocks of a unit, and the places of their coefficients. */
    final class Unit {
        /** The component of each block, as an index within the scan. */
        final int[] member;

        final JpegComponent[] components;
        final short[][] coefficients;
        /**
         * Start of each block in its {@link #coefficients}: the coefficient at place k of the zigzag order is {@link
         * #places}[k] further.
         */
        int[] at;

        final int[] places;

        /** Of each block the bits of all natural indexes at which a coefficient was set, and the index there. */
        final byte[][] seen;

        /**
         * Number of bits by which natural indexes are shifted in {@link #places}, and by which {@link #at} is shifted
         * for {@link #seen}.
         */
        final int placeShift;

        private final int seenShift;

        /**
         * Allocates the blocks of a scan.
         *
         * @param batched whether coefficients are written to {@link JpegBatch}es, whose blocks start out empty, or are
         *     kept block by block
         */
        Unit(JpegComponent[] scan, boolean batched) throws BrokenPictureException {
            int blocks = 0;
            for (JpegComponent component : scan) blocks += scan.length == 1 ? 1 : component.across * component.down;
            // T.81, B.2.3
            if (blocks > 10) throw JpegMarkers.damaged("units of " + blocks + " blocks");
            components = scan;
            member = new int[blocks];
            coefficients = new short[blocks][];
            at = new int[blocks];
            seen = new byte[blocks][];
            placeShift = batched ? JpegBatch.SHIFT : 0;
            seenShift = batched ? 0 : 6;
            places = new int[JpegTables.NATURAL_ORDER.length];
            for (int k = 0; k < places.length; k++) places[k] = JpegTables.NATURAL_ORDER[k] << placeShift;
            int block = 0;
            for (int i = 0; i < scan.length; i++) {
                int count = scan.length == 1 ? 1 : scan[i].across * scan[i].down;
                for (int j = 0; j < count; j++) member[block++] = i;
            }
        }

        /** Adds to the bits of the natural indexes that were set in a block, given as they are in {@link #places}. */
        void saw(int block, int places) {
            seen[block][at[block] >> seenShift] |= (byte) (places >> placeShift);
        }

        /** Empties all blocks, so that decoding may start once more; only those of batches started out empty. */
        void clear() {
            if (placeShift == 0) return;
            for (int block = 0; block < at.length; block++) {
                for (int place = 0; place < 64; place++) coefficients[block][at[block] + (place << placeShift)] = 0;
                seen[block][at[block] >> seenShift] = 0;
            }
        }
    }
}
