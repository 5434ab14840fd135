package dev.fovea.kernels.cpu.convolution;

import dev.fovea.kernels.cpu.loops.WinogradTransforms;
import dev.fovea.kernels.cpu.memory.Memory;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Tensor;

/**
 * Cuts images into squares of 4 x 4 output pixels, each with the 6 x 6 input pixels that it sees, for {@link Winograd}.
 */
final class Squares {

    private final Tensor x;
    private final Grid grid;
    private final Grid out;
    private final int padding;
    private final int across;
    private final int ofPicture;

    Squares(Tensor x, Grid grid, ConvolutionShape shape) {
        this.x = x;
        this.grid = grid;
        padding = shape.padding();
        out = shape.output(grid);
        across = Math.ceilDiv(out.width(), WinogradTransforms.OUT);
        ofPicture = across * Math.ceilDiv(out.height(), WinogradTransforms.OUT);
    }

    /** Returns how many there are, of all pictures. */
    int count() {
        return out.images() * ofPicture;
    }

    int channels() {
        return x.columns();
    }

    private int top(int square) {
        return square % ofPicture / across * WinogradTransforms.OUT;
    }

    private int left(int square) {
        return square % across * WinogradTransforms.OUT;
    }

    /** Returns the number of output pixels of a square from left to right that are part of the image. */
    int width(int square) {
        return Math.min(WinogradTransforms.OUT, out.width() - left(square));
    }

    /** Returns the number of output pixels of a square from top to bottom that are part of the image. */
    int height(int square) {
        return Math.min(WinogradTransforms.OUT, out.height() - top(square));
    }

    /** Returns the number of output pixels of a line of an image. */
    int outputsOfLine() {
        return out.width();
    }

    /** Returns the row of the output that holds the first pixel of a line of a square. */
    int output(int square, int line) {
        return (square / ofPicture * out.height() + top(square) + line) * out.width() + left(square);
    }

    /** Prefetches the input pixels of some squares; see {@link Memory#touch}. */
    void touchInput(int from, int end) {
        for (int first = from, next; first < end; first = next) {
            next = Math.min(end, (first / across + 1) * across);
            int left = Math.max(0, left(first) - padding);
            int right = Math.min(grid.width(), left(next - 1) - padding + WinogradTransforms.SIDE);
            int top = top(first) - padding;
            int bottom = Math.min(grid.height(), top + WinogradTransforms.SIDE);
            for (int y = Math.max(0, top); y < bottom; y++) {
                int row = (first / ofPicture * grid.height() + y) * grid.width() + left;
                Memory.touch(x, row, right - left);
            }
        }
    }

    /** Prefetches the output pixels of some squares; see {@link Memory#touch}. */
    void touchOutput(int from, int end, Tensor output) {
        for (int first = from, next; first < end; first = next) {
            next = Math.min(end, (first / across + 1) * across);
            int pixels = left(next - 1) + width(next - 1) - left(first);
            for (int y = 0; y < height(first); y++) {
                Memory.touch(output, output(first, y), pixels);
            }
        }
    }

    /** Stores the addresses of the 36 input pixels of a square; outside the image the address of zeros. */
    void pixels(int square, long[] addresses) {
        int image = square / ofPicture;
        int top = top(square) - padding;
        int left = left(square) - padding;
        long zeros = Memory.zeros(x.columns());
        long stride = Memory.stride(x);
        for (int i = 0; i < WinogradTransforms.SIDE; i++) {
            int y = top + i;
            boolean inside = y >= 0 && y < grid.height();
            long row = Memory.address(x, inside ? (image * grid.height() + y) * grid.width() : 0);
            for (int j = 0; j < WinogradTransforms.SIDE; j++) {
                int column = left + j;
                boolean seen = inside && column >= 0 && column < grid.width();
                addresses[i * WinogradTransforms.SIDE + j] = seen ? row + column * stride : zeros;
            }
        }
    }
}
