package dev.fovea.kernels.cpu.convolution;

import dev.fovea.kernels.cpu.gemm.LeftRows;
import dev.fovea.kernels.cpu.layout.PackedTile;
import dev.fovea.kernels.cpu.loops.Kernels;
import dev.fovea.kernels.cpu.memory.Memory;
import dev.fovea.kernels.cpu.memory.Scratch;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Tensor;

/**
 * Presents what a convolution's kernel sees at every output pixel as rows of a product, {@code [output pixels,
 * kernelHeight * kernelWidth * channels]} in the order of the reordered weights. The matrix, nine times as large as the
 * image for a 3 x 3 kernel, is never stored: a tile of its rows is gathered when it is packed (implicit GEMM, Chetlur
 * et al. 2014, section 3.1).
 */
final class Patches implements LeftRows {

    private final Tensor x;
    private final Grid grid;
    private final Grid outGrid;
    private final ConvolutionShape shape;
    private final int firstChannel;
    private final int channels;

    /**
     * Creates the patches of one group.
     *
     * @param firstChannel its first input channel
     */
    Patches(Tensor x, Grid grid, ConvolutionShape shape, int firstChannel) {
        this.x = x;
        this.grid = grid;
        this.shape = shape;
        this.firstChannel = firstChannel;
        outGrid = shape.output(grid);
        channels = shape.channelsPerGroup();
    }

    @Override
    public int rows() {
        return outGrid.rows();
    }

    @Override
    public long stride() {
        return (long) shape.kernelHeight() * shape.kernelWidth() * channels * Float.BYTES;
    }

    @Override
    public long address(int first, int count) {
        long stride = stride();
        long rows = Scratch.floats(Scratch.Slot.PATCHES, count * stride / Float.BYTES);
        for (int row = 0; row < count; row++) {
            gather(first + row, rows + row * stride);
        }
        return rows;
    }

    /**
     * Packs pixels of one line directly from the image, a line of the kernel at a time, if their kernels stay inside of
     * it.
     */
    @Override
    public void pack(Kernels kernels, int first, int rows, float[] to, int offset, int height, int depth) {
        int column = first % outGrid.width();
        int left = left(first);
        int right = left + (rows - 1) * shape.stride() + shape.kernelWidth();
        boolean inLine = column + rows <= outGrid.width() && left >= 0 && right <= grid.width();
        int count = shape.kernelWidth() * channels;
        if (!inLine || x.rowStride() != channels || count > Memory.MOST_ZEROS) {
            LeftRows.super.pack(kernels, first, rows, to, offset, height, depth);
            return;
        }
        for (int ky = 0; ky < shape.kernelHeight(); ky++) {
            int y = top(first) + ky;
            boolean inside = y >= 0 && y < grid.height();
            long from = inside ? Memory.address(x, line(first, y) + left) : Memory.zeros(count);
            long stride = inside ? shape.stride() * Memory.stride(x) : 0;
            int at = offset + PackedTile.place(height, ky * count);
            kernels.pack(from, stride, rows, to, at, height, depth, count);
        }
    }

    /** Returns the first line of the picture that the kernel sees at an output pixel. */
    private int top(int pixel) {
        return pixel / outGrid.width() % outGrid.height() * shape.stride() - shape.padding();
    }

    /** Returns the first column of the image that the kernel sees at an output pixel. */
    private int left(int pixel) {
        return pixel % outGrid.width() * shape.stride() - shape.padding();
    }

    /** Returns the row where a line of an output pixel's picture begins. */
    private int line(int pixel, int y) {
        int image = pixel / (outGrid.height() * outGrid.width());
        return (image * grid.height() + y) * grid.width();
    }

    private void gather(int pixel, long to) {
        int left = left(pixel);
        int width = shape.kernelWidth();
        int from = Math.min(width, Math.max(0, -left));
        int end = Math.max(from, Math.min(width, grid.width() - left));
        long pixelBytes = (long) channels * Float.BYTES;
        boolean together = x.rowStride() == channels;
        for (int ky = 0; ky < shape.kernelHeight(); ky++) {
            long at = to + ky * width * pixelBytes;
            int y = top(pixel) + ky;
            if (y < 0 || y >= grid.height() || end == from) {
                Memory.zero(at, (long) width * channels);
                continue;
            }
            Memory.zero(at, (long) from * channels);
            Memory.zero(at + end * pixelBytes, (long) (width - end) * channels);
            int sourceRow = line(pixel, y) + left;
            int runs = together ? 1 : end - from;
            int pixelsOfRun = (end - from) / runs;
            for (int run = 0; run < runs; run++) {
                long begin = Memory.address(x, sourceRow + from + run) + (long) firstChannel * Float.BYTES;
                Memory.copy(begin, at + (from + run) * pixelBytes, pixelsOfRun * channels);
            }
        }
    }
}
