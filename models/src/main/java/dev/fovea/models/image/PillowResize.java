package dev.fovea.models.image;

import java.util.Arrays;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * Resizes as {@code Image.resize} of Pillow 13.0 does for 8-bit RGB, bit for bit (libImaging/Resample.c): one axis
 * after the other, rounded to 8 bits in between. Only the window that is asked for is computed.
 *
 * <pre>
 * temp[y][x][c] = clip8(round + sum_j in[y][first_x + j][c]   * weight_x[j])
 * out[y][x][c]  = clip8(round + sum_j temp[first_y + j][x][c] * weight_y[j])
 * </pre>
 *
 * <p>Usually rows are resampled first, as written. Where the height shrinks by more pixels than twice what the width
 * does, Pillow 13 resamples columns first (earlier versions never did), which changes a result by one here and there.
 */
final class PillowResize {
    private static final int CHANNELS = 3;
    private static final int ROUND = 1 << ResampleWeights.PRECISION - 1;
    /** Number of source pixels below which a second thread costs more than it brings. */
    private static final int PARALLEL_PIXELS = 1_000_000;

    private static final int ROWS_PER_TASK = 32;

    private PillowResize() {}

    /** Resizes a picture. */
    public static Picture resize(Picture picture, int width, int height, ResampleFilter filter) {
        byte[] pixels = window(picture, width, height, filter, 0, 0, width, height);
        return new Picture(width, height, PictureMode.RGB, pixels, null);
    }

    /**
     * Rows to resample. They are pixels from column {@code left} and row {@code top} on, {@code stride} pixels a row,
     * or a picture whose rows are converted to RGB on demand, so that a large one needs no RGB copy.
     */
    record Region(byte[] pixels, int stride, int left, int top, Picture picture) {
        static Region of(Picture picture) {
            return new Region(picture.isPlainRgb() ? picture.bytes() : null, picture.width(), 0, 0, picture);
        }

        /** Returns an array that holds {@code count} pixels of a row; they start at {@link #at}. */
        byte[] row(int x, int y, int count) {
            if (pixels != null) return pixels;
            byte[] row = new byte[count * CHANNELS];
            RgbConversion.convertRow(picture, y, x, count, row);
            return row;
        }

        /**
         * Returns whether a row lies outside of what a picture stores of its canvas, so that all such rows are alike.
         */
        boolean isBlank(int y) {
            Placement placement = picture == null ? null : picture.placement();
            return placement != null && (y < placement.top() || y >= placement.top() + placement.height());
        }

        /** Returns the index of a pixel's first byte in the array that {@link #row} returns from that pixel on. */
        int at(int x, int y) {
            return pixels == null ? 0 : ((y - top) * stride + x - left) * CHANNELS;
        }
    }

    /**
     * Resizes a picture and returns a part of the result as RGB: columns {@code left} to {@code left + columns} and
     * rows {@code top} to {@code top + rows} of the result of {@link #resize}.
     *
     * @return rows x columns x 3 bytes
     */
    static byte[] window(
            Picture in, int width, int height, ResampleFilter filter, int left, int top, int columns, int rows) {
        Region region = Region.of(in);
        boolean horizontal = width != in.width();
        boolean vertical = height != in.height();
        if (!horizontal && !vertical) return crop(region, left, top, columns, rows);
        if (filter == ResampleFilter.NEAREST) return nearest(in, width, height, left, top, columns, rows);
        ResampleWeights x = horizontal ? ResampleWeights.of(filter, in.width(), width, left, columns) : null;
        ResampleWeights y = vertical ? ResampleWeights.of(filter, in.height(), height, top, rows) : null;
        long shrinks = (long) in.height() - height;
        boolean columnsFirst = shrinks > 0 && shrinks > 2 * ((long) in.width() - width);
        if (vertical && columnsFirst) {
            region = vertical(
                    region, horizontal ? x.firstInput() : left, horizontal ? x.endInput() : left + columns, y, top);
        }
        if (horizontal) {
            boolean remains = vertical && !columnsFirst;
            region = horizontal(region, remains ? y.firstInput() : top, remains ? y.endInput() : top + rows, x, left);
        }
        if (vertical && !columnsFirst) region = vertical(region, left, left + columns, y, top);
        return region.pixels;
    }

    private static byte[] crop(Region in, int left, int top, int columns, int rows) {
        byte[] out = new byte[rows * columns * CHANNELS];
        for (int y = 0; y < rows; y++) {
            byte[] row = in.row(left, top + y, columns);
            System.arraycopy(row, in.at(left, top + y), out, y * columns * CHANNELS, columns * CHANNELS);
        }
        return out;
    }

