package dev.fovea.kernels.cpu;

import dev.fovea.tensor.Activation;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Tensor;

/**
 * The two inner parts of convolutions over pixels in rows and channels in columns. Everything but depthwise becomes a matrix product:
 * {@link #patches} lays the pixels under the kernel side by side, {@code [output pixels, kernelHeight * kernelWidth * channels]}, in the
 * order of the reordered weights, and {@link Gemm} does the rest; with a stride equal to the kernel (a patch embedding) that is a
 * plain rearrangement of the picture, for 1 x 1 kernels nothing at all. Depthwise is done in place:
 *
 * <pre>
 * for each row of output pixels          in parallel
 *   for each output pixel                out[pixel, all channels] = bias + sum over taps of x[pixel + tap, all channels] * w[tap, all channels]
 * </pre>
 *
 * Twin: {@code ReferenceBackend.convolution}.
 */
final class Convolutions {

    private final Kernels kernels;
    private final Workers workers;

    Convolutions(Kernels kernels, Workers workers) {
        this.kernels = kernels;
        this.workers = workers;
    }

    /**
     * Gathers what the kernel sees at some output pixels.
     *
     * @param firstChannel first input channel of the group
     * @param channels input channels of the group
     * @param fromPixel first output pixel, counted over all pictures
     * @param out {@code [pixels, kernelHeight * kernelWidth * channels]}
     */
    void patches(
            Tensor x, Grid grid, ConvolutionShape shape, int firstChannel, int channels, int fromPixel, Tensor out) {
        Grid outGrid = shape.output(grid);
        long pixelBytes = (long) channels * Float.BYTES;
        boolean together = x.rowStride() == channels;
        int rows = out.rows();
        int pieces = (rows + 63) / 64;
        workers.forEach(pieces, piece -> {
            for (int row = piece * 64; row < Math.min(rows, piece * 64 + 64); row++) {
                int pixel = fromPixel + row;
                int image = pixel / (outGrid.height() * outGrid.width());
                int top = pixel / outGrid.width() % outGrid.height() * shape.stride() - shape.padding();
                int left = pixel % outGrid.width() * shape.stride() - shape.padding();
                int from = Math.min(shape.kernelWidth(), Math.max(0, -left));
                int to = Math.max(from, Math.min(shape.kernelWidth(), grid.width() - left));
                for (int ky = 0; ky < shape.kernelHeight(); ky++) {
                    long at = Memory.address(out, row) + ky * shape.kernelWidth() * pixelBytes;
                    int y = top + ky;
                    if (y < 0 || y >= grid.height() || to == from) {
                        Memory.zero(at, (long) shape.kernelWidth() * channels);
                        continue;
                    }
                    Memory.zero(at, (long) from * channels);
                    Memory.zero(at + to * pixelBytes, (long) (shape.kernelWidth() - to) * channels);
                    int sourceRow = (image * grid.height() + y) * grid.width() + left;
                    int runs = together ? 1 : to - from;
                    int pixelsOfRun = (to - from) / runs;
                    for (int run = 0; run < runs; run++) {
                        long begin = Memory.address(x, sourceRow + from + run) + (long) firstChannel * Float.BYTES;
                        Memory.copy(begin, at + (from + run) * pixelBytes, pixelsOfRun * channels);
                    }
                }
            }
        });
    }

    /**
     * A convolution in which every channel has a kernel of its own.
     *
     * @param taps {@code [kernelHeight * kernelWidth][channels]}
     * @param bias {@code [channels]}
     */
    void depthwise(
            Tensor x, Grid grid, ConvolutionShape shape, long taps, long bias, Activation activation, Tensor out) {
        Grid outGrid = shape.output(grid);
        int channels = shape.inputChannels();
        long rowBytes = (long) channels * Float.BYTES;
        workers.forEach(outGrid.images() * outGrid.height(), line -> {
            int image = line / outGrid.height();
            int top = line % outGrid.height() * shape.stride() - shape.padding();
            long[] seen = new long[shape.kernelHeight() * shape.kernelWidth()];
            long[] weights = new long[seen.length];
            for (int column = 0; column < outGrid.width(); column++) {
                int left = column * shape.stride() - shape.padding();
                long at = Memory.address(out, line * outGrid.width() + column);
                int terms = 0;
                for (int ky = Math.max(0, -top); ky < Math.min(shape.kernelHeight(), grid.height() - top); ky++) {
                    int sourceRow = (image * grid.height() + top + ky) * grid.width() + left;
                    for (int kx = Math.max(0, -left); kx < Math.min(shape.kernelWidth(), grid.width() - left); kx++) {
                        seen[terms] = Memory.address(x, sourceRow + kx);
                        weights[terms++] = taps + (ky * shape.kernelWidth() + kx) * rowBytes;
                    }
                }
                kernels.sumOfProducts(seen, weights, terms, bias, at, channels);
                if (activation != Activation.IDENTITY) {
                    Scratch.aside(at, at, channels, row -> kernels.activate(activation, row, channels));
                }
            }
        });
    }
}
