package dev.fovea.tensor;

import dev.fovea.tensor.numbers.Sizes;

/**
 * Says what a convolution does to a grid of pixels.
 *
 * @param inputChannels channels in
 * @param outputChannels channels out
 * @param kernelHeight rows of the kernel
 * @param kernelWidth columns of the kernel
 * @param stride step of the kernel, both ways
 * @param padding zeros around the picture, on each side
 * @param groups channels are split into that many independent groups; {@code groups == inputChannels} is depthwise
 */
public record ConvolutionShape(
        int inputChannels, int outputChannels, int kernelHeight, int kernelWidth, int stride, int padding, int groups) {

    /**
     * @throws IllegalArgumentException if a size is not positive or the groups do not divide the channels
     */
    public ConvolutionShape {
        if (inputChannels < 1
                || outputChannels < 1
                || kernelHeight < 1
                || kernelWidth < 1
                || stride < 1
                || padding < 0
                || groups < 1
                || inputChannels % groups != 0
                || outputChannels % groups != 0) {
            throw new IllegalArgumentException("no such convolution: " + inputChannels + " to " + outputChannels
                    + " channels, kernel " + kernelHeight + " x " + kernelWidth + ", stride " + stride + ", padding "
                    + padding
                    + ", " + groups + " groups");
        }
    }

    /** Returns the number of input channels that one output channel sees. */
    public int channelsPerGroup() {
        return inputChannels / groups;
    }

    /** Returns whether every channel has a kernel of its own. */
    public boolean isDepthwise() {
        return groups == inputChannels && groups == outputChannels;
    }

    /**
     * Returns whether an output pixel sees the one input pixel at its place, so that pictures need no rearrangement.
     */
    public boolean isPointwise() {
        return kernelHeight == 1 && kernelWidth == 1 && stride == 1 && padding == 0;
    }

    /**
     * Returns the grid that comes out.
     *
     * @throws IllegalArgumentException if it would have more pixels than a tensor has rows
     */
    public Grid output(Grid input) {
        return new Grid(
                input.images(),
                steps(input.height(), kernelHeight, stride, padding),
                steps(input.width(), kernelWidth, stride, padding));
    }

    /** Returns the places for a kernel of a size along an axis; 0 if it does not fit. */
    static int steps(int size, int kernel, int stride, int padding) {
        long padded = size + 2L * padding;
        if (padded > Sizes.MOST) {
            throw new IllegalArgumentException(
                    "padding of " + padding + " makes " + size + " pixels more than " + Sizes.MOST);
        }
        long left = padded - kernel;
        return left < 0 ? 0 : (int) (left / stride + 1);
    }
}
