package dev.fovea.app.session;

import dev.fovea.tensor.Precision;

/** Lists the values of {@code --compute}. */
enum Compute {
    F32(Precision.F32),
    BF16(Precision.BF16),
    INT16(Precision.INT16),
    INT8(Precision.INT8),
    /** The fastest that changes a model's answers little enough, see {@link dev.fovea.converter.FastestPrecision}. */
    AUTO(null);

    private final Precision precision;

    Compute(Precision precision) {
        this.precision = precision;
    }

    /** Returns the precision, or null where the model decides. */
    Precision precision() {
        return precision;
    }
}
