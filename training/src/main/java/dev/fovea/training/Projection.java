package dev.fovea.training;

import dev.fovea.models.clip.Clip;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.numbers.HalfFloats;
import dev.fovea.tensor.safetensors.Checkpoint;
import dev.fovea.tensor.safetensors.TensorEntry;
import dev.fovea.training.numerics.Matrices;
import java.nio.file.Path;

/**
 * The projection of a CLIP's image tower as its checkpoint stores it.
 *
 * @param values {@code [dimension, hidden]}, exactly as they are or will be stored
 * @param type F32, F16 or BF16
 */
record Projection(double[][] values, DType type) {

    /** Name of the tensor. */
    static final String NAME = "visual_projection.weight";

    /** Reads the projection from the checkpoint's file. */
    static Projection of(Clip clip) {
        Path folder = clip.folder();
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            TensorEntry entry = checkpoint
                    .find(NAME)
                    .orElseThrow(() -> new ModelException(folder + ": has no tensor " + NAME
                            + " to train; use a CLIP with a vision transformer and both towers, or another method"));
            if (!entry.isWeight()) {
                throw new ModelException(folder + ": " + NAME + " is quantised (" + entry.type()
                        + ") and cannot be trained; tune the checkpoint that it was made from, then convert the result,"
                        + " or use another method");
            }
            WeightData weight = entry.weight();
            int rows = (int) weight.shape().extent(0);
            int columns = (int) weight.shape().extent(1);
            double[][] values = new double[rows][columns];
            float[] row = new float[columns];
            for (int i = 0; i < rows; i++) {
                weight.copyTo((long) i * columns, row, 0, columns);
                for (int j = 0; j < columns; j++) {
                    values[i][j] = row[j];
                }
            }
            boolean half = weight.dtype() == DType.F16 || weight.dtype() == DType.BF16;
            return new Projection(values, half ? weight.dtype() : DType.F32);
        }
    }

    /** Returns other values, rounded to the type in which the checkpoint stores them. */
    Projection with(double[][] tuned) {
        double[][] rounded = Matrices.copy(tuned);
        for (double[] row : rounded) {
            for (int j = 0; j < row.length; j++) {
                float value = (float) row[j];
                row[j] = switch (type) {
                    case F16 -> Float.float16ToFloat(Float.floatToFloat16(value));
                    case BF16 -> HalfFloats.bfloat16ToFloat(HalfFloats.floatToBfloat16(value));
                    default -> value;
                };
            }
        }
        return new Projection(rounded, type);
    }
}
