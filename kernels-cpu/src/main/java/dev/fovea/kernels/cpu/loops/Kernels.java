package dev.fovea.kernels.cpu.loops;

import dev.fovea.kernels.cpu.layout.PackedMatrix;
import dev.fovea.kernels.cpu.layout.PackedTile;
import dev.fovea.kernels.cpu.layout.Tiling;
import dev.fovea.kernels.cpu.machine.DepthwiseFunction;
import dev.fovea.kernels.cpu.machine.PixelRun;
import dev.fovea.kernels.cpu.machine.TileFunctions;
import dev.fovea.kernels.cpu.memory.Memory;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.DType;

/**
 * Computes the innermost loops: everything that is worth a vector instruction, over single rows and tiles. Blocking,
 * threads, attention and convolution are written once on top of them. There are three implementations: {@link
 * MachineLoops} in machine code, {@link VectorKernels} on the Vector API for machines that it is not written for, and
 * {@link PlainKernels} in plain loops where the Vector API is missing or not compiled, too.
 *
 * <p>Memory is given by addresses ({@link Memory}), strides are in bytes, counts in elements. Rows are contiguous
 * floats.
 */
public interface Kernels {

    /** Returns what these kernels are, for people. */
    String description();

    /** Tiles that together prefetch as many bytes as their panel has. */
    int PREFETCH_TILES = TileFunctions.PREFETCH_TILES;

    /** Returns the columns of a panel of packed weights: the width of a tile. */
    int panelColumns();

    /** Returns the most rows of a tile: one of the heights of {@link Tiling}. */
    int tallestTile();

    /**
     * Computes the GEMM micro-kernel, {@code C[rows, panelColumns] = start + A[rows, depth] B[depth, panelColumns]}.
     *
     * <p>Meanwhile it prefetches memory that is needed soon. Machine code has an instruction for that. Java has none,
     * so a byte is read here and there for the hardware to fetch what follows. Hardware does not prefetch beyond a
     * page, so the first lines of a page are waited for; two places are read at once so that two of these waits
     * overlap.
     *
     * @param rows one of the heights of {@link Tiling}, at most {@link #tallestTile()}
     * @param a the rows of A, packed as {@link PackedTile} says
     * @param offset index of the first step of the depth
     * @param packedDepth the depth of the packed tile, at least {@code depth}
     * @param b one panel, its rows end to end
     * @param start one row that the sums of every row start with: a bias, or zeros
     * @param prefetch address of {@code depth * panelColumns * 4 / PREFETCH_TILES} bytes that are needed soon and lie
     *     in none of the caches, or {@code b} where there are none
     * @return a value made of the bytes that were read, so that the JIT cannot eliminate the reads
     */
    int tile(
            int rows,
            float[] a,
            int offset,
            int packedDepth,
            long b,
            int depth,
            long start,
            long c,
            long cStride,
            long prefetch);

    /**
     * Finishes a tile as most layers do: {@code out = sums + added}, with zeros for negative results if {@code relu}.
     *
     * @param sums rows of {@link #panelColumns()}, end to end
     * @param added the first row, or 0 if there is nothing to add
     */
    void endTile(long sums, long added, long addedStride, boolean relu, long out, long outStride, int rows);

    /**
     * Returns how many panels {@link #lowTile} multiplies at a time for this many rows; 0 if there is no such kernel.
     */
    int panelsOfLowTile(DType dtype, int rows);

    /**
     * Computes {@link #tile} for few rows and {@link #panelsOfLowTile} panels side by side; int8 weights are widened on
     * the way. The bits are those of {@link #widen} and {@link #tile}.
     *
     * @param panel the first panel
     * @param input the first input: it begins a group
     * @param start as many floats as the panels have columns together
     * @param c rows of as many floats, end to end
     */
    void lowTile(
            int rows, PackedMatrix weight, int panel, int input, float[] a, int offset, int depth, long start, long c);

    /**
     * Copies {@code count} steps of the depth of rows of A to their places in a {@link PackedTile}.
     *
     * @param rows at least one and at most {@code height}; copies of the last one take the places of those that are
     *     missing
     * @param offset where the first element belongs
     * @param depth of the packed tile
     */
    void pack(long from, long stride, int rows, float[] to, int offset, int height, int depth, int count);

    /**
     * Copies rows to their places in a {@link PackedTile} as columns, a step of its depth each.
     *
     * @param offset where the first element belongs
     * @param depth of the packed tile
     * @param count elements of a row, at most {@code height}; zeros take the places of those that are missing
     */
    void packColumns(long from, long stride, int rows, float[] to, int offset, int height, int depth, int count);

    /** Copies one column of a panel: {@code to[i] = factor * panel[i][0]}. */
    void column(long panel, float factor, long to, int count);

    /** Copies rows to their places in a panel, as columns: {@code to[i * panelColumns + row] = from[row][i]}. */
    void transpose(long from, long stride, int rows, long to, int count);

