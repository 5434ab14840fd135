package dev.fovea.kernels.cpu.loops;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.fovea.kernels.cpu.layout.PackedMatrix;
import dev.fovea.kernels.cpu.layout.PackedTile;
import dev.fovea.kernels.cpu.memory.Memory;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.numbers.HalfFloats;

/**
 * Computes the innermost loops without the Vector API. They are simple enough for a compiler to vectorise by itself,
 * and several times slower than {@link VectorKernels} where it does not.
 */
public final class PlainKernels implements Kernels {

    private final int width;

    /**
     * Creates the loops for panels of a width.
     *
     * @param panelColumns columns of a panel; those of the vector kernels that these replace, if weights are
     *     packed already
     */
    public PlainKernels(int panelColumns) {
        width = panelColumns;
    }

    @Override
    public String description() {
        return "plain loops";
    }

    @Override
    public int panelColumns() {
        return width;
    }

    /** Sets a row to one value. */
    void fill(long row, float value, int count) {
        for (int i = 0; i < count; i++) {
            set(row, i, value);
        }
    }

    private static float get(long row, int index) {
        return Memory.get(row + (long) index * Float.BYTES);
    }

    private static void set(long row, int index, float value) {
        Memory.set(row + (long) index * Float.BYTES, value);
    }

    @Override
    public int tallestTile() {
        return 6;
    }

    @Override
    public int tile(
            int rows,
            float[] a,
            int offset,
            int packedDepth,
            long b,
            int depth,
            long start,
            long c,
            long cStride,
            long prefetch) {
        float[] sums = new float[width];
        int group = PackedTile.group(rows);
        for (int row = 0; row < rows; row++) {
            int ofRow = offset + PackedTile.row(rows, packedDepth, row);
            Memory.read(start, sums, 0, width);
            for (int k = 0; k < depth; k++) {
                float x = a[ofRow + k * group];
                long bRow = b + (long) k * width * Float.BYTES;
                for (int column = 0; column < width; column++) {
                    sums[column] += x * get(bRow, column);
                }
            }
            Memory.write(sums, 0, width, c + row * cStride);
        }
        return 0;
    }

