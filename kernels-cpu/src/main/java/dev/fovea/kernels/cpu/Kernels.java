package dev.fovea.kernels.cpu;

import dev.fovea.tensor.Activation;
import dev.fovea.tensor.DType;

/**
 * The innermost loops: everything that is worth a vector instruction, over single rows and tiles. Blocking, threads, attention and
 * convolution are written once on top of them. Two implementations: {@link VectorKernels} on the Vector API and {@link PlainKernels}
 * in plain loops, for machines where the Vector API is missing or not compiled.
 *
 * <p>Memory is given by addresses ({@link Memory}), strides are in bytes, counts in elements. Rows are contiguous floats.
 */
interface Kernels {

    /** What these kernels are, for people. */
    String description();

    /** Columns of a panel of packed weights: the width of a tile. */
    int panelColumns();

    /**
     * The GEMM micro-kernel: {@code C[rows, panelColumns] = start + A[rows, depth] B[depth, panelColumns]}.
     *
     * @param rows one of the heights of {@link Tiling}: 6, 4, 2 or 1
     * @param b one panel, its rows end to end
     * @param start one row that the sums of every row start with: a bias, or zeros
     * @param ahead memory that is needed soon and lies in none of the caches; while the tile is multiplied, a byte is read every {@code
     *     aheadStride} bytes, {@code depth} times, so that the hardware fetches it meanwhile (Java has no prefetch instruction)
     * @param aheadStride 0 to read one and the same byte
     * @return something made of the bytes read ahead, so that the reads are not optimised away
     */
    int tile(
            int rows,
            long a,
            long aStride,
            long b,
            int depth,
            long start,
            long c,
            long cStride,
            long ahead,
            long aheadStride);

    /**
     * Widens packed weights of a narrower type to floats; {@code count} is a multiple of {@link #panelColumns()}. For {@link
     * DType#I8} the numbers are multiplied by a row of scales, one for each column of the panel.
     */
    void widen(DType dtype, long from, long scales, long to, int count);

    /**
     * {@code x = activation(x)}, in place.
     *
     * @param count rounded up to whole vectors: what follows the row, up to {@link #panelColumns()} floats, may be overwritten
     */
    void activate(Activation activation, long x, int count);

    /** Layer norm of one row. */
    void layerNorm(long x, long gamma, long beta, float epsilon, long out, int count);

    /** {@code out = softmax(scale * x)} of one row; may be in place. */
    void softmax(long x, float scale, long out, int count);

    /** {@code out = a + b}. */
    void add(long a, long b, long out, int count);

    /** {@code out = a * b}. */
    void multiply(long a, long b, long out, int count);

    /** {@code out += a * b}. */
    void multiplyAdd(long a, long b, long out, int count);

    /** {@code out = a * factor + term}. */
    void scale(long a, float factor, float term, long out, int count);

    /** Sum of a row. */
    float sum(long x, int count);

    /** Sum of the squares of a row. */
    float sumOfSquares(long x, int count);

    /** Largest element of a row; negative infinity for an empty one. */
    float max(long x, int count);
}
