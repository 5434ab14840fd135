package dev.fovea.models.adapter;

import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.WeightData;
import java.util.Arrays;

/** What an adapter does to one tensor of a model. */
sealed interface TensorChange {

    /**
     * Returns the changed tensor, in f32.
     *
     * @throws dev.fovea.tensor.FoveaException if the change is for a tensor of another shape
     */
    WeightData applyTo(WeightData stored);

    /**
     * Puts another tensor in the place of the stored one: {@code modules_to_save} and trained biases.
     *
     * @param tensor of the same shape
     */
    record Replacement(WeightData tensor) implements TensorChange {

        @Override
        public WeightData applyTo(WeightData stored) {
            if (!tensor.shape().equals(stored.shape())) {
                throw misfit(tensor, stored);
            }
            return new WeightData(
                    stored.name(), tensor.dtype(), tensor.shape(), tensor.data(), tensor.source(), tensor.scales());
        }
    }

    /**
     * Adds a product of two matrices, multiplied by a factor: {@code W + scale * B A} (Hu et al. 2021, section 4.1).
     *
     * @param a {@code [rank, inputs]}, of a convolution {@code [rank, channels, height, width]}
     * @param b {@code [outputs, rank]}, of a convolution {@code [outputs, rank, 1, 1]}
     * @param isTable whether the tensor is a table of embeddings, {@code [inputs, outputs]}, to which {@code A' B'} is
     *     added
     */
    record LowRank(WeightData a, WeightData b, float scale, boolean isTable) implements TensorChange {

        @Override
        public WeightData applyTo(WeightData stored) {
            int rank = (int) a.shape().extent(0);
            Shape product = product(stored.shape().rank());
            if (!product.equals(stored.shape())) {
                throw misfit(a, stored);
            }
            float[] sum = stored.toFloats();
            int outputs = (int) b.shape().extent(0);
            int inputs = sum.length / outputs;
            float[] left = b.toFloats();
            float[] right = a.toFloats();
            // Row o of B A is the sum of A's rows, each times B[o, k]: all runs are along rows of A.
            float[] row = new float[inputs];
            for (int o = 0; o < outputs; o++) {
                Arrays.fill(row, 0);
                for (int k = 0; k < rank; k++) {
                    addScaled(row, left[o * rank + k], right, k * inputs);
                }
                for (int i = 0; i < inputs; i++) {
                    sum[isTable ? i * outputs + o : o * inputs + i] += scale * row[i];
                }
            }
            return WeightData.of(stored.name(), stored.shape(), sum);
        }

        private static void addScaled(float[] row, float factor, float[] values, int start) {
            for (int i = 0; i < row.length; i++) {
                row[i] += factor * values[start + i];
            }
        }

        /** Returns the shape of the tensor that the product goes with. */
        private Shape product(int rank) {
            long[] extents = a.shape().extents();
            extents[0] = b.shape().extent(0);
            if (isTable && rank == 2) {
                return Shape.of(extents[1], extents[0]);
            }
            return Shape.of(extents);
        }
    }

    private static ModelException misfit(WeightData change, WeightData stored) {
        return new ModelException(change.source() + ": \"" + change.name() + "\" is " + change.shape()
                + ", which does not go with \"" + stored.name() + "\" " + stored.shape()
                + "; is the adapter for another model, or its layer grouped?");
    }
}
