package dev.fovea.tensor;

import dev.fovea.tensor.numbers.HalfFloats;
import dev.fovea.tensor.numbers.QuantizedMatrix;
import dev.fovea.tensor.numbers.Sizes;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * Holds the values of one weight as they are stored, from which a backend prepares its own handle. Nothing is copied:
 * the data of a checkpoint stay a slice of the mapped file and are readable until that checkpoint is closed.
 *
 * @param name full name in the checkpoint, such as {@code vision_model.embeddings.class_embedding}
 * @param dtype how the elements are stored
 * @param shape extents, outermost first
 * @param data {@code shape.elements()} elements, row-major, contiguous, little-endian, not necessarily aligned
 * @param source where the weight comes from, for error messages: a file name
 * @param scales of a matrix in eight bits: one f32 for every 64 columns of a row, {@code [rows, groups]},
 *     little-endian; null for any other weight
 * @param rewriting how it was computed from stored weights; null for a stored one, and where nobody can train it
 */
public record WeightData(
        String name,
        DType dtype,
        Shape shape,
        MemorySegment data,
        String source,
        MemorySegment scales,
        Rewriting rewriting) {

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble DOUBLE =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final int CHUNK = 4096;

    /**
     * @throws IllegalArgumentException if the data or the scales are not exactly as long as dtype and shape say
     */
    public WeightData {
        Objects.requireNonNull(name);
        Objects.requireNonNull(source);
        boolean exact = data.byteSize() / dtype.bytes() == shape.elements() && data.byteSize() % dtype.bytes() == 0;
        if (!exact && !data.equals(MemorySegment.NULL)) {
            throw new IllegalArgumentException(
                    "weight " + name + ": " + dtype + " " + shape + " is not " + data.byteSize() + " bytes long");
        }
        if (scales != null
                && (dtype != DType.I8
                        || shape.rank() != 2
                        || scales.byteSize()
                                != shape.extent(0) * QuantizedMatrix.groups(shape.extent(1)) * Float.BYTES)) {
            throw new IllegalArgumentException("weight " + name + ": " + dtype + " " + shape + " does not go with "
                    + scales.byteSize() + " bytes of scales");
        }
    }

    /** Creates a stored weight. */
    public WeightData(String name, DType dtype, Shape shape, MemorySegment data, String source, MemorySegment scales) {
        this(name, dtype, shape, data, source, scales, null);
    }

    /** Creates a weight that is no matrix in eight bits. */
    public WeightData(String name, DType dtype, Shape shape, MemorySegment data, String source) {
        this(name, dtype, shape, data, source, null);
    }

    /** Returns a weight made in memory, in f32. The array is copied. */
    public static WeightData of(String name, Shape shape, float... values) {
        byte[] bytes = new byte[Sizes.arrayLength("weight " + name, values.length, Float.BYTES)];
        MemorySegment data = MemorySegment.ofArray(bytes);
        MemorySegment.copy(values, 0, data, FLOAT, 0, values.length);
        return new WeightData(name, DType.F32, shape, data.asReadOnly(), "memory");
    }

    /** Computes a weight from stored ones, in f32. */
    public static WeightData of(String name, Shape shape, Rewriting rewriting) {
        WeightData made = of(name, shape, rewriting.compute());
        return new WeightData(name, made.dtype, shape, made.data, made.source, null, rewriting);
    }

    /**
     * Describes a weight by name and shape alone, without numbers: what a model that is only outlined is constructed
     * from. Reading a number of it is an {@link IndexOutOfBoundsException}.
     */
    public static WeightData outline(String name, Shape shape) {
        return new WeightData(name, DType.F32, shape, MemorySegment.NULL, "outline");
    }

    /** Returns this weight under another name; its data are not copied. */
    public WeightData named(String other) {
        return new WeightData(other, dtype, shape, data, source, scales, rewriting);
    }

    /**
     * Returns one element as f32.
     *
     * @param index place in row-major order, from 0 to {@code shape.elements() - 1}
     * @throws FoveaException if the weight is neither of a floating dtype nor a matrix in eight bits
     */
    public float get(long index) {
        return switch (dtype) {
            case F32 -> data.getAtIndex(FLOAT, index);
            case F16 -> Float.float16ToFloat(data.getAtIndex(SHORT, index));
            case BF16 -> HalfFloats.bfloat16ToFloat(data.getAtIndex(SHORT, index));
            case F64 -> (float) data.getAtIndex(DOUBLE, index);
            default -> {
                float[] value = new float[1];
                copyTo(index, value, 0, 1);
                yield value[0];
            }
        };
    }

    /**
     * Returns all elements as f32 in row-major order; f16 and bf16 widen exactly, f64 is rounded to the nearest f32,
     * eight bits are multiplied by their scale.
     *
     * @throws FoveaException if the weight is neither of a floating dtype nor a matrix in eight bits or has more
     *     elements than a Java array can hold
     */
    public float[] toFloats() {
        requireNumbers();
        long elements = shape.elements();
        if (elements > Integer.MAX_VALUE - 8) {
            throw new ModelException(source + ": tensor " + name + " has " + elements
                    + " elements, more than one array can hold; read it in parts");
        }
        float[] values = new float[(int) elements];
        copyTo(0, values, 0, values.length);
        return values;
    }

    /**
     * Copies a run of elements into an array as f32.
     *
     *
     * @param start index of the first element in row-major order
     * @param target receives {@code count} values from {@code offset} on
     * @throws FoveaException if the weight is neither of a floating dtype nor a matrix in eight bits
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
            default -> {
                requireNumbers();
                scaleBytes(start, target, offset, count);
            }
        }
    }

    private void scaleBytes(long start, float[] target, int offset, int count) {
        long columns = shape.extent(1);
        long groups = QuantizedMatrix.groups(columns);
        int run;
        for (int done = 0; done < count; done += run) {
            long row = (start + done) / columns;
            long column = (start + done) % columns;
            long group = column / QuantizedMatrix.GROUP;
            long end = Math.min(columns, (group + 1) * QuantizedMatrix.GROUP);
            run = (int) Math.min(count - done, end - column);
            float scale = scales.getAtIndex(FLOAT, row * groups + group);
            for (int i = done; i < done + run; i++) {
                target[offset + i] = data.get(ValueLayout.JAVA_BYTE, start + i) * scale;
            }
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

    /**
     * Checks that the elements can be read as floats.
     *
     * @throws FoveaException if the weight is neither of a floating dtype nor a matrix in eight bits
     */
    public void requireNumbers() {
        if (!dtype.isFloating() && scales == null) {
            throw new ModelException(source + ": tensor " + name + " holds " + dtype
                    + ", but a weight must be F32, F16, BF16 or F64; use a checkpoint that is not quantised");
        }
    }
}
