package dev.fovea.models.image;

/** One colour component of a JPEG frame: its share of the samples and, where scans refine it, its coefficients. */
final class JpegComponent {
    final int id;
    /** Samples across and down beside the other components', 1 to 4. */
    final int across;

    final int down;
    final int quantizer;

    /** Samples that hold picture, without padding. */
    int width;

    int height;
    int widthInBlocks;
    int heightInBlocks;
    /** Blocks between one row of blocks and the next in {@link #coefficients}; whole interleaved units. */
    int blockStride;

    /** Tables of the present scan. */
    int dcTable;

    int acTable;

    /**
     * Quantisers in zigzag order with room for runs beyond the end, as shorts, which is how they multiply; null before
     * the first scan.
     */
    short[] quantizers;

    /** All coefficients, 64 a block in natural order, where a picture has several scans; otherwise null. */
    short[] coefficients;

    /** For each block the bits of all natural indexes at which a coefficient was set. */
    byte[] seen;

    /**
     * For each block of a progressive Huffman-coded picture which coefficients are not zero, in zigzag order from the
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
