package dev.fovea.models;

import dev.fovea.tensor.DType;

/** Chooses how a model stores the matrices of its linear layers; see {@link LoadOptions#withWeights}. */
public enum WeightType {
    /** Keeps the type that each matrix has in the file. */
    STORED(null),
    /** Stores 32-bit floats. */
    F32(DType.F32),
    /** Stores 16-bit floats of IEEE 754. */
    F16(DType.F16),
    /** Stores 16-bit floats with the exponent of 32-bit ones. */
    BF16(DType.BF16),
    /** Stores 8-bit integers with a scale for each group of inputs. */
    INT8(DType.I8);

    private final DType dtype;

    WeightType(DType dtype) {
        this.dtype = dtype;
    }

    /** Returns the type of the stored numbers, or null for {@link #STORED}. */
    public DType dtype() {
        return dtype;
    }
}
