package dev.fovea.studio.inside;

import dev.fovea.tensor.DType;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.numbers.HalfFloats;
import dev.fovea.tensor.numbers.QuantizedMatrix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The numbers of a weight: their range, a histogram, and what storing them in fewer bits would cost.
 *
 * @param count numbers that were read
 * @param whole whether those are all; of very large weights only the first are read
 * @param bins how many lie between two edges
 * @param edges ends of the bins, one more than there are bins, evenly from {@code min} to {@code max}
 * @param errors of types of storage with fewer bits
 */
public record WeightStatistics(
        long count,
        boolean whole,
        double min,
        double max,
        double mean,
        double std,
        int[] bins,
        double[] edges,
        List<StorageError> errors) {

    private static final int BINS = 64;
    private static final int MOST = 4 << 20;

    /**
     * The error of a type of storage.
     *
     * @param type such as {@code bf16}
     * @param relative root of the sum of squared differences, divided by that of the squared numbers
     */
    public record StorageError(String type, double relative) {}

    /** Reads a weight. */
    public static WeightStatistics of(WeightData weight) {
        long all = weight.shape().elements();
        int columns =
                weight.shape().rank() == 2 ? Math.toIntExact(weight.shape().extent(1)) : 1;
        int count = (int) Math.min(all, Math.max(columns, MOST / columns * columns));
        float[] values = new float[count];
        weight.copyTo(0, values, 0, count);
        double min = Double.POSITIVE_INFINITY;
        double max = Double.NEGATIVE_INFINITY;
        double sum = 0;
        for (float value : values) {
            min = Math.min(min, value);
            max = Math.max(max, value);
            sum += value;
        }
        double mean = sum / count;
        double squares = 0;
        for (float value : values) {
            squares += (value - mean) * (value - mean);
        }
        double[] edges = new double[BINS + 1];
        for (int i = 0; i <= BINS; i++) {
            edges[i] = min + (max - min) * i / BINS;
        }
        return new WeightStatistics(
                count,
                count == all,
                min,
                max,
                mean,
                Math.sqrt(squares / count),
                bins(values, min, max),
                edges,
                errors(values, columns, weight.shape().rank() == 2 && weight.dtype() != DType.I8));
    }

    private static int[] bins(float[] values, double min, double max) {
        int[] bins = new int[BINS];
        for (float value : values) {
            int bin = max > min ? (int) ((value - min) / (max - min) * BINS) : 0;
            bins[Math.clamp(bin, 0, BINS - 1)]++;
        }
        return bins;
    }

    private static List<StorageError> errors(float[] values, int columns, boolean matrix) {
        List<StorageError> errors = new ArrayList<>();
        float[] rounded = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            rounded[i] = Float.float16ToFloat(Float.floatToFloat16(values[i]));
        }
        errors.add(new StorageError("f16", relative(values, rounded)));
        float[] brain = values.clone();
        HalfFloats.roundBfloat16(brain);
        errors.add(new StorageError("bf16", relative(values, brain)));
        if (matrix) {
            float[] quantized = QuantizedMatrix.of(
                            Arrays.copyOf(values, values.length), values.length / columns, columns)
                    .toFloats();
            errors.add(new StorageError("int8", relative(values, quantized)));
        }
        return errors;
    }

    private static double relative(float[] exact, float[] other) {
        double difference = 0;
        double whole = 0;
        for (int i = 0; i < exact.length; i++) {
            difference += ((double) exact[i] - other[i]) * ((double) exact[i] - other[i]);
            whole += (double) exact[i] * exact[i];
        }
        return whole == 0 ? 0 : Math.sqrt(difference / whole);
    }
}
