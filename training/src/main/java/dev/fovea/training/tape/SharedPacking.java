package dev.fovea.training.tape;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.WeightData;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Packs trained matrices when they are multiplied, into memory that all of one shape share: packing one again costs far
 * less than the product, and keeping all packed would take as much memory as their values do. Where a backend takes new
 * memory for what it packs, nothing is shared.
 */
final class SharedPacking {

    private record Size(int inputs, int outputs, boolean hasBias) {}

    /** Memory, and whose matrix lies there; nobody's after the values have changed. */
    private static final class Place {
        private TapeLinear holder;
        private Weight.Linear packed;
    }

    private final Backend backend;
    private final Map<Size, Place> places = new HashMap<>();
    private boolean isInPlace = true;

    SharedPacking(Backend backend) {
        this.backend = backend;
    }

    /** Returns whether the backend packs into the memory of the matrix before, as far as is known. */
    boolean isInPlace() {
        return isInPlace;
    }

    /**
     * Returns a layer as it is multiplied. It is valid until another one is asked for, unless the backend turned out to
     * take new memory: then it is the layer's own.
     */
    Weight.Linear of(TapeLinear layer, List<WeightData> matrices, List<WeightData> biases) {
        if (!isInPlace) {
            return backend.linearWeight(matrices, biases, DType.F32);
        }
        Place place = places.computeIfAbsent(
                new Size(layer.inputs(), layer.outputs(), !biases.isEmpty()), size -> new Place());
        if (place.holder != layer) {
            Weight.Linear before = place.packed;
            place.packed = before == null
                    ? backend.linearWeight(matrices, biases, DType.F32)
                    : backend.updatedWeight(before, matrices, biases);
            place.holder = layer;
            isInPlace = before == null || place.packed == before;
        }
        return place.packed;
    }

    /** Is told that values have changed. */
    void refresh() {
        places.values().forEach(place -> place.holder = null);
    }
}
