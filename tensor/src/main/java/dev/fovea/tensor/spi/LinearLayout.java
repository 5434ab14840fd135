package dev.fovea.tensor.spi;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.Precision;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.numbers.HalfFloats;
import dev.fovea.tensor.numbers.QuantizedMatrix;
import dev.fovea.tensor.numbers.Sizes;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Says how the matrices of several linear layers form one: their outputs lie side by side.
 *
 * @param name the matrices' names, joined by {@code +}
 * @param inputs columns of every matrix
 * @param outputs rows of all matrices together
 */
public record LinearLayout(String name, int inputs, int outputs) {

    /**
     * @throws IllegalArgumentException if the matrices do not share their inputs, or the biases do not fit them
     */
    public static LinearLayout of(List<WeightData> weights, List<WeightData> biases) {
        if (weights.isEmpty() || !biases.isEmpty() && biases.size() != weights.size()) {
            throw new IllegalArgumentException(
                    "linear: " + weights.size() + " matrices and " + biases.size() + " biases");
        }
        Shape first = weights.getFirst().shape();
        int outputs = 0;
        for (int part = 0; part < weights.size(); part++) {
            Shape shape = weights.get(part).shape();
            boolean fits = shape.rank() == 2 && shape.extent(1) == first.extent(1);
            if (!fits || !biases.isEmpty() && biases.get(part).shape().elements() != shape.extent(0)) {
                throw new IllegalArgumentException(
                        "linear: " + weights.get(part).name() + " " + shape + " beside "
                                + weights.getFirst().name() + " " + first);
            }
            outputs = Sizes.sum("linear: " + first, outputs, Sizes.extent("linear: " + first, shape.extent(0)));
        }
        String name = weights.stream().map(WeightData::name).collect(Collectors.joining("+"));
        return new LinearLayout(name, Sizes.extent("linear: " + name, first.extent(1)), outputs);
    }

    /**
     * Returns how to store the matrices.
     *
     * @param asked what {@link Backend#linearWeight} was asked for: null for as they are
     * @return what was asked for; else the matrices' own format, or f32 where they differ or are f64, so that none
     *     loses a bit
     */
    public static DType storage(List<WeightData> weights, DType asked) {
        if (asked != null) {
            if (!asked.isFloating() && asked != DType.I8 || asked == DType.F64) {
                throw new IllegalArgumentException("linear: weights cannot be stored as " + asked);
            }
            return asked;
        }
        DType first = weights.getFirst().dtype();
        boolean same = weights.stream().allMatch(weight -> weight.dtype() == first);
        return same && first != DType.F64 ? first : DType.F32;
    }

    /**
     * Returns the largest value that a format rounds to a finite one: just below half a step more than the largest that
     * it holds.
     */
    private static float largest(DType storage) {
        return switch (storage) {
            case F16 -> Math.nextDown(65520f);
            case BF16 -> Float.intBitsToFloat(0x7F7F_7FFF);
            default -> Float.MAX_VALUE;
        };
    }

    /**
     * Returns whether a format certainly can hold some values. This is quick, and false also for infinities and NaN,
     * which f16 and bf16 do hold; {@link #requireFits} then decides.
     *
     * @param count how many of the values, from the first on
     */
    public static boolean fits(DType storage, float[] values, int count) {
        if (storage == DType.F32) {
            return true;
        }
        // As integers, whose order is that of magnitudes and NaN the largest of all: the compiler makes vector
        // instructions of it.
        int most = 0;
        for (int i = 0; i < count; i++) {
            most = Math.max(most, Float.floatToRawIntBits(values[i]) & Integer.MAX_VALUE);
        }
        return most <= Float.floatToRawIntBits(largest(storage));
    }

    /**
     * Makes sure that the format of a matrix can hold its values: none becomes infinite, and eight bits hold neither
     * infinities nor NaN.
     *
     * @param values some of them, as f32
     * @param count how many of the values, from the first on
     * @throws FoveaException if one does not fit
     */
    public static void requireFits(WeightData matrix, DType storage, float[] values, int count) {
        if (fits(storage, values, count)) {
            return;
        }
        for (int i = 0; i < count; i++) {
            float value = values[i];
            boolean overflows = Float.isFinite(value) && Math.abs(value) > largest(storage);
            if (overflows || storage == DType.I8 && !Float.isFinite(value)) {
                throw new ModelException(matrix.source() + ": tensor \"" + matrix.name() + "\" holds " + value
                        + (overflows
                                ? ", too large for " + storage + "; store the weights as bf16 or f32 instead"
                                : ", which has no place in int8; is the checkpoint broken?"));
            }
        }
    }

    /**
     * Makes sure that the values of a matrix can be rounded to integers.
     *
     * @param values some of them, as f32
     * @param count how many of the values, from the first on
     * @throws FoveaException if one is infinite or NaN and the precision is one of integers
     */
    public static void requireFinite(WeightData matrix, Precision precision, float[] values, int count) {
        if (precision.isInteger()) {
            requireFits(matrix, DType.I8, values, count);
        }
    }

    /**
     * Returns the layers' biases as one.
     *
     * @return {@code [outputs]}, zeros if there are none
     */
    public float[] bias(List<WeightData> biases) {
        float[] bias = new float[outputs];
        int at = 0;
        for (WeightData part : biases) {
            int count = Math.toIntExact(part.shape().elements());
            part.copyTo(0, bias, at, count);
            at += count;
        }
        return bias;
    }

    /** Returns a matrix's values as they are after storing them in a format. */
    public float[] stored(WeightData matrix, DType storage) {
        float[] values = matrix.toFloats();
        requireFits(matrix, storage, values, values.length);
        switch (storage) {
            case F32 -> {}
            case F16 -> {
                for (int i = 0; i < values.length; i++) {
                    values[i] = Float.float16ToFloat(Float.floatToFloat16(values[i]));
                }
            }
            case BF16 -> HalfFloats.roundBfloat16(values);
            case I8 ->
                values = QuantizedMatrix.of(
                                values, Math.toIntExact(matrix.shape().extent(0)), inputs)
                        .toFloats();
            default -> throw new IllegalArgumentException("weights cannot be stored as " + storage);
        }
        return values;
    }
}
