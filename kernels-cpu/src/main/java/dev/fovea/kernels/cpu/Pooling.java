package dev.fovea.kernels.cpu;

import dev.fovea.tensor.Checks;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Tensor;
import java.util.function.LongConsumer;

/**
 * Pooling over pixels in rows and channels in columns:
 *
 * <pre>
 * for each row of output pixels          in parallel
 *   for each output pixel
 *     for each pixel of its window       out[pixel, all channels] = that, then joined with the next: added, or the larger one taken
 * </pre>
 *
 * Twins: {@code ReferenceBackend.averagePool} and {@code Backend.maxPool}.
 */
final class Pooling {

    private final Kernels kernels;
    private final Workers workers;

    Pooling(Kernels kernels, Workers workers) {
        this.kernels = kernels;
        this.workers = workers;
    }

    /** What becomes of what a window holds so far and one more of its pixels. */
    private interface Join {
        void apply(long soFar, long pixel, long out, int channels);
    }

    /** See {@code Backend.averagePool}. */
    void average(Tensor x, Grid grid, int size, int stride, Tensor out) {
        float share = 1f / (size * size);
        int channels = x.columns();
        pool(
                x,
                grid,
                new Window(size, stride, 0),
                (soFar, pixel, to, count) -> kernels.add(soFar, 0, pixel, 0, to, 0, 1, count),
                pixel -> kernels.scale(pixel, share, 0, pixel, channels),
                out);
    }

    /** See {@code Backend.maxPool}. */
    void max(Tensor x, Grid grid, int size, int stride, int padding, Tensor out) {
        pool(x, grid, new Window(size, stride, padding), kernels::larger, pixel -> {}, out);
    }

    private record Window(int size, int stride, int padding) {}

    private void pool(Tensor x, Grid grid, Window window, Join join, LongConsumer finish, Tensor out) {
        Grid outGrid = Checks.pooled(grid, window.size, window.stride, window.padding);
        int channels = x.columns();
        workers.forEach(outGrid.images() * outGrid.height(), line -> {
            int firstRow = line / outGrid.height() * grid.height();
            int top = line % outGrid.height() * window.stride - window.padding;
            for (int column = 0; column < outGrid.width(); column++) {
                int left = column * window.stride - window.padding;
                long to = Memory.address(out, line * outGrid.width() + column);
                boolean first = true;
                for (int y = Math.max(0, top); y < Math.min(grid.height(), top + window.size); y++) {
                    for (int at = Math.max(0, left); at < Math.min(grid.width(), left + window.size); at++) {
                        long pixel = Memory.address(x, (firstRow + y) * grid.width() + at);
                        if (first) {
                            Memory.copy(pixel, to, channels);
                        } else {
                            join.apply(to, pixel, to, channels);
                        }
                        first = false;
                    }
                }
                finish.accept(to);
            }
        });
    }
}
