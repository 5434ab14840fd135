package dev.fovea.app;

import dev.fovea.tensor.DType;

/** How a model's matrices are stored. */
enum WeightType {
    /** As they are in the file. */
    STORED(null),
    F32(DType.F32),
    F16(DType.F16),
    BF16(DType.BF16),
    INT8(DType.I8);

    private final DType dtype;

    WeightType(DType dtype) {
        this.dtype = dtype;
    }

    /** The type, or null for the file's. */
    DType dtype() {
        return dtype;
    }
}
