package dev.fovea.models.image;

/**
 * The innermost loops of JPEG decoding that vector instructions speed up. All implementations give the same bits. They
 * are not safe to share between threads.
 */
interface JpegKernels {
    /** Number of samples that may be read and, doubled, written beyond the end of a row. */
    int MARGIN = 16;

    /** Number of blocks beyond the last one of a row whose samples may be overwritten. */
    int SPARE_BLOCKS = 15;

    /** Returns the lane in a batch for its {@code block}th block from the left. */
    int lane(int block);

    /**
     * Transforms blocks to samples, side by side: {@link JpegInverseDct}.
     *
     * @param blocks number of blocks of the batch, from the left; samples of up to {@link #SPARE_BLOCKS} more may be
     *     overwritten
     * @param stride from one row of samples to the next
     */
    void transform(JpegBatch batch, int blocks, byte[] out, int to, int stride);

    /** Doubles a row of samples and interpolates towards another one: {@link JpegUpsampling#both}. */
    void both(byte[] in, int near, int far, int width, byte[] out);

    /** Doubles a row of samples: {@link JpegUpsampling#across}. */
    void across(byte[] in, int at, int width, byte[] out);

    /**
     * Converts a row of YCbCr to RGB: {@link JpegColors}. Bytes after it, where a next row would be, may be
     * overwritten.
     *
     * @param out receives three bytes a pixel from {@code to} on
     */
    void yccToRgb(byte[] y, int yAt, byte[] cb, int cbAt, byte[] cr, int crAt, int width, byte[] out, int to);
}
