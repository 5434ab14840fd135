package dev.fovea.converter.pytorch;

import dev.fovea.converter.views.TensorView;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Shape;

/**
 * Describes a tensor as a pickle does, not yet checked against its storage.
 *
 * @param storage what it is a view of
 * @param dtype of its elements
 * @param offset of the first element, in elements
 * @param shape extents
 * @param strides in elements
 */
record PickledTensor(PickledStorage storage, DType dtype, long offset, Shape shape, long[] strides) {

    /**
     * Returns the tensor as a view of its storage.
     *
     * @throws dev.fovea.tensor.FoveaException if it leaves the storage
     */
    TensorView view(String file) {
        return new TensorView(dtype, shape, strides, offset, storage.data(), file);
    }
}
