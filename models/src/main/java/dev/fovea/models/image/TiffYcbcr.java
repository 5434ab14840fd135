package dev.fovea.models.image;

/**
 * Turns a TIFF's luma and chroma into red, green and blue as libtiff does (tif_color.c, tif_getimage.c): 16-bit fixed
 * point, chroma of a subsampled block repeated for all of its pixels.
 */
final class TiffYcbcr {
    private static final int SHIFT = 16;
    private static final int HALF = 1 << SHIFT - 1;

    private final int horizontal;
    private final int vertical;
    private final int[] luma = new int[256];
    private final int[] redOfCr = new int[256];
    private final int[] greenOfCr = new int[256];
    private final int[] greenOfCb = new int[256];
    private final int[] blueOfCb = new int[256];

    /** Reads subsampling, weights of the colours and the range of values, each of which may be absent. */
    TiffYcbcr(TiffTags tags) {
        long[] subsampling = tags.numbers(TiffTags.YCBCR_SUBSAMPLING);
        horizontal = subsampling.length == 2 ? (int) subsampling[0] : 2;
        vertical = subsampling.length == 2 ? (int) subsampling[1] : 2;
        float[] weights = tags.fractions(TiffTags.YCBCR_COEFFICIENTS, 0.299f, 0.587f, 0.114f);
        float[] range = tags.fractions(TiffTags.REFERENCE_BLACK_WHITE, 0, 255, 128, 255, 128, 255);
        float red = 2 - 2 * weights[0];
        float blue = 2 - 2 * weights[2];
        int redFactor = fixed(red);
        int blueFactor = fixed(blue);
        int greenOfRed = -fixed(weights[0] * red / weights[1]);
        int greenOfBlue = -fixed(weights[2] * blue / weights[1]);
        for (int i = 0; i < 256; i++) {
            int cr = scaled(i - 128, range[4] - 128, range[5] - 128, 127);
            int cb = scaled(i - 128, range[2] - 128, range[3] - 128, 127);
            redOfCr[i] = redFactor * cr + HALF >> SHIFT;
            blueOfCb[i] = blueFactor * cb + HALF >> SHIFT;
            greenOfCr[i] = greenOfRed * cr;
            greenOfCb[i] = greenOfBlue * cb + HALF;
            luma[i] = scaled(i, range[0], range[1], 255);
        }
    }

    /** Refuses unusual subsampling of chroma. */
    void checkSubsampling() throws BrokenPictureException {
        if (!isFactor(horizontal) || !isFactor(vertical) || vertical > horizontal && horizontal * vertical != 2) {
            throw new BrokenPictureException("is a TIFF with chroma subsampled by " + horizontal + " and " + vertical
                    + ", which is not supported; save it as PNG");
        }
    }

    private static boolean isFactor(int factor) {
        return factor == 1 || factor == 2 || factor == 4;
    }

    private static int fixed(float factor) {
        return (int) (Math.clamp(factor, 0, 2) * (1L << SHIFT) + 0.5);
    }

    private static int scaled(int code, float black, float white, int most) {
        float range = white - black != 0 ? white - black : 1;
        return (int) Math.clamp((code - (int) black) * (float) most / range, -4096, 4096);
    }

    /** Returns the number of bytes of a strip or tile: for each block of pixels its lumas and one pair of chromas. */
    int bytes(int width, int rows) {
        long blocks = (long) across(width) * ((rows + vertical - 1) / vertical);
        return Math.toIntExact(blocks * (horizontal * vertical + 2));
    }

    private int across(int width) {
        return (width + horizontal - 1) / horizontal;
    }

    /** Returns the number of bytes of one line of blocks. */
    int rowBytes(int width) {
        return across(width) * (horizontal * vertical + 2);
    }

    /**
     * Converts pixel {@code x, y} of a strip or tile that is {@code blockWidth} wide, three bytes from {@code to} on.
     */
    void convert(byte[] data, int blockWidth, int x, int y, byte[] samples, int to) {
        int block = y / vertical * rowBytes(blockWidth) + x / horizontal * (horizontal * vertical + 2);
        int chroma = block + horizontal * vertical;
        int lumaAt = block + y % vertical * horizontal + x % horizontal;
        convert(data[lumaAt] & 0xFF, data[chroma] & 0xFF, data[chroma + 1] & 0xFF, samples, to);
    }

    /** Converts one pixel, three bytes from {@code to} on. */
    void convert(int y, int cb, int cr, byte[] samples, int to) {
        samples[to] = clamp(luma[y] + redOfCr[cr]);
        samples[to + 1] = clamp(luma[y] + (greenOfCb[cb] + greenOfCr[cr] >> SHIFT));
        samples[to + 2] = clamp(luma[y] + blueOfCb[cb]);
    }

    private static byte clamp(int value) {
        return (byte) Math.clamp(value, 0, 255);
    }
}
