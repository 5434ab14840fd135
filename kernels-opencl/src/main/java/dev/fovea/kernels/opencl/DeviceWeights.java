package dev.fovea.kernels.opencl;

import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Owner;
import dev.fovea.tensor.Weight;
import java.util.List;

/** Holds weights on the device. */
final class DeviceWeights {

    private DeviceWeights() {}

    /**
     * Holds a matrix in panels, {@code [padded / PANEL, inputs, PANEL]}.
     *
     * @param values F32, F16, BF16 or I8
     * @param scales of I8, a row for every group of inputs, in panels; else null
     * @param bias {@code [padded]}, or null
     * @param padded outputs and zeros up to whole panels
     */
    record Matrix(
            DType dtype,
            int inputs,
            int outputs,
            int padded,
            DeviceStorage values,
            DeviceStorage scales,
            DeviceStorage bias) {
        long bytes() {
            return values.bytes() + (scales == null ? 0 : scales.bytes()) + (bias == null ? 0 : bias.bytes());
        }
    }

    record Linear(Owner owner, String name, Matrix matrix) implements Weight.Linear {
        @Override
        public DType dtype() {
            return matrix.dtype;
        }

        @Override
        public long bytes() {
            return matrix.bytes();
        }

        @Override
        public int inputs() {
            return matrix.inputs;
        }

        @Override
        public int outputs() {
            return matrix.outputs;
        }
    }

    /** Holds a table as it is stored. */
    record Embedding(Owner owner, String name, DType dtype, int entries, int columns, DeviceStorage values)
            implements Weight.Embedding {
        @Override
        public long bytes() {
            return values.bytes();
        }
    }

    /**
     * @param groups a matrix for every group of channels, inputs ordered as {@code patches} of {@code pictures.cl}
     *     orders them; empty if depthwise
     * @param taps {@code [kernel height * kernel width, channels]} if depthwise, else null
     * @param bias {@code [channels]} if depthwise, else null
     */
    record Convolution(
            Owner owner,
            String name,
            DType dtype,
            ConvolutionShape shape,
            List<Matrix> groups,
            DeviceStorage taps,
            DeviceStorage bias)
            implements Weight.Convolution {
        @Override
        public long bytes() {
            return taps != null
                    ? taps.bytes() + bias.bytes()
                    : groups.stream().mapToLong(Matrix::bytes).sum();
        }
    }
}
