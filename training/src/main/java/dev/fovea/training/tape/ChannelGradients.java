package dev.fovea.training.tape;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Computes the gradients of attention among channels, made of operations that every backend has. Of every picture of N
 * rows and every group, with {@code A = softmax(N^-½ Qᵀ K)} and {@code out = V Aᵀ}:
 *
 * <pre>
 * dV = dO A        dA = dOᵀ V        dS = N^-½ A (dA - sum of A dA along the row)
 * dQ = K dSᵀ       dK = Q dS
 * </pre>
 */
final class ChannelGradients {

    private ChannelGradients() {}

    static List<Tensor> of(
            Backend backend,
            Sums sums,
            Tensor gradient,
            Tensor queries,
            Tensor keys,
            Tensor values,
            Segments segments,
            int groups) {
        Tensor dq = backend.preallocate(queries.rows(), queries.columns());
        Tensor dk = backend.preallocate(queries.rows(), queries.columns());
        Tensor dv = backend.preallocate(queries.rows(), queries.columns());
        int size = queries.columns() / groups;
        for (int segment = 0; segment < segments.count(); segment++) {
            int from = segments.start(segment);
            int to = from + segments.length(segment);
            int[] rows = IntStream.range(0, to - from).toArray();
            if (from == to) {
                continue;
            }
            Tensor scale = sums.number((float) Math.pow(to - from, -0.5));
            for (int group = 0; group < groups; group++) {
                int first = group * size;
                int end = first + size;
                Tensor q = queries.rows(from, to).columns(first, end);
                Tensor k = keys.rows(from, to).columns(first, end);
                Tensor v = values.rows(from, to).columns(first, end);
                Tensor dOut = gradient.rows(from, to).columns(first, end);
                Tensor a = backend.softmax(
                        backend.multiply(backend.matmul(backend.transpose(q), k), scale)); // [size, size]
                Tensor da = backend.matmul(backend.transpose(dOut), v);
                Tensor ds = backend.multiply(sums.softmax(a, da), scale);
                write(backend, dv, from, to, first, end, rows, backend.matmul(dOut, a));
                write(backend, dq, from, to, first, end, rows, backend.matmulTransposed(k, ds));
                write(backend, dk, from, to, first, end, rows, backend.matmul(q, ds));
            }
        }
        return List.of(dq, dk, dv);
    }

    private static void write(
            Backend backend, Tensor target, int from, int to, int first, int end, int[] rows, Tensor values) {
        backend.writeRows(target.rows(from, to).columns(first, end), rows, values);
    }
}
