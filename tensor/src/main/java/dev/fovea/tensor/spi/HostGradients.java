package dev.fovea.tensor.spi;

import dev.fovea.tensor.Activation;
import dev.fovea.tensor.AttentionShape;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.numbers.Sizes;
import java.util.List;

/**
 * Defines the operations that only gradients need, in plain loops over float arrays, with sums in double precision. The
 * reference backend is made of them, and backends that have no kernels for them leave them to the host. Sizes are
 * checked by the backend.
 */
public final class HostGradients {

    private HostGradients() {}

    /** Computes {@link Backend#transpose}. */
    public static Tensor transpose(Backend backend, Tensor x) {
        float[] values = x.toArray();
        float[] out = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            out[i % x.columns() * x.rows() + i / x.columns()] = values[i];
        }
        return backend.tensor(x.columns(), x.rows(), out);
    }

    /** Computes {@link Backend#activationGradient}. */
    public static Tensor activation(Backend backend, Tensor gradient, Tensor x, Activation activation) {
        float[] values = x.toArray();
        float[] out = gradient.toArray();
        for (int i = 0; i < out.length; i++) {
            out[i] = (float) (out[i] * activation.derivative(values[i]));
        }
        return backend.tensor(x.rows(), x.columns(), out);
    }

    /** Computes {@link Backend#layerNormGradient}. */
    public static Tensor layerNorm(Backend backend, Tensor gradient, Tensor x, LayerNorm norm) {
        float[] values = x.toArray();
        float[] gamma = norm.gamma().toArray();
        float[] out = gradient.toArray();
        int width = x.columns();
        double[] normal = new double[width];
        for (int row = 0; row < values.length; row += width) {
            double scale = normalize(values, row, norm.epsilon(), normal);
            double mean = 0;
            double along = 0;
            for (int i = 0; i < width; i++) {
                double g = (double) out[row + i] * gamma[i];
                mean += g / width;
                along += g * normal[i] / width;
            }
            for (int i = 0; i < width; i++) {
                out[row + i] = (float) (scale * ((double) out[row + i] * gamma[i] - mean - normal[i] * along));
            }
        }
        return backend.tensor(x.rows(), width, out);
    }

    /** Normalises a row without gamma and beta, and returns what its distances from the mean were multiplied with. */
    private static double normalize(float[] values, int row, double epsilon, double[] normal) {
        int width = normal.length;
        double mean = 0;
        for (int i = 0; i < width; i++) {
            mean += (double) values[row + i] / width;
        }
        double variance = 0;
        for (int i = 0; i < width; i++) {
            normal[i] = values[row + i] - mean;
            variance += normal[i] * normal[i] / width;
        }
        double scale = 1 / Math.sqrt(variance + epsilon);
        for (int i = 0; i < width; i++) {
            normal[i] *= scale;
        }
        return scale;
    }

    /** Computes {@link Backend#attentionGradients}. */
    public static List<Tensor> attention(
            Backend backend,
            Tensor gradient,
            Tensor queries,
            Tensor keys,
            Tensor values,
            Segments querySegments,
            Segments keySegments,
            AttentionShape shape) {
        Heads q = Heads.of(queries, shape);
        Heads k = Heads.of(keys, shape);
        Heads v = Heads.of(values, shape);
        Heads out = Heads.of(gradient, shape);
        for (int segment = 0; segment < querySegments.count(); segment++) {
            int queryCount = querySegments.length(segment);
            int keyCount = keySegments.length(segment);
            for (int query = 0; query < queryCount; query++) {
                int seen = shape.visibleKeys(query, queryCount, keyCount);
                int queryRow = querySegments.row(querySegments.start(segment) + query);
                for (int head = 0; head < shape.heads(); head++) {
                    double[] weights = new double[seen];
                    double[] slopes = new double[seen]; // dP
                    double largest = Double.NEGATIVE_INFINITY;
                    for (int key = 0; key < seen; key++) {
                        int keyRow = keySegments.row(keySegments.start(segment) + key);
                        weights[key] = shape.scale() * q.dot(queryRow, k, keyRow, head);
                        slopes[key] = out.dot(queryRow, v, keyRow, head);
                        largest = Math.max(largest, weights[key]);
                    }
                    double total = 0;
                    for (int key = 0; key < seen; key++) {
                        weights[key] = Math.exp(weights[key] - largest);
                        total += weights[key];
                    }
                    double along = 0;
                    for (int key = 0; key < seen; key++) {
                        weights[key] /= total;
                        along += weights[key] * slopes[key];
                    }
                    for (int key = 0; key < seen; key++) {
                        int keyRow = keySegments.row(keySegments.start(segment) + key);
                        double score = shape.scale() * weights[key] * (slopes[key] - along); // dS
                        q.add(queryRow, score, k, keyRow, head);
                        k.add(keyRow, score, q, queryRow, head);
                        v.add(keyRow, weights[key], out, queryRow, head);
                    }
                }
            }
        }
        return List.of(q.gradient(backend), k.gradient(backend), v.gradient(backend));
    }

    /** Holds the values of an operand of an attention, and the sums that become its gradient. */
    private record Heads(Tensor shape, float[] values, double[] sums, int size) {

        static Heads of(Tensor tensor, AttentionShape shape) {
            int count = Sizes.arrayLength("attentionGradients", tensor.rows(), tensor.columns());
            return new Heads(tensor, tensor.toArray(), new double[count], tensor.columns() / shape.heads());
        }

        private int at(int row, int head) {
            return row * shape.columns() + head * size;
        }

        double dot(int row, Heads other, int otherRow, int head) {
            double sum = 0;
            for (int i = 0; i < size; i++) {
                sum += (double) values[at(row, head) + i] * other.values[other.at(otherRow, head) + i];
            }
            return sum;
        }

        void add(int row, double factor, Heads other, int otherRow, int head) {
            for (int i = 0; i < size; i++) {
                sums[at(row, head) + i] += factor * other.values[other.at(otherRow, head) + i];
            }
        }

        Tensor gradient(Backend backend) {
            float[] rounded = new float[sums.length];
            for (int i = 0; i < rounded.length; i++) {
                rounded[i] = (float) sums[i];
            }
            return backend.tensor(shape.rows(), shape.columns(), rounded);
        }
    }
}
