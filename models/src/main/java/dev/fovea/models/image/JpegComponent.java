package dev.fovea.models.image;

/** One colour component of a JPEG frame: its share of the samples and, where scans refine it, its coefficients. */
final class JpegComponent {
    final int id;
    /** Sampling factors across and down relative to the other components, 1 to 4. */
    final int across;

    final int down;
    final int quantizer;

    /** Number of samples across and down that each block becomes: 8, or in a draft 1, 2 or 4. */
    int blockSize;

    /** Number of samples across and down, without padding. */
    int width;

    int height;
    int widthInBlocks;
    int heightInBlocks;
    /** Number of blocks from one row of blocks to the next in {@link #coefficients}; whole interleaved units. */
    int blockStride;

    /** Indices of the tables of the present scan. */
    int dcTable;

    int acTable;

    /**
     * Quantisers in zigzag order, with spare entries for runs beyond the end, as shorts, which the products need; null
     * before the first scan.
     */
    short[] quantizers;

    /** All coefficients, 64 a block in natural order, where a picture has several scans; otherwise null. */
    short[] coefficients;

    /** Of each block the bits of all natural indexes at which a coefficient was set. */
    byte[] seen;

    /**
     * The coefficients of each block of a progressive Huffman-coded picture that are not zero, in zigzag order from the
     * lowest bit; null for other pictures.
     */
    long[] places;

    JpegComponent(int id, int across, int down, int quantizer) {
        this.id = id;
        this.across = across;
        this.down = down;
        this.quantizer = quantizer;
    }
}
