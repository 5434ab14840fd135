package dev.fovea.models.image;

/** Implements the loops without the Vector API. */
final class JpegPlainKernels implements JpegKernels {
    private final int[] columns = new int[64];
    private int[] y = new int[0];
    private int[] cb = y;
    private int[] cr = y;
    private int[] pixels = y;

    @Override
    public int lane(int block) {
        return block;
    }

    @Override
    public void transform(JpegBatch batch, int blocks, byte[] out, int to, int stride) {
        for (int block = 0; block < blocks; block++) {
            JpegInverseDct.transform(batch, block, columns, out, to + 8 * block, stride);
        }
    }

    @Override
    public void both(byte[] in, int near, int far, int width, byte[] out) {
        JpegUpsampling.both(in, near, far, width, out);
    }

    @Override
    public void across(byte[] in, int at, int width, byte[] out) {
        JpegUpsampling.across(in, at, width, out);
    }

    /**
     * Converts a row in two steps: loops over ints alone are compiled to vector instructions, loops that also widen
     * bytes are not.
     */
    @Override
    public void yccToRgb(
            byte[] yIn, int yAt, byte[] cbIn, int cbAt, byte[] crIn, int crAt, int width, byte[] out, int to) {
        if (y.length < width) {
            y = new int[width];
            cb = new int[width];
            cr = new int[width];
            pixels = new int[width];
        }
        JpegColors.widen(yIn, yAt, width, y);
        JpegColors.widen(cbIn, cbAt, width, cb);
        JpegColors.widen(crIn, crAt, width, cr);
        JpegColors.yccToRgb(y, cb, cr, width, pixels);
        JpegColors.pack(pixels, width, out, to);
    }
}