    /**
     * Transforms a square of 6 x 6 input pixels of every channel to one of 36 places, {@code Bᵀ d B}; see {@link
     * WinogradTransforms}.
     *
     * @param pixels where the pixels lie, row after row
     * @param channel the first one
     * @param to 36 rows of channels, {@code toStride} bytes apart
     * @param channels a multiple of half of {@link #panelColumns()}
     */
    void winogradInput(long[] pixels, int channel, long to, long toStride, int channels);

    /**
     * Transforms 36 places of every channel to 4 x 4 output pixels, {@code Aᵀ M A}; see {@link WinogradTransforms}.
     *
     * @param from 36 rows of channels, {@code fromStride} bytes apart
     * @param bias added to every pixel
     * @param to the first pixel
     * @param pixelBytes from one pixel of a line to the next
     * @param lineBytes from one line to the next
     * @param columns a multiple of half of {@link #panelColumns()}
     */
    void winogradOutput(long from, long fromStride, long bias, long to, long pixelBytes, long lineBytes, int columns);

    /** Copies {@code to[row][i] = from[row][i]}. */
    void copy(long from, long fromStride, long to, long toStride, int rows, int count);

    /**
     * Widens packed weights of a narrower type to floats; {@code count} is a multiple of {@link #panelColumns()}. For
     * {@link DType#I8} the weights are multiplied by a row of scales, one for each column of the panel.
     *
     * @param finite whether there is neither an infinity nor a NaN, of which {@link DType#F16} needs special care
     */
    void widen(DType dtype, boolean finite, long from, long scales, long to, int count);

    /**
     * Computes {@code x = activation(x)}, in place.
     *
     * @param count rounded up to whole vectors: what follows the row, up to {@link #panelColumns()} floats, may be
     *     overwritten
     */
    void activate(Activation activation, long x, int count);

    /** Computes the layer norm of one row. */
    void layerNorm(long x, long gamma, long beta, float epsilon, long out, int count);

    /**
     * Computes {@code x = e^(factor * (x - base))}, in place. With the largest as base nothing overflows.
     *
     * @param count rounded up to whole vectors: what follows the row, up to {@link #panelColumns()} floats, may be read
     *     and overwritten
     */
    void exp(long x, float factor, float base, int count);

    /**
     * Computes the softmax down the columns of a panel, without the division: {@code x = e^(factor * (x - largest of
     * its column))}, in place.
     *
     * @param x {@code [rows][panelColumns]}
     * @param factor positive
     * @param totals {@code [panelColumns]}: the sum of what each column has become
     */
    void expColumns(long x, int rows, float factor, long totals);

    /** Computes {@code out = a + b}, row by row. */
    void add(long a, long aStride, long b, long bStride, long out, long outStride, int rows, int count);

    /** Computes {@code out = max(a, b)}; NaN where one of them is. */
    void larger(long a, long b, long out, int count);

    /** Computes {@code out = a * b}. */
    void multiply(long a, long b, long out, int count);

    /**
     * Computes {@code out = start + sum of a[i] * b[i]}, element by element: several rows times several rows.
     *
     * @param a addresses of rows, the first {@code terms} of the array
     * @param b addresses of as many others
     */
    void sumOfProducts(long[] a, long[] b, int terms, long start, long out, int count);

    /**
     * Returns how many output pixels a function of {@link #depthwise} can have; 0 if there is none for kernels of that
     * width.
     */
    default int pixelsOfDepthwise(int kernelWidth) {
        return 0;
    }

    /**
     * Returns a function that computes a depthwise convolution for some output pixels side by side, with the bits of
     * {@link #sumOfProducts}, or null if there is none.
     *
     * @param run of at most {@link #pixelsOfDepthwise}
     */
    default DepthwiseFunction depthwise(PixelRun run) {
        return null;
    }

    /** Computes {@code out = a * factor + term}. */
    void scale(long a, float factor, float term, long out, int count);

    /** Computes {@code scores[row] = a . rows[row]}: one vector with several. */
    void dots(long a, long from, long stride, int rows, int count, long scores);

    /**
     * Computes {@code out = sum of weights[row] * rows[row]}: a vector made of several. {@code out} is cleared first if
     * {@code fresh}.
     */
    void weightedSum(long weights, long from, long stride, int rows, int count, boolean fresh, long out);

    /**
     * Computes {@code sums[i][j] += sum over rows of a[row][i] * b[row][j]}: every column of one matrix with every
     * column of another.
     *
     * @param count columns of both; what follows a row of sums, up to {@link #panelColumns()} floats, may be
     *     overwritten
     */
    void crossProducts(long a, long aStride, long b, long bStride, int rows, int count, long sums, long sumsStride);

    /** Returns the sum of a row. */
    float sum(long x, int count);

    /** Returns the sum of the squares of a row. */
    float sumOfSquares(long x, int count);

    /** Returns the largest element of a row; negative infinity for an empty one. */
    float max(long x, int count);
}
