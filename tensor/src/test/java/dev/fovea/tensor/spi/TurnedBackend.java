package dev.fovea.tensor.spi;

import dev.fovea.tensor.DType;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Owner;
import dev.fovea.tensor.Precision;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.numbers.Sizes;
import dev.fovea.tensor.reference.ReferenceBackend;
import java.util.List;
import java.util.function.Supplier;

/**
 * Computes linear layers with matrices that are turned at load, and leaves all else to the reference: the backend of
 * {@code docs/add-a-backend.md}.
 *
 * <pre>
 * for every row r:
 *     for every input i:
 *         for every output o, which lie side by side:    sums[o] += x[r, i] * turned[i, o]
 * </pre>
 */
final class TurnedBackend extends WrappingBackend {

    private final Owner owner;

    /**
     * A matrix as {@code [inputs, outputs]}.
     *
     * @param reference the reference's handle, which says what is known about the weight
     */
    private record Turned(Weight.Linear reference, float[] columns, float[] bias) implements Weight.Linear {

        @Override
        public String name() {
            return reference.name();
        }

        @Override
        public DType dtype() {
            return reference.dtype();
        }

        @Override
        public Owner owner() {
            return reference.owner();
        }

        @Override
        public long bytes() {
            return (long) Float.BYTES * (columns.length + bias.length);
        }

        @Override
        public int inputs() {
            return reference.inputs();
        }

        @Override
        public int outputs() {
            return reference.outputs();
        }
    }

    TurnedBackend() {
        super(new ReferenceBackend());
        owner = tensor(0, 0, new float[0]).storage().owner();
    }

    @Override
    public String description() {
        return "turned: linear layers with turned matrices, all else by the reference (an example, not for work)";
    }

    @Override
    protected <T> T around(Call call, Supplier<T> operation) {
        return operation.get();
    }

    @Override
    public Weight.Linear linearWeight(
            List<WeightData> weights, List<WeightData> biases, DType storage, Precision precision) {
        Weight.Linear reference = super.linearWeight(weights, biases, storage, precision); // checks what it is given
        if (precision != Precision.F32) {
            return reference;
        }
        LinearLayout layout = LinearLayout.of(weights, biases);
        DType dtype = LinearLayout.storage(weights, storage);
        float[] turned = new float[Sizes.arrayLength("linear", layout.inputs(), layout.outputs())];
        int first = 0; // output of this matrix, among those of all that lie side by side
        for (WeightData weight : weights) {
            float[] matrix = layout.stored(weight, dtype); // [outputs, inputs]
            for (int i = 0; i < matrix.length; i++) {
                int output = first + i / layout.inputs();
                turned[i % layout.inputs() * layout.outputs() + output] = matrix[i];
            }
            first += Math.toIntExact(weight.shape().extent(0));
        }
        return new Turned(reference, turned, layout.bias(biases));
    }

    @Override
    public Tensor linear(Tensor x, Weight.Linear weight, Fusion fusion) {
        if (!(weight instanceof Turned turned)) {
            return super.linear(x, weight, fusion);
        }
        Checks.linear(owner, x, weight, fusion);
        int inputs = turned.inputs();
        int outputs = turned.outputs();
        float[] input = (fusion.norm() == null ? x : layerNorm(x, fusion.norm())).toArray();
        float[] residual = fusion.residual() == null ? null : fusion.residual().toArray();
        float[] y = new float[Sizes.arrayLength("linear", x.rows(), outputs)];
        double[] sums = new double[outputs];
        for (int row = 0; row < x.rows(); row++) {
            for (int output = 0; output < outputs; output++) {
                sums[output] = turned.bias[output];
            }
            for (int i = 0; i < inputs; i++) {
                double value = input[row * inputs + i];
                for (int output = 0; output < outputs; output++) {
                    sums[output] += value * turned.columns[i * outputs + output];
                }
            }
            for (int output = 0; output < outputs; output++) {
                int at = row * outputs + output;
                y[at] = (float) (fusion.activation().of(sums[output]) + (residual == null ? 0 : residual[at]));
            }
        }
        return tensor(x.rows(), outputs, y);
    }

    /** Computes an MLP by its definition, since the reference cannot read turned matrices. */
    @Override
    public Tensor mlp(Tensor x, Weight.Linear expand, Weight.Linear reduce, Fusion fusion) {
        Checks.mlp(owner, x, expand, reduce, fusion);
        Tensor between = linear(x, expand, fusion.withResidual(null));
        return linear(between, reduce, Fusion.NONE.withResidual(fusion.residual()));
    }
}
