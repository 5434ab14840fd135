package dev.fovea.kernels.cpu;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.fovea.tensor.Activation;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.HalfFloats;
import java.lang.foreign.MemorySegment;

/**
 * The innermost loops without the Vector API: simple enough for a compiler to vectorise by itself, several times slower than {@link
 * VectorKernels} where it does not.
 */
final class PlainKernels implements Kernels {

    private static final int PANEL_COLUMNS = 16;

    @Override
    public String description() {
        return "plain loops";
    }

    @Override
    public int panelColumns() {
        return PANEL_COLUMNS;
    }

    private static float get(MemorySegment memory, long offset, int index) {
        return memory.get(JAVA_FLOAT, offset + (long) index * Float.BYTES);
    }

    private static void set(MemorySegment memory, long offset, int index, float value) {
        memory.set(JAVA_FLOAT, offset + (long) index * Float.BYTES, value);
    }

    @Override
    public void tile(
            int rows,
            MemorySegment a,
            long aOffset,
            long aStride,
            MemorySegment b,
            long bOffset,
            int depth,
            MemorySegment c,
            long cOffset,
            long cStride) {
        float[] sums = new float[PANEL_COLUMNS];
        for (int row = 0; row < rows; row++) {
            long cRow = cOffset + row * cStride;
            MemorySegment.copy(c, JAVA_FLOAT, cRow, sums, 0, PANEL_COLUMNS);
            for (int k = 0; k < depth; k++) {
                float x = get(a, aOffset + row * aStride, k);
                long bRow = bOffset + (long) k * PANEL_COLUMNS * Float.BYTES;
                for (int column = 0; column < PANEL_COLUMNS; column++) {
                    sums[column] += x * get(b, bRow, column);
                }
            }
            MemorySegment.copy(sums, 0, c, JAVA_FLOAT, cRow, PANEL_COLUMNS);
        }
    }

    @Override
    public void widen(
            DType dtype,
            MemorySegment from,
            long fromOffset,
            MemorySegment scales,
            long scalesOffset,
            MemorySegment to,
            long toOffset,
            int count) {
        for (int i = 0; i < count; i++) {
            long at = fromOffset + (long) i * dtype.bytes();
            float wide = switch (dtype) {
                case F16 -> Float.float16ToFloat(from.get(JAVA_SHORT, at));
                case BF16 -> HalfFloats.bfloat16ToFloat(from.get(JAVA_SHORT, at));
                case I8 -> from.get(JAVA_BYTE, at) * get(scales, scalesOffset, i % PANEL_COLUMNS);
                default -> throw new IllegalArgumentException("widen " + dtype);
            };
            set(to, toOffset, i, wide);
        }
    }

    @Override
    public void activate(Activation activation, MemorySegment x, long xOffset, int count) {
        for (int i = 0; i < count; i++) {
            set(x, xOffset, i, (float) activation.of(get(x, xOffset, i)));
        }
    }

    @Override
    public void layerNorm(
            MemorySegment x,
            long xOffset,
            MemorySegment gamma,
            long gammaOffset,
            MemorySegment beta,
            long betaOffset,
            float epsilon,
            MemorySegment out,
            long outOffset,
            int count) {
        float mean = sum(x, xOffset, count) / count;
        float squares = 0;
        for (int i = 0; i < count; i++) {
            float d = get(x, xOffset, i) - mean;
            squares += d * d;
        }
        float scale = (float) (1 / Math.sqrt(squares / count + epsilon));
        for (int i = 0; i < count; i++) {
            float d = (get(x, xOffset, i) - mean) * scale;
            set(out, outOffset, i, d * get(gamma, gammaOffset, i) + get(beta, betaOffset, i));
        }
    }

    @Override
    public void softmax(MemorySegment x, long xOffset, float scale, MemorySegment out, long outOffset, int count) {
        scale(x, xOffset, scale, 0, out, outOffset, count);
        float max = max(out, outOffset, count);
        float total = 0;
        for (int i = 0; i < count; i++) {
            float e = (float) Math.exp(get(out, outOffset, i) - max);
            total += e;
            set(out, outOffset, i, e);
        }
        scale(out, outOffset, 1 / total, 0, out, outOffset, count);
    }

    @Override
    public void add(
            MemorySegment a,
            long aOffset,
            MemorySegment b,
            long bOffset,
            MemorySegment out,
            long outOffset,
            int count) {
        for (int i = 0; i < count; i++) {
            set(out, outOffset, i, get(a, aOffset, i) + get(b, bOffset, i));
        }
    }

    @Override
    public void multiply(
            MemorySegment a,
            long aOffset,
            MemorySegment b,
            long bOffset,
            MemorySegment out,
            long outOffset,
            int count) {
        for (int i = 0; i < count; i++) {
            set(out, outOffset, i, get(a, aOffset, i) * get(b, bOffset, i));
        }
    }

    @Override
    public void multiplyAdd(
            MemorySegment a,
            long aOffset,
            MemorySegment b,
            long bOffset,
            MemorySegment out,
            long outOffset,
            int count) {
        for (int i = 0; i < count; i++) {
            set(out, outOffset, i, get(a, aOffset, i) * get(b, bOffset, i) + get(out, outOffset, i));
        }
    }

    @Override
    public void scale(
            MemorySegment a, long aOffset, float factor, float term, MemorySegment out, long outOffset, int count) {
        for (int i = 0; i < count; i++) {
            set(out, outOffset, i, get(a, aOffset, i) * factor + term);
        }
    }

    @Override
    public float sum(MemorySegment x, long xOffset, int count) {
        float sum = 0;
        for (int i = 0; i < count; i++) {
            sum += get(x, xOffset, i);
        }
        return sum;
    }

    @Override
    public float sumOfSquares(MemorySegment x, long xOffset, int count) {
        float sum = 0;
        for (int i = 0; i < count; i++) {
            sum += get(x, xOffset, i) * get(x, xOffset, i);
        }
        return sum;
    }

    @Override
    public float max(MemorySegment x, long xOffset, int count) {
        float max = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < count; i++) {
            max = Math.max(max, get(x, xOffset, i));
        }
        return max;
    }
}