    /** Resamples rows {@code from} to {@code to} (exclusive); the first output column is called {@code left}. */
    private static Region horizontal(Region in, int from, int to, ResampleWeights x, int left) {
        int columns = x.count();
        byte[] out = new byte[(to - from) * columns * CHANNELS];
        int blocks = (to - from + ROWS_PER_TASK - 1) / ROWS_PER_TASK;
        int first = x.firstInput();
        int length = x.endInput() - first;
        forEach(blocks, (long) (to - from) * in.stride, task -> {
            long[] redGreen = new long[length];
            int[] blue = new int[length];
            int end = Math.min(to, from + (task + 1) * ROWS_PER_TASK);
            int blank = -1;
            for (int row = from + task * ROWS_PER_TASK; row < end; row++) {
                int target = (row - from) * columns * CHANNELS;
                if (in.isBlank(row) && blank >= 0) {
                    System.arraycopy(out, blank, out, target, columns * CHANNELS);
                    continue;
                }
                if (in.isBlank(row)) blank = target;
                widen(in.row(first, row, length), in.at(first, row), redGreen, blue);
                row(redGreen, blue, first, out, target, x);
            }
        });
        return new Region(out, columns, left, from, null);
    }

    /** Widens the bytes of a row. Red and green of a pixel share a long, so that one multiplication serves both. */
    private static void widen(byte[] in, int at, long[] redGreen, int[] blue) {
        for (int i = 0; i < blue.length; i++) {
            redGreen[i] = in[at + CHANNELS * i] & 0xFF | (in[at + CHANNELS * i + 1] & 0xFFL) << 32;
            blue[i] = in[at + CHANNELS * i + 2] & 0xFF;
        }
    }

    /** Resamples one row, whose first pixel has the index {@code first}; the result is written at {@code to}. */
    private static void row(long[] redGreen, int[] blue, int first, byte[] out, int to, ResampleWeights x) {
        for (int i = 0; i < x.count(); i++) {
            int[] weights = x.weights()[i];
            int at = x.first()[i] - first;
            // Each half holds a sum that fits an int; the borrow of the lower half is corrected at the end.
            long sums = ROUND | (long) ROUND << 32;
            int sum = ROUND;
            for (int j = 0; j < weights.length; j++) {
                sums += redGreen[at + j] * weights[j];
                sum += blue[at + j] * weights[j];
            }
            int red = (int) sums;
            out[to] = clip(red);
            out[to + 1] = clip((int) (sums - red >> 32));
            out[to + 2] = clip(sum);
            to += CHANNELS;
        }
    }

    /**
     * Resamples columns {@code from} to {@code to} (exclusive), all columns of a row at once; the first output row is
     * called {@code top}.
     */
    private static Region vertical(Region in, int from, int to, ResampleWeights y, int top) {
        int length = (to - from) * CHANNELS;
        byte[] out = new byte[y.count() * length];
        forEach(y.count(), (long) (y.endInput() - y.firstInput()) * (to - from), row -> {
            int[] sums = new int[length];
            Arrays.fill(sums, ROUND);
            int input = y.first()[row];
            for (int weight : y.weights()[row]) {
                addWeighted(in.row(from, input, to - from), in.at(from, input), weight, sums);
                input++;
            }
            for (int x = 0; x < length; x++) out[row * length + x] = clip(sums[x]);
        });
        return new Region(out, to - from, from, top, null);
    }

    /** Runs tasks 0 to {@code count}, on several threads if there are enough pixels to work on. */
    static void forEach(int count, long pixels, IntConsumer task) {
        if (pixels >= PARALLEL_PIXELS) IntStream.range(0, count).parallel().forEach(task);
        else for (int i = 0; i < count; i++) task.accept(i);
    }

    /**
     * Adds the weighted bytes of a row to sums. The loop runs over contiguous bytes with one weight, which the compiler
     * turns into vector instructions.
     */
    private static void addWeighted(byte[] row, int at, int weight, int[] sums) {
        for (int x = 0; x < sums.length; x++) sums[x] += (row[at + x] & 0xFF) * weight;
    }

    private static byte clip(int sum) {
        return (byte) Math.max(0, Math.min(255, sum >> ResampleWeights.PRECISION));
    }

    /** Resizes by the nearest pixel; positions are summed up as the reference does, rounding errors included. */
    private static byte[] nearest(Picture in, int width, int height, int left, int top, int columns, int rows) {
        int[] x = nearestInputs(in.width(), width, left, columns);
        int[] y = nearestInputs(in.height(), height, top, rows);
        Region region = Region.of(in);
        byte[] out = new byte[rows * columns * CHANNELS];
        int to = 0;
        for (int row : y) {
            byte[] pixels = region.row(0, row, in.width());
            int start = region.at(0, row);
            for (int column : x) {
                for (int c = 0; c < CHANNELS; c++) out[to++] = pixels[start + column * CHANNELS + c];
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
