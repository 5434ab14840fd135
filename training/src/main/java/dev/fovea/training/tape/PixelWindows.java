package dev.fovea.training.tape;

import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.Grid;

/**
 * Says which pixels the windows of a convolution or pooling lie over.
 *
 * @param taps pixels of a window
 * @param sources for every window and tap, window after window, the pixel's row; -1 outside the picture
 */
record PixelWindows(int taps, int[] sources) {

    static PixelWindows of(Grid grid, int height, int width, int stride, int padding) {
        Grid out = new ConvolutionShape(1, 1, height, width, stride, padding, 1).output(grid);
        int taps = height * width;
        int[] sources = new int[Math.multiplyExact(out.rows(), taps)];
        for (int i = 0; i < sources.length; i++) {
            int window = i / taps;
            int image = window / (out.height() * out.width());
            int y = window / out.width() % out.height() * stride - padding + i % taps / width;
            int x = window % out.width() * stride - padding + i % taps % width;
            boolean isInside = y >= 0 && y < grid.height() && x >= 0 && x < grid.width();
            sources[i] = isInside ? (image * grid.height() + y) * grid.width() + x : -1;
        }
        return new PixelWindows(taps, sources);
    }

    /** Returns for every window and tap the number of the window. */
    int[] readers() {
        int[] readers = new int[sources.length];
        for (int i = 0; i < readers.length; i++) {
            readers[i] = i / taps;
        }
        return readers;
    }

    /** Returns {@link #sources} with a row of zeros, behind the others, in the place of pixels that are not there. */
    int[] sourcesOrZeros(int rows) {
        int[] padded = sources.clone();
        for (int i = 0; i < padded.length; i++) {
            padded[i] = padded[i] < 0 ? rows : padded[i];
        }
        return padded;
    }

    /**
     * Gives each window's gradient to the first of its largest pixels.
     *
     * @param x {@code [pixels, channels]}
     * @param gradient {@code [windows, channels]}
     * @return {@code [pixels, channels]}
     */
    float[] ofLargest(float[] x, float[] gradient, int channels) {
        float[] given = new float[x.length];
        for (int i = 0; i < gradient.length; i++) {
            int channel = i % channels;
            int first = i / channels * taps;
            int largest = -1;
            for (int tap = first; tap < first + taps; tap++) {
                if (sources[tap] >= 0) {
                    int at = sources[tap] * channels + channel;
                    largest = largest < 0 || x[at] > x[largest] ? at : largest;
                }
            }
            given[largest] += gradient[i];
        }
        return given;
    }
}
