package dev.fovea.kernels.cpu;

import dev.fovea.kernels.cpu.PanelProduct.Layer;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.WeightData;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** The handles that {@link CpuBackend} gives out. */
final class CpuWeights {

    private CpuWeights() {}

    /**
     * A linear layer.
     *
     * @param bias one float per output, filled up to whole panels, or null
     */
    record Linear(String name, PackedMatrix matrix, MemorySegment bias) implements Weight.Linear {

        /** The layer with what it does besides its product. */
        Layer with(Fusion fusion) {
            return new Layer(matrix, bias, fusion);
        }

        @Override
        public int inputs() {
            return matrix.inputs();
        }

        @Override
        public int outputs() {
            return matrix.outputs();
        }

        @Override
        public DType dtype() {
            return matrix.dtype();
        }

        @Override
        public long bytes() {
            return matrix.bytes() + (bias == null ? 0 : bias.byteSize());
        }
    }

    /** A table that stays where it is, usually in the mapped file: only the rows that are looked up are ever read. */
    record Embedding(WeightData table) implements Weight.Embedding {
        @Override
        public String name() {
            return table.name();
        }

        @Override
        public int entries() {
            return Math.toIntExact(table.shape().extent(0));
        }

        @Override
        public int columns() {
            return Math.toIntExact(table.shape().extent(1));
        }

        @Override
        public DType dtype() {
            return table.dtype();
        }

        @Override
        public long bytes() {
            return table.data().byteSize();
        }
    }

    /**
     * A convolution.
     *
     * @param groups one matrix per group, inputs in the order kernel row, kernel column, channel; empty if depthwise
     * @param taps {@code [kernelHeight * kernelWidth][channels]} if depthwise, else null
     * @param bias one float per output channel: filled up to whole panels group after group, or plain if depthwise
     */
    record Convolution(
            String name,
            DType dtype,
            ConvolutionShape shape,
            List<PackedMatrix> groups,
            MemorySegment taps,
            List<MemorySegment> bias)
            implements Weight.Convolution {
        @Override
        public long bytes() {
            return groups.stream().mapToLong(PackedMatrix::bytes).sum()
                    + (taps == null ? 0 : taps.byteSize())
                    + bias.stream().mapToLong(MemorySegment::byteSize).sum();
        }
    }
}
