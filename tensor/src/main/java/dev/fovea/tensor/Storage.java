package dev.fovea.tensor;

import dev.fovea.tensor.numbers.Sizes;
import java.util.Objects;

/**
 * Holds the memory behind one or more tensors, owned by the backend that made it: off-heap floats of a CPU backend, or
 * a buffer of a device. Offsets and counts are in elements.
 *
 * <p>A storage may be reused for other tensors. A tensor of an earlier use is refused instead of showing the values of
 * a later one.
 */
public abstract class Storage {

    private final Owner owner;
    private volatile int life;

    /**
     * Creates the memory of a backend's tensors.
     *
     * @param owner the backend
     */
    protected Storage(Owner owner) {
        this.owner = Objects.requireNonNull(owner);
    }

    /** Returns the backend that this memory belongs to. */
    public final Owner owner() {
        return owner;
    }

    /** Returns the number of floats that fit. */
    public abstract long capacity();

    /**
     * Returns the matrix at the beginning of this memory, its rows end to end.
     *
     * @throws IllegalArgumentException if it does not fit
     */
    public final Tensor tensor(int rows, int columns) {
        return new Tensor(this, 0, rows, columns, columns, life);
    }

    /** Tells the present life from earlier ones. */
    final int life() {
        return life;
    }

    /** Ends the life of all tensors in this memory; a scope of the backend calls it before the memory goes back. */
    public final void endLife() {
        life++; // only the scope that has the storage does this, one thread at a time
    }

    /**
     * Copies floats to the host; waits for whatever still computes them.
     *
     * @param offset first element to read
     * @param target where they go
     * @param targetOffset first element to write
     * @param count how many
     * @throws IndexOutOfBoundsException if they lie outside of the memory or the array
     */
    public final void read(long offset, float[] target, int targetOffset, int count) {
        Objects.checkFromIndexSize(offset, count, capacity());
        Objects.checkFromIndexSize(targetOffset, count, target.length);
        copy(offset, target, targetOffset, count);
    }

    /**
     * Copies rows to the host, end to end; waits for whatever still computes them.
     *
     * @param offset first element of the first row
     * @param rowStride elements from the start of one row to the start of the next
     * @param target {@code [rows, columns]}
     * @throws IndexOutOfBoundsException if they lie outside of the memory or the array
     */
    public final void readRows(long offset, long rowStride, int rows, int columns, float[] target) {
        long end = rows < 0 || columns < 0 || rowStride < columns ? -1 : Sizes.end(offset, rows, columns, rowStride);
        Objects.checkFromToIndex(offset, end, capacity());
        Objects.checkFromIndexSize(0, (long) rows * columns, target.length);
        copyRows(offset, rowStride, rows, columns, target);
    }

    /** Does {@link #read}, whose conditions hold. */
    protected abstract void copy(long offset, float[] target, int targetOffset, int count);

    /** Does {@link #readRows}, whose conditions hold. */
    protected void copyRows(long offset, long rowStride, int rows, int columns, float[] target) {
        for (int row = 0; row < rows; row++) {
            copy(offset + row * rowStride, target, row * columns, columns);
        }
    }
}
