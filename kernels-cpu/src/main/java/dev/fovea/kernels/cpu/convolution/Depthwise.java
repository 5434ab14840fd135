package dev.fovea.kernels.cpu.convolution;

import dev.fovea.kernels.cpu.loops.Kernels;
import dev.fovea.kernels.cpu.machine.DepthwiseFunction;
import dev.fovea.kernels.cpu.machine.PixelRun;
import dev.fovea.kernels.cpu.memory.Memory;
import dev.fovea.kernels.cpu.memory.Scratch;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Tensor;

/**
 * Computes a convolution in which every channel has a kernel of its own, or several, whose outputs stand side by side:
 *
 * <pre>
 * for each output pixel    out[pixel, :] = bias + sum over taps of x[pixel + tap, :] * w[tap, :]
 * </pre>
 *
 * A line of output pixels is cut into runs as long as registers allow and evenly, so that pixels and taps are read once
 * for several sums. Where the processor has no function for these, pixels are computed one by one, with the same bits.
 */
final class Depthwise {

    private final Kernels kernels;
    private final Tensor x;
    private final Grid grid;
    private final ConvolutionShape shape;
    private final long taps;
    private final long bias;
    private final Tensor out;

    private final int outWidth;
    private final int outHeight;
    private final int channels;
    private final int multiplier;
    private final long rowBytes;
    private final Run[] runs;

    /**
     * Names output pixels of a line that are computed together.
     *
     * @param column of the first one
     * @param function null if they are computed one by one
     */
    private record Run(int column, PixelRun pixels, DepthwiseFunction function) {}

    /**
     * @param taps {@code [kernels of a channel][kernelHeight * kernelWidth][channels]}
     * @param bias {@code [kernels of a channel][channels]}
     */
    Depthwise(Kernels kernels, Tensor x, Grid grid, ConvolutionShape shape, long taps, long bias, Tensor out) {
        this.kernels = kernels;
        this.x = x;
        this.grid = grid;
        this.shape = shape;
        this.taps = taps;
        this.bias = bias;
        this.out = out;
        Grid outGrid = shape.output(grid);
        outWidth = outGrid.width();
        outHeight = outGrid.height();
        channels = shape.inputChannels();
        multiplier = shape.outputChannels() / channels;
        rowBytes = (long) channels * Float.BYTES;
        runs = runs();
    }

    /** Cuts a line. The last run begins earlier than the one before ends, if pixels are missing at the end. */
    private Run[] runs() {
        boolean isPlain = multiplier == 1 && Memory.stride(out) == rowBytes;
        int most = isPlain ? Math.max(1, kernels.pixelsOfDepthwise(shape.kernelWidth())) : 1;
        Run[] cut = new Run[Math.ceilDiv(outWidth, most)];
        int length = Math.ceilDiv(outWidth, Math.max(1, cut.length));
        for (int i = 0; i < cut.length; i++) {
            int column = Math.min(i * length, outWidth - length);
            int first = column * shape.stride() - shape.padding();
            int inputs = new PixelRun(shape.kernelWidth(), shape.stride(), length, 0, 0).inputs();
            int left = Math.max(0, -first);
            int right = Math.max(0, first + inputs - grid.width());
            PixelRun pixels = new PixelRun(shape.kernelWidth(), shape.stride(), length, left, right);
            boolean isInside = left + right < inputs;
            cut[i] = new Run(column, pixels, most > 1 && isInside ? kernels.depthwise(pixels) : null);
        }
        return cut;
    }

    /** Computes a line of output pixels; {@code line} counts those of all pictures. */
    void line(int line) {
        int top = line % outHeight * shape.stride() - shape.padding();
        int from = Math.max(0, -top);
        int to = Math.min(shape.kernelHeight(), grid.height() - top);
        int firstRow = (line / outHeight * grid.height() + top) * grid.width();
        for (Run run : runs) {
            if (run.function == null || from >= to) {
                for (int column = run.column; column < run.column + run.pixels.pixels(); column++) {
                    pixel(line * outWidth + column, firstRow, column, from, to);
                }
            } else {
                int left = run.column * shape.stride() - shape.padding() + run.pixels.left();
                run.function.compute(
                        Memory.address(x, firstRow + from * grid.width() + left),
                        grid.width() * Memory.stride(x),
                        Memory.stride(x),
                        to - from,
                        taps + from * shape.kernelWidth() * rowBytes,
                        bias,
                        Memory.address(out, line * outWidth + run.column),
                        channels);
            }
        }
    }

    /**
     * Computes one output pixel.
     *
     * @param firstRow the row of {@code x} under the kernel's first line, if the picture began at the left
     * @param from the first line of the kernel that lies inside of the picture; {@code to} is behind the last one
     */
    private void pixel(int pixel, int firstRow, int column, int from, int to) {
        int width = shape.kernelWidth();
        long[] seen = new long[shape.kernelHeight() * width];
        long[] weights = new long[seen.length];
        int left = column * shape.stride() - shape.padding();
        int terms = 0;
        for (int ky = from; ky < to; ky++) {
            int row = firstRow + ky * grid.width() + left;
            for (int kx = Math.max(0, -left); kx < Math.min(width, grid.width() - left); kx++) {
                seen[terms] = Memory.address(x, row + kx);
                weights[terms++] = taps + (ky * width + kx) * rowBytes;
            }
        }
        long at = Memory.address(out, pixel);
        if (multiplier == 1) {
            kernels.sumOfProducts(seen, weights, terms, bias, at, channels);
        } else {
            interleaved(seen, weights, terms, at);
        }
    }

    /** Computes a pixel's outputs of one kernel of every channel, then of the next; those of a channel go together. */
    private void interleaved(long[] seen, long[] weights, int terms, long at) {
        long sums = Scratch.floats(Scratch.Slot.SUMS, channels);
        long kernelBytes = shape.kernelHeight() * shape.kernelWidth() * rowBytes;
        for (int part = 0; part < multiplier; part++) {
            kernels.sumOfProducts(seen, weights, terms, bias + part * rowBytes, sums, channels);
            for (int term = 0; term < terms; term++) {
                weights[term] += kernelBytes;
            }
            for (int channel = 0; channel < channels; channel++) {
                Memory.set(
                        at + ((long) channel * multiplier + part) * Float.BYTES,
                        Memory.get(sums + (long) channel * Float.BYTES));
            }
        }
    }
}
