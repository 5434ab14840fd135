package dev.fovea.kernels.cpu.gradient;

import dev.fovea.kernels.cpu.layout.TileHeights;
import dev.fovea.kernels.cpu.layout.Tiling;
import dev.fovea.kernels.cpu.loops.Kernels;
import dev.fovea.kernels.cpu.memory.Memory;
import dev.fovea.kernels.cpu.memory.Scratch;
import dev.fovea.kernels.cpu.threads.Workers;
import dev.fovea.tensor.AttentionShape;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;

/**
 * Computes the gradients of scaled dot-product attention.
 *
 * <pre>
 * for each sequence and head                     in parallel: one piece of work
 *   Q, K, V, G          their rows, end to end
 *   P  = softmax(scale Q Kᵀ)                     [queries, keys]
 *   dP = G Vᵀ                                    [queries, keys]
 *   dS = scale P (dP - sum of P dP along a row)  in the place of dP
 *   dV += Pᵀ G,  dQ += dS K,  dK += dSᵀ Q
 * </pre>
 *
 * The five products run on the GEMM micro-kernel ({@link Kernels#tile}). P and dP of one sequence and head exist at a
 * time for each thread: 80 KB for 100 tokens, 2.7 MB for 577. Where sequences may share rows, one piece of work is a
 * head with all its sequences, so that sums have one order. Twin: {@code HostGradients.attention}.
 */
public final class AttentionGradients {

    private final Kernels kernels;
    private final TileHeights heights;
    private final Workers workers;

    public AttentionGradients(Kernels kernels, TileHeights heights, Workers workers) {
        this.kernels = kernels;
        this.heights = heights;
        this.workers = workers;
    }

    /**
     * Holds the operands of one call.
     *
     * @param dq zeros; receives the gradient with respect to the queries; so the others
     */
    public record Call(
            Tensor gradient,
            Tensor queries,
            Tensor keys,
            Tensor values,
            Segments querySegments,
            Segments keySegments,
            AttentionShape shape,
            Tensor dq,
            Tensor dk,
            Tensor dv) {

        private int headSize() {
            return queries.columns() / shape.heads();
        }

        private int valueSize() {
            return values.columns() / shape.heads();
        }
    }

    /** Adds the gradients to {@code dq}, {@code dk} and {@code dv}. */
    public void add(Call call) {
        int heads = call.shape.heads();
        int segments = call.querySegments.count();
        if (call.querySegments.isMapped() || call.keySegments.isMapped()) {
            workers.forEach(heads, head -> {
                for (int segment = 0; segment < segments; segment++) {
                    add(call, segment, head);
                }
            });
        } else {
            workers.forEach(segments * heads, piece -> add(call, piece / heads, piece % heads));
        }
    }

    private void add(Call call, int segment, int head) {
        int n = call.querySegments.length(segment);
        int m = call.keySegments.length(segment);
        if (n == 0 || m == 0) {
            return;
        }
        int headSize = call.headSize();
        int valueSize = call.valueSize();
        int scoreWidth = whole(m);
        int resultWidth = Math.max(whole(headSize), whole(valueSize));
        long resultRows = Math.max(n, m) + Tiling.MOST_ROWS;
        long scoreFloats = (long) (n + Tiling.MOST_ROWS) * scoreWidth;
        Places places = new Places(Scratch.floats(
                Scratch.Slot.GRADIENTS,
                (long) (n + m) * (whole(headSize) + whole(valueSize)) + 2 * scoreFloats + resultRows * resultWidth));
        Matrix q = gathered(places, call.queries, call.querySegments, segment, head, headSize);
        Matrix k = gathered(places, call.keys, call.keySegments, segment, head, headSize);
        Matrix v = gathered(places, call.values, call.keySegments, segment, head, valueSize);
        Matrix g = gathered(places, call.gradient, call.querySegments, segment, head, valueSize);
        Matrix p = new Matrix(places.take(scoreFloats), scoreWidth);
        Matrix s = new Matrix(places.take(scoreFloats), scoreWidth);
        Matrix result = new Matrix(places.take(resultRows * resultWidth), resultWidth);
        multiply(rows(q), transposed(k), n, headSize, m, p);
        multiply(rows(g), transposed(v), n, valueSize, m, s);
        for (int query = 0; query < n; query++) {
            weigh(call.shape.scale(), call.shape.visibleKeys(query, n, m), m, p.row(query), s.row(query));
        }
        multiply(columns(p), asRows(g), m, n, valueSize, result);
        scatter(result, call.dv, call.keySegments, segment, head, valueSize);
        multiply(rows(s), asRows(k), n, m, headSize, result);
        scatter(result, call.dq, call.querySegments, segment, head, headSize);
        multiply(columns(s), asRows(q), m, n, headSize, result);
        scatter(result, call.dk, call.keySegments, segment, head, headSize);
    }

    private int whole(int columns) {
        int width = kernels.panelColumns();
        return (columns + width - 1) / width * width;
    }

