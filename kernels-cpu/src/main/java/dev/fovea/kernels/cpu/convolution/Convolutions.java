package dev.fovea.kernels.cpu.convolution;

import dev.fovea.kernels.cpu.gemm.Gemm;
import dev.fovea.kernels.cpu.gemm.LeftRows;
import dev.fovea.kernels.cpu.gemm.MachineGemm;
import dev.fovea.kernels.cpu.gemm.PanelProduct.Layer;
import dev.fovea.kernels.cpu.loops.Kernels;
import dev.fovea.kernels.cpu.memory.Memory;
import dev.fovea.kernels.cpu.memory.Scratch;
import dev.fovea.kernels.cpu.threads.Workers;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Tensor;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * Computes convolutions over pixels in rows and channels in columns. Everything but depthwise is a matrix product of
 * {@link Patches} with the reordered weights, done by {@link Gemm}; with a stride equal to the kernel (a patch
 * embedding) the patches are a plain rearrangement of the image, for 1 x 1 kernels the image itself. 3 x 3 kernels have
 * {@link Winograd}. Depthwise, also with few outputs of each channel, is done in place by {@link Depthwise}, lines of
 * output pixels in parallel.
 *
 * Twin: {@code ReferenceBackend.convolution}.
 */
public final class Convolutions {

    /**
     * Groups for each thread from which on each has groups of its own; else all threads share the work of every group.
     */
    private static final int MANY_GROUPS = 4;

    private final Kernels kernels;
    private final Workers workers;
    private final Gemm gemm;
    private final MachineGemm machineGemm;
    private final Winograd winograd;

    public Convolutions(Kernels kernels, Workers workers, Gemm gemm, MachineGemm machineGemm, Winograd winograd) {
        this.gemm = gemm;
        this.machineGemm = machineGemm;
        this.winograd = winograd;
        this.kernels = kernels;
        this.workers = workers;
    }

    /**
     * Computes any convolution that is not depthwise.
     *
     * @param shortcut {@code [output pixels, output channels]}, added before the activation, or null
     * @param out {@code [output pixels, output channels]}
     */
    public void convolve(
            Tensor x, Grid grid, CpuConvolution weight, Tensor shortcut, Activation activation, Tensor out) {
        ConvolutionShape shape = weight.shape();
        if (!weight.groups().isEmpty() && winograd.suits(shape, grid)) {
            winograd.convolve(x, grid, weight, shortcut, activation, out);
            return;
        }
        int outputs = shape.outputChannels() / shape.groups();
        Fusion fusion = Fusion.NONE.withActivation(activation);
        IntConsumer product = group -> {
            int firstInput = group * shape.channelsPerGroup();
            int firstOutput = group * outputs;
            Tensor added = shortcut == null ? null : shortcut.columns(firstOutput, firstOutput + outputs);
            LeftRows rows = shape.isPointwise()
                    ? LeftRows.of(x.columns(firstInput, firstInput + shape.channelsPerGroup()))
                    : new Patches(x, grid, shape, firstInput);
            Tensor part = out.columns(firstOutput, firstOutput + outputs);
            if (weight.groups().isEmpty()) {
                machineGemm.multiply(rows, weight.products().get(group).with(fusion, added), part);
            } else {
                Layer layer =
                        new Layer(weight.groups().get(group), weight.bias().get(group), fusion, added);
                gemm.multiply(rows, layer, part);
            }
        };
        if (shape.groups() >= MANY_GROUPS * workers.threads()) {
            workers.forEach(shape.groups(), product);
        } else {
            IntStream.range(0, shape.groups()).forEach(product);
        }
    }

    /**
     * Computes a convolution in which every channel has a kernel of its own, or several, whose outputs stand side by
     * side.
     *
     * @param taps {@code [kernels of a channel][kernelHeight * kernelWidth][channels]}
     * @param bias {@code [kernels of a channel][channels]}
     */
    public void depthwise(
            Tensor x, Grid grid, ConvolutionShape shape, long taps, long bias, Activation activation, Tensor out) {
        Grid outGrid = shape.output(grid);
        Depthwise depthwise = new Depthwise(kernels, x, grid, shape, taps, bias, out);
        int outputs = shape.outputChannels();
        workers.forEach(outGrid.images() * outGrid.height(), line -> {
            depthwise.line(line);
            for (int column = 0; activation != Activation.IDENTITY && column < outGrid.width(); column++) {
                long at = Memory.address(out, line * outGrid.width() + column);
                Scratch.aside(at, at, outputs, row -> kernels.activate(activation, row, outputs));
            }
        });
    }
}
