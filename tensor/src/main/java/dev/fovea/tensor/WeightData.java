package dev.fovea.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * The numbers of one weight as they are stored: what a backend is given to prepare its own handle from. Nothing is copied; the
 * data of a checkpoint stay a slice of the mapped file and are readable until that checkpoint is closed.
 *
 * @param name full name in the checkpoint, such as {@code vision_model.embeddings.class_embedding}
 * @param dtype how the elements are stored
 * @param shape extents, outermost first
 * @param data {@code shape.elements()} elements, row-major, contiguous, little-endian, not necessarily aligned
 * @param source where the weight comes from, for error messages: a file name
 */
public record WeightData(String name, DType dtype, Shape shape, MemorySegment data, String source) {

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble DOUBLE =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final int CHUNK = 4096;

    /**
     * @throws IllegalArgumentException if the data are not exactly as long as dtype and shape say
     */
    public WeightData {
        Objects.requireNonNull(name);
        Objects.requireNonNull(source);
        if (data.byteSize() / dtype.bytes() != shape.elements() || data.byteSize() % dtype.bytes() != 0) {
            throw new IllegalArgumentException(
                    "weight " + name + ": " + dtype + " " + shape + " is not " + data.byteSize() + " bytes long");
        }
    }

    /** A weight made in memory, in f32. The array is copied. */
    public static WeightData of(String name, Shape shape, float... values) {
        byte[] bytes = new byte[Math.multiplyExact(values.length, Float.BYTES)];
        MemorySegment data = MemorySegment.ofArray(bytes);
        MemorySegment.copy(values, 0, data, FLOAT, 0, values.length);
        return new WeightData(name, DType.F32, shape, data.asReadOnly(), "memory");
    }

    /**
     * One element as f32.
     *
     * @param index place in row-major order, from 0 to {@code shape.elements() - 1}
     * @throws FoveaException if the weight is not of a floating dtype
     */
    public float get(long index) {
        return switch (dtype) {
            case F32 -> data.getAtIndex(FLOAT, index);
            case F16 -> Float.float16ToFloat(data.getAtIndex(SHORT, index));
            case BF16 -> HalfFloats.bfloat16ToFloat(data.getAtIndex(SHORT, index));
            case F64 -> (float) data.getAtIndex(DOUBLE, index);
            default -> throw notFloating();
        };
    }

    /**
     * All elements as f32 in row-major order; f16 and bf16 widen exactly, f64 is rounded to the nearest f32.
     *
     * @throws FoveaException if the weight is not of a floating dtype or has more elements than a Java array can hold
     */
    public float[] toFloats() {
        if (!dtype.isFloating()) {
            throw notFloating();
        }
        long elements = shape.elements();
        if (elements > Integer.MAX_VALUE - 8) {
            throw new FoveaException(source + ": tensor " + name + " has " + elements
                    + " elements, more than one array can hold; read it in parts");
        }
        float[] values = new float[(int) elements];
        copyTo(0, values, 0, values.length);
        return values;
    }

    /**
     * Copies a run of elements into an array as f32.
     *
     * @param start index of the first element in row-major order
     * @param target receives {@code count} numbers from {@code offset} on
     * @throws FoveaException if the weight is not of a floating dtype
     * @throws IndexOutOfBoundsException if the run leaves the weight or the array
     */
    public void copyTo(long start, float[] target, int offset, int count) {
        Objects.checkFromIndexSize(start, count, shape.elements());
        Objects.checkFromIndexSize(offset, count, target.length);
        long byteOffset = start * dtype.bytes();
        switch (dtype) {
            case F32 -> MemorySegment.copy(data, FLOAT, byteOffset, target, offset, count);
            case F16 -> HalfFloats.widenFloat16(data, byteOffset, target, offset, count);
            case BF16 -> HalfFloats.widenBfloat16(data, byteOffset, target, offset, count);
            case F64 -> roundDoubles(byteOffset, target, offset, count);
            default -> throw notFloating();
        }
    }

    private void roundDoubles(long byteOffset, float[] target, int offset, int count) {
        double[] chunk = new double[Math.min(CHUNK, count)];
        for (int done = 0; done < count; done += CHUNK) {
            int length = Math.min(CHUNK, count - done);
            MemorySegment.copy(data, DOUBLE, byteOffset + (long) Double.BYTES * done, chunk, 0, length);
            for (int i = 0; i < length; i++) {
                target[offset + done + i] = (float) chunk[i];
            }
        }
    }

    private FoveaException notFloating() {
        return new FoveaException(source + ": tensor " + name + " holds " + dtype
                + ", but a weight must be F32, F16, BF16 or F64; use a checkpoint that is not quantised");
    }
}
