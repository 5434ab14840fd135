package dev.fovea.kernels.cpu.convolution;

import dev.fovea.kernels.cpu.gemm.LinearPacker;
import dev.fovea.kernels.cpu.gemm.MachineLinear;
import dev.fovea.kernels.cpu.layout.MachineMatrix;
import dev.fovea.kernels.cpu.layout.PackedMatrix;
import dev.fovea.kernels.cpu.machine.MachineKernels;
import dev.fovea.kernels.cpu.threads.Workers;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Owner;
import dev.fovea.tensor.Precision;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.numbers.QuantizedMatrix;
import dev.fovea.tensor.spi.LinearLayout;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Packs the kernels of convolutions, once, at load: channels last, as pixels have them, in panels; depthwise kernels
 * tap by tap.
 */
public final class ConvolutionPacker {

    /** Least channels of a convolution with several outputs of each that is computed channel by channel. */
    private static final int LEAST_CHANNELS = 4;

    /** Most outputs of a channel there. */
    private static final int MOST_OUTPUTS = 4;

    private final Owner owner;
    private final int panelColumns;
    private final Workers workers;

    public ConvolutionPacker(Owner owner, int panelColumns, Workers workers) {
        this.owner = owner;
        this.panelColumns = panelColumns;
        this.workers = workers;
    }

    /**
     * Packs a kernel.
     *
     * @param bias {@code [output channels]}, or null for zeros
     * @throws dev.fovea.tensor.FoveaException if the precision is one of integers and a number of the kernel is
     *     infinite or NaN
     */
    public CpuConvolution pack(WeightData kernel, WeightData bias, ConvolutionShape shape, Precision precision) {
        float[] weights = kernel.toFloats();
        float[] biases = bias == null ? new float[shape.outputChannels()] : bias.toFloats();
        int positions = shape.kernelHeight() * shape.kernelWidth();
        int channels = shape.channelsPerGroup();
        if (isChannelByChannel(shape)) {
            int inputs = shape.inputChannels();
            int multiplier = shape.outputChannels() / inputs;
            float[] taps = new float[weights.length];
            float[] sorted = new float[biases.length];
            for (int i = 0; i < weights.length; i++) {
                int output = i / positions;
                int part = output % multiplier;
                taps[(part * positions + i % positions) * inputs + output / multiplier] = weights[i];
                sorted[part * inputs + output / multiplier] = biases[output];
            }
            return new CpuConvolution(
                    owner,
                    kernel.name(),
                    kernel.dtype(),
                    shape,
                    List.of(),
                    List.of(),
                    LinearPacker.floats(taps, taps.length),
                    List.of(LinearPacker.floats(sorted, sorted.length)));
        }
        LinearLayout.requireFinite(kernel, precision, weights, weights.length);
        int outputs = shape.outputChannels() / shape.groups();
        MachineKernels machine = machine(kernel, shape, precision);
        List<PackedMatrix> matrices = new ArrayList<>();
        List<MachineLinear> products = new ArrayList<>();
        List<MemorySegment> matrixBiases = new ArrayList<>();
        for (int group = 0; group < shape.groups(); group++) {
            int firstOutput = group * outputs;
            PackedMatrix.Rows rows = (row, from, target, offset, count) -> {
                int position = from / channels;
                int channel = from % channels;
                int first = (firstOutput + row) * channels;
                for (int i = 0; i < count; i++) {
                    target[offset + i] = weights[(first + channel) * positions + position];
                    if (++channel == channels) {
                        channel = 0;
                        position++;
                    }
                }
            };
            float[] groupBias = Arrays.copyOfRange(biases, firstOutput, firstOutput + outputs);
            if (machine != null) {
                MachineMatrix matrix = new MachineMatrix(positions * channels, outputs, machine.layout());
                workers.forEach(matrix.panels(), panel -> matrix.pack(panel, rows, machine));
                MemorySegment padded = LinearPacker.floats(
                        groupBias, matrix.panels() * machine.layout().columns());
                products.add(new MachineLinear(owner, kernel.name(), matrix, machine, padded));
                continue;
            }
            PackedMatrix matrix = new PackedMatrix(positions * channels, outputs, panelColumns, DType.F32);
            workers.forEach(matrix.panels(), panel -> matrix.pack(panel, rows));
            matrices.add(matrix);
            matrixBiases.add(LinearPacker.floats(groupBias, matrix.panels() * panelColumns));
        }
        return new CpuConvolution(owner, kernel.name(), kernel.dtype(), shape, matrices, products, null, matrixBiases);
    }

    /**
     * Returns whether a convolution is computed without a product: each output sees one channel, and there are so few
     * outputs of a channel, and so many channels, that products would be narrow.
     */
    private static boolean isChannelByChannel(ConvolutionShape shape) {
        int channels = shape.inputChannels();
        return shape.isDepthwise()
                || shape.groups() == channels
                        && channels >= LEAST_CHANNELS
                        && shape.outputChannels() <= MOST_OUTPUTS * channels;
    }

    /** Returns the machine code for a kernel's product, or null where it is computed on the Vector API. */
    private static MachineKernels machine(WeightData kernel, ConvolutionShape shape, Precision precision) {
        if (Winograd.isOfItsKind(shape)) {
            return null;
        }
        int inputs = shape.kernelHeight() * shape.kernelWidth() * shape.channelsPerGroup();
        if (precision != Precision.F32 && inputs >= QuantizedMatrix.GROUP) {
            MachineKernels rounding = MachineKernels.of(precision);
            if (rounding != null) {
                return rounding;
            }
        }
        // A model whose matrices are widened would have machine code written for this one product alone.
        return kernel.dtype() == DType.F32 ? MachineKernels.of(Precision.F32) : null;
    }
}
