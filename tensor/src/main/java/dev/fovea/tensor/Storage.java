package dev.fovea.tensor;

/**
 * The memory behind one or more tensors, owned by the backend that made it: off-heap floats of a CPU backend, a buffer of a
 * device. Offsets and counts are in elements.
 */
public interface Storage {

    /** Number of floats that fit. */
    long capacity();

    /**
     * Copies floats to the host; waits for whatever still computes them.
     *
     * @param offset first element to read
     * @param target where they go
     * @param targetOffset first element to write
     * @param count how many
     */
    void read(long offset, float[] target, int targetOffset, int count);

    /**
     * Copies rows to the host, end to end; waits for whatever still computes them.
     *
     * @param offset first element of the first row
     * @param rowStride elements from the start of one row to the start of the next
     * @param target {@code [rows, columns]}
     */
    default void readRows(long offset, long rowStride, int rows, int columns, float[] target) {
        for (int row = 0; row < rows; row++) {
            read(offset + row * rowStride, target, row * columns, columns);
        }
    }
}
