package dev.fovea.kernels.cpu.gemm;

import dev.fovea.kernels.cpu.layout.MachineMatrix;
import dev.fovea.kernels.cpu.machine.MachineKernels;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Owner;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import java.lang.foreign.MemorySegment;

/**
 * Holds the weights of a linear layer for machine code.
 *
 * @param bias one float per output, filled up to whole panels, or null
 */
public record MachineLinear(Owner owner, String name, MachineMatrix matrix, MachineKernels kernels, MemorySegment bias)
        implements Weight.Linear {

    /** Returns the layer with what it does besides its product. */
    public MachineGemm.Layer with(Fusion fusion) {
        return with(fusion, null);
    }

    /** Returns the layer with what it does besides its product, a shortcut added before the activation included. */
    public MachineGemm.Layer with(Fusion fusion, Tensor shortcut) {
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
