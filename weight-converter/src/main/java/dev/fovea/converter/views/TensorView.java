package dev.fovea.converter.views;

import dev.fovea.tensor.DType;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.spi.HostMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Describes a tensor in a mapped file by its strides: element {@code [i, j, ...]} has index {@code offset + i *
 * strides[0] + j * strides[1] + ...} in the storage, which other tensors may share. Slicing and transposing make other
 * views, and copy nothing.
 *
 * @param dtype how the elements are stored, little-endian
 * @param shape extents, outermost first
 * @param strides in elements, one for each extent, none negative
 * @param offset of the first element, in elements
 * @param storage bytes that hold at least every element of the view
 * @param file path for messages
 */
public record TensorView(DType dtype, Shape shape, long[] strides, long offset, MemorySegment storage, String file) {

    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

    /**
     * Checks that every element is in the storage.
     *
     * @throws FoveaException if an element would lie outside the storage, or the view repeats elements so that it has
     *     more than those
     */
    public TensorView {
        strides = strides.clone();
        if (!fits(dtype, shape, strides, offset, storage.byteSize() / dtype.bytes())) {
            throw new ModelException(file + ": a tensor " + dtype + " " + shape + " with strides "
                    + Arrays.toString(strides) + " from " + offset + " on does not lie in its storage of "
                    + storage.byteSize() + " bytes; download the file again");
        }
    }

    /** Returns a tensor whose elements lie one after another in row-major order, and are all that the storage holds. */
    public static TensorView contiguous(DType dtype, Shape shape, MemorySegment storage, String file) {
        return new TensorView(dtype, shape, rowMajor(shape), 0, storage, file);
    }

    private static boolean fits(DType dtype, Shape shape, long[] strides, long offset, long stored) {
        if (strides.length != shape.rank() || offset < 0) {
            return false;
        }
        if (shape.elements() == 0) {
            return offset <= stored;
        }
        try {
            long last = offset;
            for (int axis = 0; axis < strides.length; axis++) {
                if (strides[axis] < 0) {
                    return false;
                }
                last = Math.addExact(last, Math.multiplyExact(shape.extent(axis) - 1, strides[axis]));
            }
            return last < stored && shape.elements() <= stored;
        } catch (ArithmeticException overflow) {
            return false;
        }
    }

    private static long[] rowMajor(Shape shape) {
        long[] strides = new long[shape.rank()];
        long stride = 1;
        for (int axis = strides.length - 1; axis >= 0; axis--) {
            strides[axis] = stride;
            stride *= Math.max(1, shape.extent(axis));
        }
        return strides;
    }

    @Override
    public long[] strides() {
        return strides.clone();
    }

    /** Returns the bytes of all elements together. */
    public long bytes() {
        return shape.elements() * dtype.bytes();
    }

    /** Returns a view of a matrix with rows and columns exchanged. */
    public TensorView transposed() {
        Shape turned = Shape.of(shape.extent(1), shape.extent(0));
        return new TensorView(dtype, turned, new long[] {strides[1], strides[0]}, offset, storage, file);
    }

    /**
     * Returns a view {@code [outputs, inputs, height, width]} of a kernel {@code [outputs, height, width, inputs]}, as
     * MLX keeps them.
     */
    public TensorView channelsFirst() {
        Shape turned = Shape.of(shape.extent(0), shape.extent(3), shape.extent(1), shape.extent(2));
        long[] steps = {strides[0], strides[3], strides[1], strides[2]};
        return new TensorView(dtype, turned, steps, offset, storage, file);
    }

    /** Returns a view of some of the outermost entries: of a matrix some rows. */
    public TensorView rows(long from, long count) {
        long[] extents = shape.extents();
        extents[0] = count;
        return new TensorView(dtype, new Shape(extents), strides, offset + from * strides[0], storage, file);
    }

