package dev.fovea.models.image;

import java.util.Arrays;

/**
 * One component of a VP8 frame in whole macroblocks, with the row above that prediction takes for 127 and the column to
 * the left that it takes for 129; and the predictions and inverse transforms (RFC 6386, sections 12 and 14).
 */
final class Vp8Plane {
    static final int DC = 0;
    static final int TRUE_MOTION = 1;
    static final int VERTICAL = 2;
    static final int HORIZONTAL = 3;
    static final int RIGHT_DOWN = 4;
    static final int VERTICAL_RIGHT = 5;
    static final int LEFT_DOWN = 6;
    static final int VERTICAL_LEFT = 7;
    static final int HORIZONTAL_DOWN = 8;

    final byte[] pixels;
    final int stride;
    /** Edge of a 4x4 block: left from bottom to top (0 to 3), corner (4), above and above right (5 to 12). */
    private final int[] edge = new int[13];

    private final int[] rows = new int[16];

    /** Makes a plane of this size in pixels, multiples of the block size. */
    Vp8Plane(int width, int height) throws BrokenPictureException {
        stride = width + 1;
        pixels = new byte[PictureSize.bytes(stride, height + 1, 1)];
        Arrays.fill(pixels, 0, stride, (byte) 127);
        for (int y = 0; y < height; y++) pixels[(y + 1) * stride] = (byte) 129;
    }

    /** Returns the index of a pixel. */
    int at(int x, int y) {
        return (y + 1) * stride + x + 1;
    }

    private static int clip(int value) {
        return Math.max(0, Math.min(255, value));
    }

    /** Predicts a square block of 8 or 16 pixels from the row above and the column to the left. */
    void predict(int x, int y, int size, int mode) {
        int at = at(x, y);
        switch (mode) {
            case VERTICAL -> {
                for (int i = 0; i < size; i++) System.arraycopy(pixels, at - stride, pixels, at + i * stride, size);
            }
            case HORIZONTAL -> {
                for (int i = 0; i < size; i++) {
                    int row = at + i * stride;
                    Arrays.fill(pixels, row, row + size, pixels[row - 1]);
                }
            }
            case TRUE_MOTION -> trueMotion(at, size);
            default -> {
                int value = average(at, size, x > 0, y > 0);
                for (int i = 0; i < size; i++)
                    Arrays.fill(pixels, at + i * stride, at + i * stride + size, (byte) value);
            }
        }
    }

    private void trueMotion(int at, int size) {
        int corner = pixels[at - stride - 1] & 0xFF;
        for (int i = 0; i < size; i++) {
            int row = at + i * stride;
            int left = (pixels[row - 1] & 0xFF) - corner;
            for (int j = 0; j < size; j++) pixels[row + j] = (byte) clip(left + (pixels[at - stride + j] & 0xFF));
        }
    }

    /** Returns the mean of the pixels that border the block, without those outside of the picture. */
    private int average(int at, int size, boolean left, boolean above) {
        if (!left && !above) return 128;
        int sum = 0;
        for (int i = 0; i < size; i++) {
            if (above) sum += pixels[at - stride + i] & 0xFF;
            if (left) sum += pixels[at + i * stride - 1] & 0xFF;
        }
        int count = left && above ? 2 * size : size;
        return (sum + count / 2) / count;
    }

    /**
     * Predicts a 4x4 block.
     *
     * @param rightOf index of the four pixels above and to the right
     * @param repeat whether the pixel before those stands for all four, at the right border
     */
    void predict4(int x, int y, int mode, int rightOf, boolean repeat) {
        int at = at(x, y);
        int[] e = edge;
        for (int i = 0; i < 4; i++) {
            e[3 - i] = pixels[at + i * stride - 1] & 0xFF;
            e[5 + i] = pixels[at - stride + i] & 0xFF;
            e[9 + i] = pixels[repeat ? rightOf - 1 : rightOf + i] & 0xFF;
        }
        e[4] = pixels[at - stride - 1] & 0xFF;
        switch (mode) {
            case DC -> {
                int sum = 4;
                for (int i = 0; i < 4; i++) sum += e[i] + e[5 + i];
                for (int i = 0; i < 4; i++)
                    Arrays.fill(pixels, at + i * stride, at + i * stride + 4, (byte) (sum >> 3));
            }
            case TRUE_MOTION -> trueMotion(at, 4);
            case VERTICAL -> {
                for (int j = 0; j < 4; j++) for (int i = 0; i < 4; i++) put(at, j, i, mean3(5 + j));
            }
            case HORIZONTAL -> {
                for (int i = 0; i < 4; i++) {
                    int value = i < 3 ? mean3(3 - i) : e[1] + 3 * e[0] + 2 >> 2;
                    for (int j = 0; j < 4; j++) put(at, j, i, value);
                }
            }
            default -> {
                for (int i = 0; i < 4; i++) for (int j = 0; j < 4; j++) put(at, j, i, slanted(mode, j, i));
            }
        }
    }