    @Override
    public void endTile(long sums, long added, long addedStride, boolean relu, long out, long outStride, int rows) {
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < width; column++) {
                float sum = get(sums, row * width + column);
                float ended = added == 0 ? sum : sum + get(added + row * addedStride, column);
                set(out + row * outStride, column, relu ? Math.max(ended, 0) : ended);
            }
        }
    }

    @Override
    public int panelsOfLowTile(DType dtype, int rows) {
        return 0;
    }

    @Override
    public void lowTile(
            int rows, PackedMatrix weight, int panel, int input, float[] a, int offset, int depth, long start, long c) {
        throw new UnsupportedOperationException("no low tiles");
    }

    @Override
    public void pack(long from, long stride, int rows, float[] to, int offset, int height, int depth, int count) {
        int group = PackedTile.group(height);
        for (int row = 0; row < height; row++) {
            long source = from + Math.min(row, rows - 1) * stride;
            int ofRow = offset + PackedTile.row(height, depth, row);
            for (int i = 0; i < count; i++) {
                to[ofRow + i * group] = get(source, i);
            }
        }
    }

    @Override
    public void packColumns(
            long from, long stride, int rows, float[] to, int offset, int height, int depth, int count) {
        int group = PackedTile.group(height);
        for (int i = 0; i < height; i++) {
            int ofColumn = offset + PackedTile.row(height, depth, i);
            for (int row = 0; row < rows; row++) {
                to[ofColumn + row * group] = i < count ? get(from + row * stride, i) : 0;
            }
        }
    }

    @Override
    public void column(long panel, float factor, long to, int count) {
        for (int i = 0; i < count; i++) {
            set(to, i, factor * get(panel, i * width));
        }
    }

    /** Four rows at a time are written one behind the other. */
    @Override
    public void transpose(long from, long stride, int rows, long to, int count) {
        int row = 0;
        for (; row <= rows - 4; row += 4) {
            transposeFour(from + row * stride, stride, to + row * 4L, count);
        }
        for (; row < rows; row++) {
            for (int i = 0; i < count; i++) {
                set(to, i * width + row, get(from + row * stride, i));
            }
        }
    }

    private void transposeFour(long from, long stride, long to, int count) {
        long from1 = from + stride;
        long from2 = from1 + stride;
        long from3 = from2 + stride;
        for (int i = 0; i < count; i++) {
            long at = to + i * (4L * width);
            Memory.set(at, Memory.get(from + i * 4L));
            Memory.set(at + 4, Memory.get(from1 + i * 4L));
            Memory.set(at + 8, Memory.get(from2 + i * 4L));
            Memory.set(at + 12, Memory.get(from3 + i * 4L));
        }
    }

    @Override
    public void copy(long from, long fromStride, long to, long toStride, int rows, int count) {
        for (int row = 0; row < rows; row++) {
            Memory.copy(from + row * fromStride, to + row * toStride, count);
        }
    }

    @Override
    public void widen(DType dtype, boolean finite, long from, long scales, long to, int count) {
        for (int i = 0; i < count; i++) {
            long at = from + (long) i * dtype.bytes();
            float wide = switch (dtype) {
                case F16 -> Float.float16ToFloat(Memory.ALL.get(JAVA_SHORT, at));
                case BF16 -> HalfFloats.bfloat16ToFloat(Memory.ALL.get(JAVA_SHORT, at));
                case I8 -> Memory.ALL.get(JAVA_BYTE, at) * get(scales, i % width);
                default -> throw new IllegalArgumentException("widen " + dtype);
            };
            set(to, i, wide);
        }
    }

    @Override
    public void activate(Activation activation, long x, int count) {
        for (int i = 0; i < count; i++) {
            set(x, i, (float) activation.of(get(x, i)));
        }
    }

    @Override
    public void layerNorm(long x, long gamma, long beta, float epsilon, long out, int count) {
        float mean = sum(x, count) / count;
        float squares = 0;
        for (int i = 0; i < count; i++) {
            float d = get(x, i) - mean;
            squares += d * d;
        }
        float scale = (float) (1 / Math.sqrt(squares / count + epsilon));
        for (int i = 0; i < count; i++) {
            float d = (get(x, i) - mean) * scale;
            set(out, i, d * get(gamma, i) + get(beta, i));
        }
    }

    @Override
    public void expColumns(long x, int rows, float factor, long totals) {
        for (int column = 0; column < width; column++) {
            float max = Float.NEGATIVE_INFINITY;
            for (int row = 0; row < rows; row++) {
                max = Math.max(max, get(x, row * width + column));
            }
            float total = 0;
            for (int row = 0; row < rows; row++) {
                float power = (float) Math.exp(factor * (get(x, row * width + column) - max));
                set(x, row * width + column, power);
                total += power;
            }
            set(totals, column, total);
        }
    }

    @Override
    public void exp(long x, float factor, float base, int count) {
        for (int i = 0; i < count; i++) {
            set(x, i, (float) Math.exp(factor * (get(x, i) - base)));
        }
    }

    @Override
    public void add(long a, long aStride, long b, long bStride, long out, long outStride, int rows, int count) {
        for (int row = 0; row < rows; row++) {
            for (int i = 0; i < count; i++) {
                set(out + row * outStride, i, get(a + row * aStride, i) + get(b + row * bStride, i));
            }
        }
    }

    @Override
    public void winogradInput(long[] pixels, int channel, long to, long toStride, int channels) {
        PlainWinograd.input(pixels, channel, to, toStride, channels);
    }

    @Override
    public void winogradOutput(
            long from, long fromStride, long bias, long to, long pixelBytes, long lineBytes, int columns) {
        PlainWinograd.output(from, fromStride, bias, to, pixelBytes, lineBytes, columns);
    }

    @Override
    public void larger(long a, long b, long out, int count) {
        for (int i = 0; i < count; i++) {
            set(out, i, Math.max(get(a, i), get(b, i)));
        }
    }

    @Override
    public void multiply(long a, long b, long out, int count) {
        for (int i = 0; i < count; i++) {
            set(out, i, get(a, i) * get(b, i));
        }
    }

    @Override
    public void sumOfProducts(long[] a, long[] b, int terms, long start, long out, int count) {
        for (int i = 0; i < count; i++) {
            float sum = get(start, i);
            for (int term = 0; term < terms; term++) {
                sum += get(a[term], i) * get(b[term], i);
            }
            set(out, i, sum);
        }
    }

    @Override
    public void scale(long a, float factor, float term, long out, int count) {
        for (int i = 0; i < count; i++) {
            set(out, i, get(a, i) * factor + term);
        }
    }

    @Override
    public void dots(long a, long from, long stride, int rows, int count, long scores) {
        for (int row = 0; row < rows; row++) {
            float sum = 0;
            for (int i = 0; i < count; i++) {
                sum += get(a, i) * get(from + row * stride, i);
            }
            set(scores, row, sum);
        }
    }

    @Override
    public void weightedSum(long weights, long from, long stride, int rows, int count, boolean fresh, long out) {
        for (int i = 0; i < count; i++) {
            float sum = fresh ? 0 : get(out, i);
            for (int row = 0; row < rows; row++) {
                sum += get(weights, row) * get(from + row * stride, i);
            }
            set(out, i, sum);
        }
    }

    @Override
    public void crossProducts(
            long a, long aStride, long b, long bStride, int rows, int count, long sums, long sumsStride) {
        for (int row = 0; row < rows; row++) {
            for (int i = 0; i < count; i++) {
                float factor = get(a + row * aStride, i);
                for (int j = 0; j < count; j++) {
                    set(sums + i * sumsStride, j, get(sums + i * sumsStride, j) + factor * get(b + row * bStride, j));
                }
            }
        }
    }

    @Override
    public float sum(long x, int count) {
        float sum = 0;
        for (int i = 0; i < count; i++) {
            sum += get(x, i);
        }
        return sum;
    }

    @Override
    public float sumOfSquares(long x, int count) {
        float sum = 0;
        for (int i = 0; i < count; i++) {
            sum += get(x, i) * get(x, i);
        }
        return sum;
    }

    @Override
    public float max(long x, int count) {
        float max = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < count; i++) {
            max = Math.max(max, get(x, i));
        }
        return max;
    }
}