    /** Returns a view of every second of the outermost entries from one on. */
    public TensorView everyOther(long from, long count) {
        long[] extents = shape.extents();
        extents[0] = count;
        long[] steps = strides();
        steps[0] *= 2;
        return new TensorView(dtype, new Shape(extents), steps, offset + from * strides[0], storage, file);
    }

    /** Returns a tensor of one element as a scalar. */
    public TensorView scalar() {
        return new TensorView(dtype, Shape.of(), new long[0], offset, storage, file);
    }

    /** Returns a scalar as a vector of one element. */
    public TensorView vector() {
        return new TensorView(dtype, Shape.of(1), new long[] {1}, offset, storage, file);
    }

    /** Returns a tensor whose outermost extent is 1 without that axis. */
    public TensorView first() {
        long[] extents = Arrays.copyOfRange(shape.extents(), 1, shape.rank());
        long[] steps = Arrays.copyOfRange(strides, 1, strides.length);
        return new TensorView(dtype, new Shape(extents), steps, offset, storage, file);
    }

    /** Returns whether both are the same elements of the same storage in the same order. */
    public boolean isSame(TensorView other) {
        return dtype == other.dtype
                && shape.equals(other.shape)
                && Arrays.equals(strides, other.strides)
                && offset == other.offset
                && storage.address() == other.storage.address();
    }

    /** Returns whether the elements lie one after another in row-major order. */
    public boolean isContiguous() {
        long[] dense = rowMajor(shape);
        for (int axis = 0; axis < dense.length; axis++) {
            if (shape.extent(axis) > 1 && strides[axis] != dense[axis]) {
                return false;
            }
        }
        return true;
    }

    /** Returns the bytes of a contiguous view. */
    public MemorySegment dense() {
        return storage.asSlice(offset * dtype.bytes(), bytes());
    }

    /**
     * Tells the system that a run of elements was read: a mapped file would fill the memory of the process otherwise.
     */
    public void release(long start, long count) {
        boolean dense = isContiguous();
        HostMemory.dropPages(
                dense ? storage.asSlice((offset + start) * dtype.bytes(), count * dtype.bytes()) : storage);
    }

    /**
     * Copies a run of elements in row-major order, as they are stored.
     *
     * @param start index of the first element
     * @param target receives as many elements as fit into it
     */
    public void copyTo(long start, MemorySegment target) {
        int bytes = dtype.bytes();
        if (isContiguous()) {
            target.copyFrom(storage.asSlice((offset + start) * bytes, target.byteSize()));
            return;
        }
        long count = target.byteSize() / bytes;
        int inner = strides.length - 1;
        long columns = shape.extent(inner);
        for (long done = 0; done < count; ) {
            long column = (start + done) % columns;
            long run = Math.min(columns - column, count - done);
            long from = place((start + done) / columns) + column * strides[inner];
            if (strides[inner] == 1) {
                MemorySegment.copy(storage, from * bytes, target, done * bytes, run * bytes);
            } else {
                gather(from, strides[inner], target, done, run);
            }
            done += run;
        }
    }

    /**
     * Returns the index in the storage at which a row of the innermost axis begins; rows are counted over all outer
     * axes.
     */
    private long place(long row) {
        long place = offset;
        for (int axis = strides.length - 2; axis >= 0; axis--) {
            place += row % shape.extent(axis) * strides[axis];
            row /= shape.extent(axis);
        }
        return place;
    }

    private void gather(long from, long stride, MemorySegment target, long at, long count) {
        for (long i = 0; i < count; i++) {
            long element = from + i * stride;
            switch (dtype.bytes()) {
                case 1 -> target.set(ValueLayout.JAVA_BYTE, at + i, storage.get(ValueLayout.JAVA_BYTE, element));
                case 2 -> target.set(SHORT, 2 * (at + i), storage.get(SHORT, 2 * element));
                case 4 -> target.set(INT, 4 * (at + i), storage.get(INT, 4 * element));
                default -> target.set(LONG, 8 * (at + i), storage.get(LONG, 8 * element));
            }
        }
    }
}
