package dev.fovea.kernels.cpu;

import dev.fovea.kernels.cpu.PanelProduct.Layer;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Owner;
import dev.fovea.tensor.Tensor;
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
    record Linear(Owner owner, String name, PackedMatrix matrix, MemorySegment bias) implements Weight.Linear {

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

    /**
     * A linear layer for machine code.
     *
     * @param bias one float per output, filled up to whole panels, or null
     */
    record MachineLinear(Owner owner, String name, MachineMatrix matrix, MachineKernels kernels, MemorySegment bias)
            implements Weight.Linear {

        /** The layer with what it does besides its product. */
        MachineGemm.Layer with(Fusion fusion) {
            return with(fusion, null);
        }

        /** The layer with what it does besides its product, a shortcut added before the activation included. */
        MachineGemm.Layer with(Fusion fusion, Tensor shortcut) {
            return new MachineGemm.Layer(matrix, kernels, bias, fusion, shortcut);
        }

        @Override
        public DType dtype() {
            return matrix.layout().precision().storage(DType.F32);
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
        public long bytes() {
            return matrix.bytes() + (bias == null ? 0 : bias.byteSize());
        }
    }

    /** A table that stays where it is, usually in the mapped file: only the rows that are looked up are ever read. */
    record Embedding(Owner owner, WeightData table) implements Weight.Embedding {
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

    /** A convolution. */
    static final class Convolution implements Weight.Convolution {
        private final Owner owner;
        private final String name;
        private final DType dtype;
        private final ConvolutionShape shape;
        private final List<PackedMatrix> groups;
        private final List<MachineLinear> products;
        private final MemorySegment taps;
        private final List<MemorySegment> bias;

        /** Made when it is first needed: that depends on the pictures. */
        private List<PackedMatrix> transformed;

        /**
         * @param groups one matrix per group, inputs in the order kernel row, kernel column, channel; empty if depthwise or in machine code
         * @param products the same for machine code, each with its bias; else empty
         * @param taps {@code [kernelHeight * kernelWidth][channels]} if depthwise, else null
         * @param bias one float per output channel: filled up to whole panels group after group, or plain if depthwise
         */
        Convolution(
                Owner owner,
                String name,
                DType dtype,
                ConvolutionShape shape,
                List<PackedMatrix> groups,
                List<MachineLinear> products,
                MemorySegment taps,
                List<MemorySegment> bias) {
            this.owner = owner;
            this.name = name;
            this.dtype = dtype;
            this.shape = shape;
            this.groups = groups;
            this.products = products;
            this.taps = taps;
            this.bias = bias;
        }

        List<PackedMatrix> groups() {
            return groups;
        }

        List<MachineLinear> products() {
            return products;
        }

        MemorySegment taps() {
            return taps;
        }

        List<MemorySegment> bias() {
            return bias;
        }

        /** The kernel as {@link Winograd} multiplies it. */
        synchronized List<PackedMatrix> transformed(Winograd winograd) {
            if (transformed == null) {
                transformed = winograd.kernel(groups.getFirst(), shape.inputChannels());
            }
            return transformed;
        }

        @Override
        public Owner owner() {
            return owner;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public DType dtype() {
            return dtype;
        }

        @Override
        public ConvolutionShape shape() {
            return shape;
        }

        @Override
        public synchronized long bytes() {
            return groups.stream().mapToLong(PackedMatrix::bytes).sum()
                    + products.stream().mapToLong(MachineLinear::bytes).sum()
                    + (taps == null ? 0 : taps.byteSize())
                    + (transformed == null
                            ? 0
                            : transformed.stream()
                                    .mapToLong(PackedMatrix::bytes)
                                    .sum())
                    + bias.stream().mapToLong(MemorySegment::byteSize).sum();
        }
    }
}
