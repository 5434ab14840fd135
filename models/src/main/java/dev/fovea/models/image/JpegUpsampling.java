package dev.fovea.models.image;

import java.util.Arrays;

/**
 * Scales a component that has fewer samples than the picture to the picture's width and height. Halved components are
 * interpolated: each output sample is three parts of the nearer input sample and one part of the farther one ("fancy"
 * or triangle filter, jdsample.c); other ratios repeat samples.
 */
enum JpegUpsampling {
    /** As many samples as pixels. */
    NONE,
    /** Half as many from left to right. */
    ACROSS,
    /** Half as many from top to bottom. */
    DOWN,
    /** Half as many both ways. */
    BOTH,
    /** Each sample stands for a rectangle of pixels. */
    REPEATED;

    static JpegUpsampling of(JpegFrame frame, JpegComponent component) throws BrokenPictureException {
        // Of as many pixels as a block of the largest component becomes.
        int samplesAcross = component.across * component.blockSize / frame.blockSize();
        int samplesDown = component.down * component.blockSize / frame.blockSize();
        int across = frame.maxAcross() / samplesAcross;
        int down = frame.maxDown() / samplesDown;
        if (across * samplesAcross != frame.maxAcross() || down * samplesDown != frame.maxDown()) {
            throw new BrokenPictureException("is a JPEG whose components' sizes are no whole multiples of each other, "
                    + "which we cannot decode; save it as plain JPEG or PNG");
        }
        if (across == 1 && down == 1) return NONE;
        // libjpeg interpolates nothing where a block becomes one pixel.
        if (frame.blockSize() == 1) return REPEATED;
        if (across == 1 && down == 2) return DOWN;
        // libjpeg's filter needs three samples.
        if (component.width > 2 && across == 2 && down == 1) return ACROSS;
        if (component.width > 2 && across == 2 && down == 2) return BOTH;
        return REPEATED;
    }

    /** Returns whether the rows above and below are needed. */
    boolean needsContext() {
        return this == DOWN || this == BOTH;
    }

    /**
     * Doubles a row of {@code width} samples: 3 a + b, rounded up for left halves' and down for right halves' ties as
     * libjpeg does.
     */
    static void across(byte[] in, int at, int width, byte[] out) {
        out[0] = in[at];
        int last = in[at] & 0xFF;
        int here = last;
        for (int x = 0; x < width - 1; x++) {
            int next = in[at + x + 1] & 0xFF;
            if (x > 0) out[2 * x] = (byte) (3 * here + last + 1 >> 2);
            out[2 * x + 1] = (byte) (3 * here + next + 2 >> 2);
            last = here;
            here = next;
        }
        out[2 * width - 2] = (byte) (3 * here + last + 1 >> 2);
        out[2 * width - 1] = (byte) here;
    }

    /**
     * Interpolates between two rows.
     *
     * @param far the row that has the weight of one part of four
     * @param bias 1 where that row is above, 2 where it is below
     */
    static void down(byte[] in, int near, int far, int width, int bias, byte[] out) {
        for (int x = 0; x < width; x++) {
            out[x] = (byte) (3 * (in[near + x] & 0xFF) + (in[far + x] & 0xFF) + bias >> 2);
        }
    }

    /** Doubles a row and interpolates towards another one. */
    static void both(byte[] in, int near, int far, int width, byte[] out) {
        int here = 3 * (in[near] & 0xFF) + (in[far] & 0xFF);
        int last = here;
        out[0] = (byte) (4 * here + 8 >> 4);
        for (int x = 0; x < width - 1; x++) {
            int next = 3 * (in[near + x + 1] & 0xFF) + (in[far + x + 1] & 0xFF);
            if (x > 0) out[2 * x] = (byte) (3 * here + last + 8 >> 4);
            out[2 * x + 1] = (byte) (3 * here + next + 7 >> 4);
            last = here;
            here = next;
        }
        out[2 * width - 2] = (byte) (3 * here + last + 8 >> 4);
        out[2 * width - 1] = (byte) (4 * here + 7 >> 4);
    }

    /** Repeats each sample of a row. */
    static void repeated(byte[] in, int at, int width, int times, byte[] out) {
        for (int x = 0; x < width; x++) Arrays.fill(out, x * times, (x + 1) * times, in[at + x]);
    }
}
