package dev.fovea.kernels.cpu;

import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Tensor;

/** Pictures cut into squares of 4 x 4 output pixels, each with the 6 x 6 input pixels that it sees, for {@link Winograd}. */
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
        across = Math.ceilDiv(out.width(), Winograd.OUT);
        ofPicture = across * Math.ceilDiv(out.height(), Winograd.OUT);
    }

    /** How many there are, of all pictures. */
    int count() {
        return out.images() * ofPicture;
    }

    int channels() {
        return x.columns();
    }

    private int top(int square) {
        return square % ofPicture / across * Winograd.OUT;
    }

    private int left(int square) {
        return square % across * Winograd.OUT;
    }

    /** Output pixels of a square from left to right that are part of the picture. */
    int width(int square) {
        return Math.min(Winograd.OUT, out.width() - left(square));
    }

    /** The same from top to bottom. */
    int height(int square) {
        return Math.min(Winograd.OUT, out.height() - top(square));
    }

    /** The row of the output that holds the first pixel of a line of a square. */
    int output(int square, int line) {
        return (square / ofPicture * out.height() + top(square) + line) * out.width() + left(square);
    }

    /** Where the 36 input pixels of a square lie; zeros outside of the picture. */
    void pixels(int square, long[] addresses) {
        int image = square / ofPicture;
        int top = top(square) - padding;
        int left = left(square) - padding;
        long zeros = Memory.zeros(x.columns());
        for (int i = 0; i < addresses.length; i++) {
            int y = top + i / Winograd.SIDE;
            int column = left + i % Winograd.SIDE;
            boolean inside = y >= 0 && y < grid.height() && column >= 0 && column < grid.width();
            addresses[i] = inside ? Memory.address(x, (image * grid.height() + y) * grid.width() + column) : zeros;
        }
    }
}
