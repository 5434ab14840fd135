package dev.fovea.kernels.cpu.gemm;

import dev.fovea.kernels.cpu.gemm.PanelProduct.Layer;
import dev.fovea.kernels.cpu.layout.PackedMatrix;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Owner;
import dev.fovea.tensor.Weight;
import java.lang.foreign.MemorySegment;

/**
 * Holds the weights of a linear layer in panels.
 *
 * @param bias one float per output, filled up to whole panels, or null
 */
public record PackedLinear(Owner owner, String name, PackedMatrix matrix, MemorySegment bias) implements Weight.Linear {

    /** Returns the layer with what it does besides its product. */
    public Layer with(Fusion fusion) {
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
