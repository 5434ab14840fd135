package dev.fovea.models.nn;

import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Owner;
import dev.fovea.tensor.Precision;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.reference.ReferenceBackend;
import dev.fovea.tensor.spi.Checks;
import dev.fovea.tensor.spi.LinearLayout;
import dev.fovea.tensor.spi.WrappingBackend;
import java.util.List;
import java.util.function.Supplier;

/**
 * A backend that models can be constructed on but not run: it checks weights as every backend does, and keeps none.
 * Loading then costs no memory, and fails where it would fail on any backend. Weights may be {@linkplain
 * WeightData#outline outlines}.
 */
public final class DryBackend extends WrappingBackend {

    private final Owner owner = new Owner("dry");
    private final Tensor constant;
    private int weights;

    /** Opens a backend that holds nothing. */
    public DryBackend() {
        super(new ReferenceBackend());
        constant = inner().tensor(1, 1, new float[1]);
    }

    /** Returns the number of weights that it was given so far, which shows the progress of loading. */
    public int weights() {
        return weights;
    }

    @Override
    protected <T> T around(Call call, Supplier<T> operation) {
        return operation.get();
    }

    @Override
    public Tensor constant(WeightData data) {
        weights++;
        Checks.constant(owner, data);
        return constant;
    }

    @Override
    public Weight.Linear linearWeight(
            List<WeightData> matrices, List<WeightData> biases, DType storage, Precision precision) {
        weights++;
        Checks.linearWeight(owner, matrices, biases, precision);
        return new Layer(
                owner,
                LinearLayout.of(matrices, biases),
                LinearLayout.storage(matrices, precision.widenedStorage(storage)));
    }

    @Override
    public Weight.Embedding embeddingWeight(WeightData table) {
        weights++;
        Checks.embeddingWeight(owner, table);
        return new Table(owner, table.name(), table.dtype(), table.shape());
    }

    @Override
    public Weight.Convolution convolutionWeight(
            WeightData kernel, WeightData bias, ConvolutionShape shape, Precision precision) {
        weights++;
        Checks.convolutionWeight(owner, kernel, bias, shape, precision);
        return new Kernel(owner, kernel.name(), kernel.dtype(), shape);
    }

    private record Layer(Owner owner, LinearLayout layout, DType dtype) implements Weight.Linear {
        @Override
        public String name() {
            return layout.name();
        }

        @Override
        public int inputs() {
            return layout.inputs();
        }

        @Override
        public int outputs() {
            return layout.outputs();
        }

        @Override
        public long bytes() {
            return 0;
        }
    }

    private record Table(Owner owner, String name, DType dtype, Shape shape) implements Weight.Embedding {
        @Override
        public int entries() {
            return Math.toIntExact(shape.extent(0));
        }

        @Override
        public int columns() {
            return Math.toIntExact(shape.extent(1));
        }

        @Override
        public long bytes() {
            return 0;
        }
    }

    private record Kernel(Owner owner, String name, DType dtype, ConvolutionShape shape) implements Weight.Convolution {
        @Override
        public long bytes() {
            return 0;
        }
    }
}
