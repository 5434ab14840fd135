package dev.fovea.models.image;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Pillow's {@code Image.resize} for 8-bit RGB, bit for bit (libImaging/Resample.c): rows first, rounded to 8 bits, then columns.
 * Only the window that is asked for is computed.
 *
 * <pre>
 * temp[y][x][c]  = clip8(round + sum_j in[y][first_x + j][c]   * weight_x[j])   y: rows the window needs
 * out[y][x][c]   = clip8(round + sum_j temp[first_y + j][x][c] * weight_y[j])
 * </pre>
 */
public final class PillowResize {
    private static final int CHANNELS = 3;
    private static final int ROUND = 1 << ResampleWeights.PRECISION - 1;
    /** Below this many source pixels a second thread costs more than it brings. */
    private static final int PARALLEL_PIXELS = 1_000_000;

    private PillowResize() {}

    /** The picture in another size. */
    public static Picture resize(Picture picture, int width, int height, ResampleFilter filter) {
        Picture rgb = picture.toRgb();
        byte[] pixels = window(rgb, width, height, filter, 0, 0, width, height);
        return new Picture(width, height, PictureMode.RGB, pixels, null);
    }

    /**
     * Part of the picture in another size: columns {@code left} to {@code left + columns} and rows {@code top} to
     * {@code top + rows} of what {@link #resize} would give.
     *
     * @return rows x columns x 3 bytes
     */
    static byte[] window(
            Picture rgb, int width, int height, ResampleFilter filter, int left, int top, int columns, int rows) {
        byte[] in = rgb.bytes();
        boolean horizontal = width != rgb.width();
        boolean vertical = height != rgb.height();
        if (!horizontal && !vertical) return crop(in, rgb.width(), left, top, columns, rows);
        if (filter == ResampleFilter.NEAREST) return nearest(rgb, width, height, left, top, columns, rows);
        ResampleWeights y = vertical ? ResampleWeights.of(filter, rgb.height(), height, top, rows) : null;
        int firstRow = vertical ? y.firstInput() : top;
        int endRow = vertical ? y.endInput() : top + rows;
        byte[] temp;
        if (horizontal) {
            ResampleWeights x = ResampleWeights.of(filter, rgb.width(), width, left, columns);
            temp = new byte[(endRow - firstRow) * columns * CHANNELS];
            int sourceWidth = rgb.width();
            IntStream lines = IntStream.range(0, endRow - firstRow);
            if ((long) (endRow - firstRow) * sourceWidth >= PARALLEL_PIXELS) lines = lines.parallel();
            lines.forEach(row -> horizontal(in, (firstRow + row) * sourceWidth, temp, row * columns * CHANNELS, x));
        } else {
            temp = crop(in, rgb.width(), left, firstRow, columns, endRow - firstRow);
        }
        return vertical ? vertical(temp, firstRow, columns * CHANNELS, y) : temp;
    }

    private static byte[] crop(byte[] in, int width, int left, int top, int columns, int rows) {
        byte[] out = new byte[rows * columns * CHANNELS];
        for (int y = 0; y < rows; y++) {
            System.arraycopy(
                    in, ((top + y) * width + left) * CHANNELS, out, y * columns * CHANNELS, columns * CHANNELS);
        }
        return out;
    }

    /** One row: {@code pixel} is the index of its first pixel, {@code to} where the result goes. */
    private static void horizontal(byte[] in, int pixel, byte[] out, int to, ResampleWeights x) {
        for (int i = 0; i < x.count(); i++) {
            int[] weights = x.weights()[i];
            int at = (pixel + x.first()[i]) * CHANNELS;
            int red = ROUND;
            int green = ROUND;
            int blue = ROUND;
            for (int weight : weights) {
                red += (in[at] & 0xFF) * weight;
                green += (in[at + 1] & 0xFF) * weight;
                blue += (in[at + 2] & 0xFF) * weight;
                at += CHANNELS;
            }
            out[to] = clip(red);
            out[to + 1] = clip(green);
            out[to + 2] = clip(blue);
            to += CHANNELS;
        }
    }

    /** All columns at once: {@code temp} holds rows of {@code length} bytes from input row {@code firstRow} on. */
    private static byte[] vertical(byte[] temp, int firstRow, int length, ResampleWeights y) {
        byte[] out = new byte[y.count() * length];
        int[] sums = new int[length];
        for (int i = 0; i < y.count(); i++) {
            Arrays.fill(sums, ROUND);
            int at = (y.first()[i] - firstRow) * length;
            for (int weight : y.weights()[i]) {
                addWeighted(temp, at, weight, sums);
                at += length;
            }
            for (int x = 0; x < length; x++) out[i * length + x] = clip(sums[x]);
        }
        return out;
    }

    /** A loop over contiguous bytes with one weight, which the compiler turns into vector instructions. */
    private static void addWeighted(byte[] row, int at, int weight, int[] sums) {
        for (int x = 0; x < sums.length; x++) sums[x] += (row[at + x] & 0xFF) * weight;
    }

    private static byte clip(int sum) {
        return (byte) Math.clamp(sum >> ResampleWeights.PRECISION, 0, 255);
    }

    /** The nearest pixel; positions are summed up as the reference does, rounding errors included. */
    private static byte[] nearest(Picture rgb, int width, int height, int left, int top, int columns, int rows) {
        int[] x = nearestInputs(rgb.width(), width, left, columns);
        int[] y = nearestInputs(rgb.height(), height, top, rows);
        byte[] in = rgb.bytes();
        byte[] out = new byte[rows * columns * CHANNELS];
        int to = 0;
        for (int row : y) {
            for (int column : x) {
                int from = (row * rgb.width() + column) * CHANNELS;
                for (int c = 0; c < CHANNELS; c++) out[to++] = in[from + c];
            }
        }
        return out;
    }

    private static int[] nearestInputs(int in, int out, int from, int count) {
        double scale = (double) (float) in / out;
        double position = scale * 0.5;
        int[] inputs = new int[count];
        for (int i = 0; i < from + count; i++) {
            if (i >= from) inputs[i - from] = Math.min((int) position, in - 1);
            position += scale;
        }
        return inputs;
    }
}
