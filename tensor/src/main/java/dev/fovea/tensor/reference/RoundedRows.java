package dev.fovea.tensor.reference;

import dev.fovea.tensor.Precision;
import dev.fovea.tensor.numbers.HalfFloats;
import dev.fovea.tensor.numbers.QuantizedMatrix;
import dev.fovea.tensor.numbers.Sizes;
import java.util.Arrays;

/**
 * Holds rows of values as integers with a scale for each group, as the integer {@link Precision}s define them.
 *
 * @param values {@code [rows, columns]}
 * @param scales {@code [rows, groups]}
 */
record RoundedRows(int columns, int[] values, float[] scales) {

    /**
     * Rounds.
     *
     * @param matrix {@code [rows, columns]}
     * @param most the largest magnitude of an integer
     */
    static RoundedRows of(float[] matrix, int columns, int most) {
        int groups = QuantizedMatrix.groups(columns);
        int rows = columns == 0 ? 0 : matrix.length / columns;
        int[] values = new int[matrix.length];
        float[] scales = new float[Sizes.arrayLength("scales", rows, groups)];
        for (int row = 0; row < rows; row++) {
            for (int group = 0; group < groups; group++) {
                int from = row * columns + group * QuantizedMatrix.GROUP;
                int to = Math.min(from + QuantizedMatrix.GROUP, (row + 1) * columns);
                float largest = 0;
                for (int i = from; i < to; i++) {
                    largest = Math.max(largest, Math.abs(matrix[i]));
                }
                scales[row * groups + group] = Precision.scale(largest, most);
                for (int i = from; i < to; i++) {
                    values[i] = Precision.round(matrix[i], largest, most);
                }
            }
        }
        return new RoundedRows(columns, values, scales);
    }

    /**
     * Returns the product of a row with one of another matrix: exact sums within a group, and the groups' sums in
     * double precision.
     */
    double dot(int row, RoundedRows other, int otherRow) {
        int groups = QuantizedMatrix.groups(columns);
        double sum = 0;
        for (int group = 0; group < groups; group++) {
            int end = Math.min(columns, (group + 1) * QuantizedMatrix.GROUP);
            long products = 0;
            for (int i = group * QuantizedMatrix.GROUP; i < end; i++) {
                products += (long) values[row * columns + i] * other.values[otherRow * columns + i];
            }
            sum += (double) products * scales[row * groups + group] * other.scales[otherRow * groups + group];
        }
        return sum;
    }

    /**
     * Returns the numbers that rounded ones stand for.
     *
     * @param matrix {@code [rows, columns]}
     * @param most the largest magnitude of an integer, where the precision is one of integers
     */
    static double[] numbers(float[] matrix, int columns, Precision precision, int most) {
        if (precision.isInteger()) {
            RoundedRows rounded = of(matrix, columns, most);
            int groups = QuantizedMatrix.groups(columns);
            double[] numbers = new double[matrix.length];
            for (int i = 0; i < numbers.length; i++) {
                int scale = i / columns * groups + i % columns / QuantizedMatrix.GROUP;
                numbers[i] = (double) rounded.values[i] * rounded.scales[scale];
            }
            return numbers;
        }
        float[] floats = matrix.clone();
        if (precision == Precision.BF16) {
            HalfFloats.roundBfloat16(floats);
        }
        double[] numbers = new double[floats.length];
        Arrays.setAll(numbers, i -> floats[i]);
        return numbers;
    }
}
