package dev.fovea.kernels.cpu.convolution;

import dev.fovea.kernels.cpu.gemm.MachineLinear;
import dev.fovea.kernels.cpu.layout.PackedMatrix;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Owner;
import dev.fovea.tensor.Weight;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Holds the weights of a convolution in the form that its way of computing needs. */
public final class CpuConvolution implements Weight.Convolution {
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
     * @param groups one matrix per group, inputs in the order kernel row, kernel column, channel; empty if it is
     *     computed channel by channel or in machine code
     * @param products one product per group for machine code, each with its bias; else empty
     * @param taps {@code [outputs of a channel][kernelHeight * kernelWidth][channels]} if it is computed channel by
     *     channel, else null
     * @param bias one float per output channel: filled up to whole panels group after group, or {@code [outputs of a
     *     channel][channels]} beside {@code taps}
     */
    CpuConvolution(
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

    public MemorySegment taps() {
        return taps;
    }

    public List<MemorySegment> bias() {
        return bias;
    }

    /** Returns the kernel as {@link Winograd} multiplies it. */
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
                        : transformed.stream().mapToLong(PackedMatrix::bytes).sum())
                + bias.stream().mapToLong(MemorySegment::byteSize).sum();
    }
}
