package dev.fovea.tensor;

import dev.fovea.tensor.numbers.Sizes;
import java.util.Objects;

/**
 * Refers to a matrix of floats in a backend's memory: rows are tokens (or pixels), columns are channels. Columns are
 * always contiguous. Rows may be further apart than they are wide, so a range of columns, a range of rows, or every
 * n-th row is a view without a copy.
 *
 * <p>A tensor is a value: nothing writes to it after the operation that made it. It lives until the {@link
 * Backend#scoped scope} that it was made in ends.
 */
public final class Tensor {

    private final Storage storage;
    private final long offset;
    private final int rows;
    private final int columns;
    private final long rowStride;
    private final int life;

    /**
     * Creates a view into a storage; backends get one from {@link Storage#tensor}.
     *
     * @param storage the memory
     * @param offset element where row 0 begins
     * @param rows number of rows, may be 0
     * @param columns number of columns, may be 0
     * @param rowStride elements from the start of one row to the start of the next
     * @param life which life of the storage it belongs to
     */
    Tensor(Storage storage, long offset, int rows, int columns, long rowStride, int life) {
        this.storage = Objects.requireNonNull(storage);
        this.offset = offset;
        this.rows = rows;
        this.columns = columns;
        this.rowStride = rowStride;
        this.life = life;
        if (rows < 0 || rows > Sizes.MOST || columns < 0 || columns > Sizes.MOST || rowStride < columns) {
            throw new IllegalArgumentException(
                    "no such matrix: " + rows + " x " + columns + ", " + rowStride + " elements from row to row");
        }
        long end = Sizes.end(offset, rows, columns, rowStride);
        if (offset < 0 || end < 0 || end > storage.capacity()) {
            throw new IllegalArgumentException("[" + rows + ", " + columns + "] from element " + offset + ", rows "
                    + rowStride + " apart, in a storage of " + storage.capacity() + " elements");
        }
    }

    private Tensor view(long newOffset, int newRows, int newColumns, long newStride) {
        return new Tensor(storage, newOffset, newRows, newColumns, newStride, life);
    }

    /**
     * Checks that the scope which this tensor was made in has not ended.
     *
     *
     * @param operation names the operation in the message
     * @throws IllegalStateException if it has ended and the memory may hold other values
     */
    void requireAlive(String operation) {
        if (life != storage.life()) {
            throw new IllegalStateException(operation + ": the scope of " + this
                    + " has ended or it was released; return it from the scope to keep it");
        }
    }

    /** Which memory, and which use of it. */
    private record Use(Storage storage, int life) {}

    /**
     * Returns a key that views of one tensor have in common, and no other tensor has, not even one that lies in the
     * same memory later on.
     */
    public Object identity() {
        return new Use(storage, life);
    }

    /** Returns the memory behind this view. */
    public Storage storage() {
        return storage;
    }

    /** Returns the index of the storage's element where row 0 begins. */
    public long offset() {
        return offset;
    }

    /** Returns the number of rows: tokens, pixels, labels. */
    public int rows() {
        return rows;
    }

    /** Returns the number of columns: channels. */
    public int columns() {
        return columns;
    }

    /** Elements from the start of one row to the start of the next; at least {@link #columns()}. */
    public long rowStride() {
        return rowStride;
    }

    /** Returns the number of elements, rows times columns. */
    public long elements() {
        return (long) rows * columns;
    }

    /** Returns the shape, {@code [rows, columns]}. */
    public Shape shape() {
        return Shape.of(rows, columns);
    }

    /** Returns whether the rows lie end to end. */
    public boolean isContiguous() {
        return rowStride == columns || rows <= 1;
    }

    /** Returns the rows {@code from} (inclusive) to {@code to} (exclusive), as a view. */
    public Tensor rows(int from, int to) {
        Objects.checkFromToIndex(from, to, rows);
        return view(from == to ? offset : offset + from * rowStride, to - from, columns, rowStride);
    }

    /** Returns the columns {@code from} (inclusive) to {@code to} (exclusive), as a view. */
    public Tensor columns(int from, int to) {
        Objects.checkFromToIndex(from, to, columns);
        return view(rows == 0 ? offset : offset + from, rows, to - from, rowStride);
    }

    /** Returns the rows 0, {@code step}, 2 {@code step} ..., as a view: the class tokens of a batch of pictures. */
    public Tensor everyRow(int step) {
        if (step < 1) {
            throw new IllegalArgumentException("every " + step + "-th row");
        }
        int count = Math.ceilDiv(rows, step);
        return view(offset, count, columns, count <= 1 ? rowStride : rowStride * step);
    }

    /**
     * Returns the elements in rows of another length, as a view.
     *
     * @throws IllegalArgumentException if the number of elements differs or the rows do not lie end to end
     */
    public Tensor reshape(int newRows, int newColumns) {
        if (newRows < 0 || newColumns < 0 || (long) newRows * newColumns != elements() || !isContiguous()) {
            throw new IllegalArgumentException("cannot see " + shape() + (isContiguous() ? "" : " (rows apart)")
                    + " as [" + newRows + ", " + newColumns + "]");
        }
        return view(offset, newRows, newColumns, newColumns);
    }

    /**
     * Returns the view of another memory that lies there as this one lies in its own: the same rows and columns of a
     * tensor's gradient, for instance.
     *
     * @param other of the same backend, at least as large as what this view reaches into
     * @throws IllegalArgumentException if it is too small
     */
    public Tensor in(Storage other) {
        return new Tensor(other, offset, rows, columns, rowStride, other.life());
    }

    /**
     * Copies the elements to the host, row after row.
     *
     * @throws IllegalArgumentException if there are more than an array can hold
     * @throws IllegalStateException if the tensor's scope has ended or its backend is closed
     */
    public float[] toArray() {
        storage.owner().requireOpen("toArray");
        requireAlive("toArray");
        float[] values = new float[Sizes.arrayLength("toArray", rows, columns)];
        if (isContiguous()) {
            storage.read(offset, values, 0, values.length);
        } else {
            storage.readRows(offset, rowStride, rows, columns, values);
        }
        return values;
    }

    /**
     * Copies the elements to the host, each row into an array of its own.
     *
     * @param target as many arrays as there are rows, at least as long as a row
     */
    public void copyRows(float[][] target) {
        float[] values = toArray(); // a device is waited for once
        for (int row = 0; row < rows; row++) {
            System.arraycopy(values, row * columns, target[row], 0, columns);
        }
    }

    @Override
    public String toString() {
        return "Tensor " + shape();
    }
}
