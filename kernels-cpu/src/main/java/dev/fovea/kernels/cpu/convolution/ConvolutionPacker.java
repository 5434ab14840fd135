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
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Packs the kernels of convolutions, once, at load: channels last, as pixels have them, in panels; depthwise kernels
 * tap by tap.
 */
public final class ConvolutionPacker {

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
     */
    public CpuConvolution pack(WeightData kernel, WeightData bias, ConvolutionShape shape) {
        float[] weights = kernel.toFloats();
        float[] biases = bias == null ? new float[shape.outputChannels()] : bias.toFloats();
        int positions = shape.kernelHeight() * shape.kernelWidth();
        int channels = shape.channelsPerGroup();
        if (shape.isDepthwise()) {
            float[] taps = new float[weights.length];
            for (int i = 0; i < weights.length; i++) {
                taps[i % positions * shape.inputChannels() + i / positions] = weights[i];
            }
            return new CpuConvolution(
                    owner,
                    kernel.name(),
                    kernel.dtype(),
                    shape,
                    List.of(),
                    List.of(),
                    LinearPacker.floats(taps, taps.length),
                    List.of(LinearPacker.floats(biases, biases.length)));
        }
        int outputs = shape.outputChannels() / shape.groups();
        // A model whose matrices are widened would have machine code written for this one product alone.
        MachineKernels machine = kernel.dtype() == DType.F32 ? MachineKernels.of(Precision.F32) : null;
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
            if (machine != null && !Winograd.isOfItsKind(shape)) {
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
}