    private void put(int at, int x, int y, int value) {
        pixels[at + y * stride + x] = (byte) value;
    }

    /**
     * Predicts pixel x, y by one of the six modes that follow a slope; each is a mean of two or three neighbours on the
     * edge.
     */
    private int slanted(int mode, int x, int y) {
        switch (mode) {
            case RIGHT_DOWN:
                return mean3(4 + x - y);
            case LEFT_DOWN:
                return x + y < 6 ? mean3(6 + x + y) : edge[11] + 3 * edge[12] + 2 >> 2;
            case VERTICAL_RIGHT: {
                int step = 2 * x - y;
                if (step < 0) return step == -1 ? mean3(4) : mean3(5 + step);
                return (step & 1) == 0 ? mean2(4 + step / 2) : mean3(4 + (step + 1) / 2);
            }
            case VERTICAL_LEFT: {
                // The last column bends: the reference reads further along the edge than the slope would.
                if (x == 3 && y == 2) return mean3(10);
                if (x == 3 && y == 3) return mean3(11);
                int from = 5 + x + y / 2;
                return (y & 1) == 0 ? mean2(from) : mean3(from + 1);
            }
            case HORIZONTAL_DOWN: {
                int step = 2 * y - x;
                if (step < 0) return step == -1 ? mean3(4) : mean3(3 - step);
                return (step & 1) == 0 ? mean2(3 - step / 2) : mean3(4 - (step + 1) / 2);
            }
            default: {
                int step = 2 * y + x;
                if (step > 5) return edge[0];
                if (step == 5) return edge[1] + 3 * edge[0] + 2 >> 2;
                return (step & 1) == 0 ? mean2(2 - step / 2) : mean3(2 - step / 2);
            }
        }
    }

    /** Returns the mean of edge pixels {@code i} and the next. */
    private int mean2(int i) {
        return edge[i] + edge[i + 1] + 1 >> 1;
    }

    /** Returns the mean of edge pixel {@code i}, counted twice, and its neighbours. */
    private int mean3(int i) {
        return edge[i - 1] + 2 * edge[i] + edge[i + 1] + 2 >> 2;
    }

    /**
     * Adds the inverse transform of the 16 coefficients from {@code from} on to a 4x4 block, in 16 bits like libwebp's
     * vector code.
     */
    void addInverse(int x, int y, int[] coefficients, int from) {
        for (int i = 0; i < 4; i++) {
            int c0 = coefficients[from + i];
            int c4 = coefficients[from + 4 + i];
            int c8 = coefficients[from + 8 + i];
            int c12 = coefficients[from + 12 + i];
            int c = (c4 * 35468 >> 16) - (c12 * 20091 >> 16) - c12;
            int d = (c4 * 20091 >> 16) + c4 + (c12 * 35468 >> 16);
            rows[4 * i] = (short) (c0 + c8 + d);
            rows[4 * i + 1] = (short) (c0 - c8 + c);
            rows[4 * i + 2] = (short) (c0 - c8 - c);
            rows[4 * i + 3] = (short) (c0 + c8 - d);
        }
        int at = at(x, y);
        for (int i = 0; i < 4; i++, at += stride) {
            int r0 = rows[i] + 4;
            int c = (rows[4 + i] * 35468 >> 16) - (rows[12 + i] * 20091 >> 16) - rows[12 + i];
            int d = (rows[4 + i] * 20091 >> 16) + rows[4 + i] + (rows[12 + i] * 35468 >> 16);
            add(at, r0 + rows[8 + i] + d);
            add(at + 1, r0 - rows[8 + i] + c);
            add(at + 2, r0 - rows[8 + i] - c);
            add(at + 3, r0 + rows[8 + i] - d);
        }
    }

    private void add(int at, int difference) {
        pixels[at] = (byte) clip((pixels[at] & 0xFF) + ((short) difference >> 3));
    }
}
