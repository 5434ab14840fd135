package dev.fovea.kernels.cpu.machine;

/**
 * Describes output pixels of a depthwise convolution that lie side by side, and the input pixels under their kernels,
 * counted from the leftmost tap of the first output.
 *
 * @param pixels outputs, at most {@link #MOST}
 * @param left inputs at the left end that lie outside of the picture
 * @param right those at the right end
 */
public record PixelRun(int kernelWidth, int stride, int pixels, int left, int right) {

    /** The most outputs: enough that reading taps takes no time, few enough to cut short lines evenly. */
    public static final int MOST = 8;

    /** Returns the number of inputs. */
    public int inputs() {
        return (pixels - 1) * stride + kernelWidth;
    }
}
