package dev.fovea.tensor.numbers;

/**
 * Holds a weight matrix in eight bits. The inputs of every output are cut into groups, and each group has one scale:
 * {@code weight = value * scale}. It is symmetric: zero stays zero, values are -127 to 127, and the scale is the
 * largest magnitude of the group over 127.
 *
 * @param outputs rows
 * @param inputs columns
 * @param values {@code [outputs, inputs]}
 * @param scales {@code [outputs, groups]}, the last group possibly shorter
 */
public record QuantizedMatrix(int outputs, int inputs, byte[] values, float[] scales) {

    /** Number of consecutive inputs that share a scale. */
    public static final int GROUP = 64;

    /** Returns the number of groups that the inputs are cut into. */
    public static int groups(int inputs) {
        return Math.ceilDiv(inputs, GROUP);
    }

    /** Returns the number of groups, as {@link #groups(int)} does, for sizes that are not checked yet. */
    public static long groups(long inputs) {
        return Math.ceilDiv(inputs, GROUP);
    }

    /** Rounds a matrix {@code [outputs, inputs]} to the nearest values, ties to even. */
    public static QuantizedMatrix of(float[] matrix, int outputs, int inputs) {
        int groups = groups(inputs);
        byte[] values = new byte[Sizes.arrayLength("eight bits", outputs, inputs)];
        float[] scales = new float[Sizes.arrayLength("eight bits", outputs, groups)];
        for (int output = 0; output < outputs; output++) {
            for (int group = 0; group < groups; group++) {
                int from = output * inputs + group * GROUP;
                int to = Math.min(from + GROUP, (output + 1) * inputs);
                float largest = 0;
                for (int i = from; i < to; i++) {
                    largest = Math.max(largest, Math.abs(matrix[i]));
                }
                float scale = largest / 127;
                scales[output * groups + group] = scale;
                for (int i = from; i < to; i++) {
                    // Below the normal numbers the scale itself is rounded, and the quotient may exceed 127.
                    values[i] = scale == 0 ? 0 : (byte) Math.clamp(Math.rint(matrix[i] / scale), -127, 127);
                }
            }
        }
        return new QuantizedMatrix(outputs, inputs, values, scales);
    }

    /** Returns the widened values, {@code [outputs, inputs]}. */
    public float[] toFloats() {
        int groups = groups(inputs);
        float[] matrix = new float[values.length];
        for (int output = 0; output < outputs; output++) {
            for (int input = 0; input < inputs; input++) {
                int i = output * inputs + input;
                matrix[i] = values[i] * scales[output * groups + input / GROUP];
            }
        }
        return matrix;
    }
}
