package dev.fovea.models.image;

/**
 * The innermost loops of JPEG decoding that vector instructions speed up. All implementations give the same bits. They are not safe to
 * share between threads.
 */
interface JpegKernels {
    /** Samples that may be read and, doubled, written beyond the end of a row. */
    int MARGIN = 16;

    /**
     * Transforms a block of coefficients, already multiplied by their quantisers, to samples: {@link JpegInverseDct}.
     *
     * @param seen the bits of all places in the block at which a coefficient was set
     * @param stride from one row of samples to the next
     */
    void transform(short[] block, int at, int seen, byte[] out, int to, int stride);

    /** Doubles a row of samples and interpolates towards another one: {@link JpegUpsampling#both}. */
    void both(byte[] in, int near, int far, int width, byte[] out);

    /** Doubles a row of samples: {@link JpegUpsampling#across}. */
    void across(byte[] in, int at, int width, byte[] out);

    /**
     * Converts a row of YCbCr to RGB: {@link JpegColors}.
     *
     * @param pixels red in the lowest byte, then green, then blue
     */
    void yccToRgb(byte[] y, int yAt, byte[] cb, int cbAt, byte[] cr, int crAt, int width, int[] pixels);
}
