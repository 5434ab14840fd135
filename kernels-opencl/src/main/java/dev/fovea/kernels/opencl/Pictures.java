package dev.fovea.kernels.opencl;

import dev.fovea.kernels.opencl.DeviceWeights.Matrix;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Tensor;

/** Convolutions and pooling, by {@code pictures.cl} and products. */
final class Pictures {

    /** Bytes of patches, what lies under the kernel, that are laid out at a time. */
    private static final long PATCH_BYTES = 16L << 20;

    private final DeviceMemory memory;
    private final Programs programs;
    private final Tuning tuning;
    private final Products products;

    Pictures(DeviceMemory memory, Programs programs, Tuning tuning, Products products) {
        this.memory = memory;
        this.programs = programs;
        this.tuning = tuning;
        this.products = products;
    }

    /** Computes a convolution in which every channel has a kernel of its own. */
    void depthwise(Tensor x, Grid grid, DeviceWeights.Convolution weight, Activation activation, Tensor out) {
        ConvolutionShape shape = weight.shape();
        shaped(programs.kernel("pictures", "depthwise", "").call().tensor(x), grid, shape)
                .array(weight.taps())
                .array(weight.bias())
                .number(activation.ordinal())
                .number(out.rows())
                .number(out.columns())
                .tensor(out)
                .items(out.rows() * vectors(out.columns()));
    }

    /**
     * Computes any other convolution.
     *
     * @param shortcut added before the activation, or null
     */
    void convolve(
            Tensor x, Grid grid, DeviceWeights.Convolution weight, Tensor shortcut, Activation activation, Tensor out) {
        ConvolutionShape shape = weight.shape();
        int outputs = shape.outputChannels() / shape.groups();
        int channels = shape.channelsPerGroup();
        for (int group = 0; group < shape.groups(); group++) {
            Matrix matrix = weight.groups().get(group);
            Tensor groupOut = out.columns(group * outputs, (group + 1) * outputs);
            Tensor groupShortcut = shortcut == null ? null : shortcut.columns(group * outputs, (group + 1) * outputs);
            if (shape.isPointwise()) {
                Tensor groupInput = x.columns(group * channels, (group + 1) * channels);
                products.multiply(groupInput, matrix, activation, groupShortcut, groupOut);
                continue;
            }
            int most = (int) Math.clamp(PATCH_BYTES / ((long) Float.BYTES * matrix.inputs()), 1, out.rows());
            DeviceStorage storage = memory.take((long) Float.BYTES * most * matrix.inputs());
            for (int first = 0; first < out.rows(); first += most) {
                int pixels = Math.min(most, out.rows() - first);
                Tensor patches = storage.tensor(pixels, matrix.inputs());
                shaped(programs.kernel("pictures", "patches", "").call().tensor(x), grid, shape)
                        .number(group * channels)
                        .number(channels)
                        .number(first)
                        .number(pixels)
                        .tensor(patches)
                        .items((long) pixels * matrix.inputs());
                products.multiply(
                        patches,
                        matrix,
                        activation,
                        groupShortcut == null ? null : groupShortcut.rows(first, first + pixels),
                        groupOut.rows(first, first + pixels));
            }
            memory.giveBack(storage);
        }
    }

    /**
     * Computes the average or maximum over windows.
     *
     * @param kernel {@code average_pool} or {@code max_pool}
     */
    void pool(String kernel, Tensor x, Grid grid, int size, int stride, int padding, Tensor out) {
        ConvolutionShape window = new ConvolutionShape(1, 1, size, size, stride, padding, 1);
        shaped(programs.kernel("pictures", kernel, "").call().tensor(x), grid, window)
                .number(out.rows())
                .number(out.columns())
                .tensor(out)
                .items(out.rows() * vectors(out.columns()));
    }

    private long vectors(int columns) {
        return (columns + tuning.width() - 1) / tuning.width();
    }

    private static Kernel.Call shaped(Kernel.Call call, Grid grid, ConvolutionShape shape) {
        Grid out = shape.output(grid);
        return call.number(grid.height())
                .number(grid.width())
                .number(out.height())
                .number(out.width())
                .number(shape.kernelHeight())
                .number(shape.kernelWidth())
                .number(shape.stride())
                .number(shape.padding());
    }
}