    /** Hands out parts of a buffer. */
    private static final class Places {
        private long next;

        Places(long start) {
            next = start;
        }

        long take(long floats) {
            long place = next;
            next += floats * Float.BYTES;
            return place;
        }
    }

    /** Rows in memory, {@code width} floats apart. */
    private record Matrix(long address, int width) {
        long stride() {
            return (long) width * Float.BYTES;
        }

        long row(int index) {
            return address + index * stride();
        }
    }

    private Matrix gathered(Places places, Tensor tensor, Segments segments, int segment, int head, int size) {
        int rows = segments.length(segment);
        int width = whole(size);
        Matrix matrix = new Matrix(places.take((long) rows * width), width);
        for (int i = 0; i < rows; i++) {
            Memory.copy(part(tensor, segments, segment, i, head, size), matrix.row(i), size);
        }
        return matrix;
    }

    private void scatter(Matrix result, Tensor sums, Segments segments, int segment, int head, int size) {
        for (int i = 0; i < segments.length(segment); i++) {
            long to = part(sums, segments, segment, i, head, size);
            kernels.add(to, 0, result.row(i), 0, to, 0, 1, size);
        }
    }

    private static long part(Tensor tensor, Segments segments, int segment, int index, int head, int size) {
        return Memory.address(tensor, segments.row(segments.start(segment) + index)) + (long) head * size * Float.BYTES;
    }

    /** Turns a row of scores into weights P, and one of dP into dS. */
    private void weigh(float scoreScale, int seen, int keys, long p, long s) {
        float scale = scoreScale;
        if (scale < 0) {
            kernels.scale(p, scale, 0, p, seen);
            scale = 1;
        }
        if (seen > 0) {
            kernels.exp(p, scale, kernels.max(p, seen), seen);
            kernels.scale(p, 1 / kernels.sum(p, seen), 0, p, seen);
            long along = Scratch.floats(Scratch.Slot.TILE, 1);
            kernels.dots(p, s, 0, 1, seen, along);
            kernels.scale(s, 1, -Memory.get(along), s, seen);
            kernels.multiply(s, p, s, seen);
            kernels.scale(s, scoreScale, 0, s, seen);
        }
        Memory.zero(p + (long) seen * Float.BYTES, keys - seen);
        Memory.zero(s + (long) seen * Float.BYTES, keys - seen);
    }

    // ---- products ----

    /** Packs rows of the left operand for the micro-kernel. */
    private interface Left {
        void pack(int start, int rows, int height, int depth, float[] to);
    }

    /** Packs columns of the right operand as a panel, {@code [depth][panelColumns]}. */
    private interface Right {
        void pack(int start, int count, int depth, long panel);
    }

    private Left rows(Matrix a) {
        return (start, rows, height, depth, to) ->
                kernels.pack(a.row(start), a.stride(), rows, to, start * depth, height, depth, depth);
    }

    private Left columns(Matrix a) {
        return (start, rows, height, depth, to) -> kernels.packColumns(
                a.address + (long) start * Float.BYTES, a.stride(), depth, to, start * depth, height, depth, rows);
    }

    private Right asRows(Matrix b) {
        return (start, count, depth, panel) -> kernels.copy(
                b.address + (long) start * Float.BYTES,
                b.stride(),
                panel,
                (long) kernels.panelColumns() * Float.BYTES,
                depth,
                count);
    }

    private Right transposed(Matrix b) {
        return (start, count, depth, panel) -> kernels.transpose(b.row(start), b.stride(), count, panel, depth);
    }

    /** Computes {@code C[rows, columns] = A[rows, depth] B[depth, columns]}; rows behind the last may be written. */
    private void multiply(Left a, Right b, int rows, int depth, int columns, Matrix c) {
        int width = kernels.panelColumns();
        Tiling tiles = heights.cut(rows, (long) depth * columns);
        float[] packed = Scratch.array(Scratch.Packed.GRADIENTS, tiles.start(tiles.tiles()) * depth);
        for (int tile = 0; tile < tiles.tiles(); tile++) {
            a.pack(tiles.start(tile), tiles.rows(tile), tiles.height(tile), depth, packed);
        }
        long panel = Scratch.floats(Scratch.Slot.GRADIENT_PANEL, (long) width * depth);
        long zeros = Memory.zeros(width);
        for (int column = 0; column < columns; column += width) {
            int count = Math.min(width, columns - column);
            if (count < width) {
                Memory.zero(panel, (long) width * depth);
            }
            b.pack(column, count, depth, panel);
            for (int tile = 0; tile < tiles.tiles(); tile++) {
                int start = tiles.start(tile);
                kernels.tile(
                        tiles.height(tile),
                        packed,
                        start * depth,
                        depth,
                        panel,
                        depth,
                        zeros,
                        c.row(start) + (long) column * Float.BYTES,
                        c.stride(),
                        panel);
            }
        }
    }
}
