package dev.fovea.kernels.cpu;

import dev.fovea.tensor.Activation;
import dev.fovea.tensor.DType;
import java.lang.foreign.MemorySegment;

/**
 * The innermost loops: everything that is worth a vector instruction, over single rows and tiles. Blocking, threads, attention and
 * convolution are written once on top of them. Two implementations: {@link VectorKernels} on the Vector API and {@link PlainKernels}
 * in plain loops, for machines where the Vector API is missing or not compiled.
 *
 * <p>Offsets and strides are in bytes, counts in elements. Rows are contiguous floats.
 */
interface Kernels {

    /** What these kernels are, for people. */
    String description();

    /** Columns of a panel of packed weights: the width of a tile. */
    int panelColumns();

    /**
     * The GEMM micro-kernel: {@code C[rows, panelColumns] += A[rows, depth] B[depth, panelColumns]}.
     *
     * @param rows one of the heights of {@link Tiling}: 6, 4, 2 or 1
     * @param b one panel, its rows end to end
     */
    void tile(
            int rows,
            MemorySegment a,
            long aOffset,
            long aStride,
            MemorySegment b,
            long bOffset,
            int depth,
            MemorySegment c,
            long cOffset,
            long cStride);

    /**
     * Widens packed weights of a narrower type to floats; {@code count} is a multiple of {@link #panelColumns()}. For {@link
     * DType#I8} the numbers are multiplied by a row of scales, one for each column of the panel.
     */
    void widen(
            DType dtype,
            MemorySegment from,
            long fromOffset,
            MemorySegment scales,
            long scalesOffset,
            MemorySegment to,
            long toOffset,
            int count);

    /**
     * {@code x = activation(x)}, in place.
     *
     * @param count rounded up to whole vectors: what follows the row, up to {@link #panelColumns()} floats, may be overwritten
     */
    void activate(Activation activation, MemorySegment x, long xOffset, int count);

    /** Layer norm of one row. */
    void layerNorm(
            MemorySegment x,
            long xOffset,
            MemorySegment gamma,
            long gammaOffset,
            MemorySegment beta,
            long betaOffset,
            float epsilon,
            MemorySegment out,
            long outOffset,
            int count);

    /** {@code out = softmax(scale * x)} of one row; may be in place. */
    void softmax(MemorySegment x, long xOffset, float scale, MemorySegment out, long outOffset, int count);

    /** {@code out = a + b}. */
    void add(
            MemorySegment a, long aOffset, MemorySegment b, long bOffset, MemorySegment out, long outOffset, int count);

    /** {@code out = a * b}. */
    void multiply(
            MemorySegment a, long aOffset, MemorySegment b, long bOffset, MemorySegment out, long outOffset, int count);

    /** {@code out += a * b}. */
    void multiplyAdd(
            MemorySegment a, long aOffset, MemorySegment b, long bOffset, MemorySegment out, long outOffset, int count);

    /** {@code out = a * factor + term}. */
    void scale(MemorySegment a, long aOffset, float factor, float term, MemorySegment out, long outOffset, int count);

    /** Sum of a row. */
    float sum(MemorySegment x, long xOffset, int count);

    /** Sum of the squares of a row. */
    float sumOfSquares(MemorySegment x, long xOffset, int count);

    /** Largest element of a row; negative infinity for an empty one. */
    float max(MemorySegment x, long xOffset, int count);
}
