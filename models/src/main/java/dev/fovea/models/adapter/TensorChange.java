package dev.fovea.models.adapter;

import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.WeightData;

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
            return tensor.named(stored.name());
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
            LowRankProduct.addTo(sum, a.toFloats(), b.toFloats(), rank, scale, isTable);
            return WeightData.of(stored.name(), stored.shape(), sum);
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
