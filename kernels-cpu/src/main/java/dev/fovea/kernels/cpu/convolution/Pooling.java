package dev.fovea.kernels.cpu.convolution;

import dev.fovea.kernels.cpu.loops.Kernels;
import dev.fovea.kernels.cpu.memory.Memory;
import dev.fovea.kernels.cpu.memory.Scratch;
import dev.fovea.kernels.cpu.threads.Workers;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.spi.Checks;
import java.util.Arrays;

/**
 * Computes pooling over pixels in rows and channels in columns:
 *
 * <pre>
 * for each row of output pixels          in parallel
 *   for each output pixel                out[pixel, all channels] = average or largest of its window's
 * </pre>
 *
 * Twins: {@code ReferenceBackend.averagePool} and {@code Backend.maxPool}.
 */
public final class Pooling {

    private final Kernels kernels;
    private final Workers workers;

    public Pooling(Kernels kernels, Workers workers) {
        this.kernels = kernels;
        this.workers = workers;
    }

    /** Computes {@code Backend.averagePool}: a sum of products with a row of equal factors. */
    public void average(Tensor x, Grid grid, int size, int stride, Tensor out) {
        Grid outGrid = Checks.pooled(grid, size, stride);
        if (out.elements() == 0) {
            return; // then the window may be larger than the picture, and its square than an int
        }
        int channels = x.columns();
        long share = Scratch.floats(Scratch.Slot.WEIGHTS, 2L * channels);
        long zeros = share + (long) channels * Float.BYTES;
        Memory.zero(zeros, channels);
        for (int channel = 0; channel < channels; channel++) {
            Memory.set(share + (long) channel * Float.BYTES, 1f / (size * size));
        }
        workers.forEach(outGrid.images() * outGrid.height(), line -> {
            int firstLine = line / outGrid.height() * grid.height() + line % outGrid.height() * stride;
            Memory.touch(x, firstLine * grid.width(), size * grid.width());
            long[] window = new long[size * size];
            long[] shares = new long[window.length];
            Arrays.fill(shares, share);
            for (int column = 0; column < outGrid.width(); column++) {
                for (int i = 0; i < window.length; i++) {
                    int row = (firstLine + i / size) * grid.width() + column * stride + i % size;
                    window[i] = Memory.address(x, row);
                }
                long to = Memory.address(out, line * outGrid.width() + column);
                kernels.sumOfProducts(window, shares, window.length, zeros, to, channels);
            }
        });
    }

    /** Computes {@code Backend.maxPool}. */
    public void max(Tensor x, Grid grid, int size, int stride, int padding, Tensor out) {
        Grid outGrid = Checks.pooled(grid, size, stride, padding);
        int channels = x.columns();
        workers.forEach(outGrid.images() * outGrid.height(), line -> {
            int firstRow = line / outGrid.height() * grid.height();
            int top = line % outGrid.height() * stride - padding;
            for (int column = 0; column < outGrid.width(); column++) {
                int left = column * stride - padding;
                long to = Memory.address(out, line * outGrid.width() + column);
                boolean first = true;
                for (int y = Math.max(0, top); y < Math.min(grid.height(), top + size); y++) {
                    for (int at = Math.max(0, left); at < Math.min(grid.width(), left + size); at++) {
                        long pixel = Memory.address(x, (firstRow + y) * grid.width() + at);
                        if (first) {
                            Memory.copy(pixel, to, channels);
                        } else {
                            kernels.larger(to, pixel, to, channels);
                        }
                        first = false;
                    }
                }
                for (int channel = 0; first && channel < channels; channel++) { // a picture without pixels
                    Memory.set(to + (long) channel * Float.BYTES, Float.NEGATIVE_INFINITY);
                }
            }
        });
    }
}
