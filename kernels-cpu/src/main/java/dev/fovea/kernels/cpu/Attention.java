package dev.fovea.kernels.cpu;

import dev.fovea.tensor.AttentionShape;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;

/**
 * Scaled dot-product attention on the GEMM micro-kernel.
 *
 * <pre>
 * for each sequence, head and block of queries        in parallel: one piece of work
 *   keys   -> panels [key / width][headSize][width]   transposed: a panel of keys is as wide as a tile
 *   values -> panels [value / width][keys][width]
 *   for each tile of queries
 *     scores[tile, keys]  = q kᵀ                      {@link Kernels#tile}, in the second-level cache at most
 *     weights             = softmax(scale * scores)   over the keys that each query sees, packed again
 *     out[tile, values]   = weights v                 {@link Kernels#tile}
 * </pre>
 *
 * A sequence of few queries, as in a decoder's step, would not be worth the packing: its keys and values are read where they lie,
 *
 * <pre>
 * for each query
 *   scores[keys] = q . keys[key]                      {@link Kernels#dots}
 *   weights      = softmax(scale * scores)
 *   out          = sum of weights[key] * values[key]  {@link Kernels#weightedSum}
 * </pre>
 *
 * The scores of one tile of queries exist at a time, never the whole matrix. Queries, keys and values are read where they are (columns
 * of one projection, rows of a window). Twin: {@code ReferenceBackend.attention}.
 */
final class Attention {

    /** Up to so many queries of a sequence are computed one by one. */
    private static final int FEW_QUERIES = 8;

    private final Kernels kernels;
    private final TileHeights heights;
    private final Workers workers;

    Attention(Kernels kernels, TileHeights heights, Workers workers) {
        this.kernels = kernels;
        this.heights = heights;
        this.workers = workers;
    }

    /** The operands of one call. */
    private record Call(
            Tensor queries,
            Tensor keys,
            Tensor values,
            Segments querySegments,
            Segments keySegments,
            AttentionShape shape,
            Tensor out) {
        int headSize() {
            return queries.columns() / shape.heads();
        }

        int valueSize() {
            return values.columns() / shape.heads();
        }
    }

    /** Writes to the rows of {@code out} that belong to sequences. */
    void attend(
            Tensor queries,
            Tensor keys,
            Tensor values,
            Segments querySegments,
            Segments keySegments,
            AttentionShape shape,
            Tensor out) {
        Call call = new Call(queries, keys, values, querySegments, keySegments, shape, out);
        int pairs = querySegments.count() * shape.heads();
        int blocks = blocks(pairs, querySegments.longest());
        workers.forEach(pairs * blocks, piece -> {
            int segment = piece / (shape.heads() * blocks);
            int head = piece / blocks % shape.heads();
            int block = piece % blocks;
            long length = querySegments.length(segment);
            attend(call, segment, head, (int) (length * block / blocks), (int) (length * (block + 1) / blocks));
        });
    }

    /** Queries are cut into blocks only if sequences and heads alone do not keep all threads busy: each block packs the keys anew. */
    private int blocks(int pairs, int longest) {
        int wanted = 2 * workers.threads();
        return pairs == 0 || pairs >= wanted
                ? 1
                : Math.max(1, Math.min((wanted + pairs - 1) / pairs, longest / (4 * Tiling.MOST_ROWS)));
    }

    private void attend(Call call, int segment, int head, int fromQuery, int toQuery) {
        if (fromQuery == toQuery) {
            return;
        }
        if (call.querySegments.length(segment) <= FEW_QUERIES) {
            attendOneByOne(call, segment, head, fromQuery, toQuery);
            return;
        }
        int width = kernels.panelColumns();
        int queryCount = call.querySegments.length(segment);
        int keyCount = call.keySegments.length(segment);
        int seen = call.shape.visibleKeys(toQuery - 1, queryCount, keyCount);
        long keyPanels = packKeys(call, segment, head, seen);
        long valuePanels = packValues(call, segment, head, seen);
        Tiling tiling = heights.cut(toQuery - fromQuery, (long) seen * (call.headSize() + call.valueSize()));
        long scoresStride = (long) roundUp(seen, width) * Float.BYTES;
        long sumsStride = (long) roundUp(call.valueSize(), width) * Float.BYTES;
        long scores = Scratch.floats(Scratch.Slot.SCORES, Tiling.MOST_ROWS * scoresStride / Float.BYTES);
        float[] weights = Scratch.array(Scratch.Packed.WEIGHTS, Tiling.MOST_ROWS * seen);
        long sums = Scratch.floats(Scratch.Slot.TILE, Tiling.MOST_ROWS * sumsStride / Float.BYTES);
        long zeros = Memory.zeros(width);
        for (int tile = 0; tile < tiling.tiles(); tile++) {
            int query = fromQuery + tiling.start(tile);
            int rows = tiling.rows(tile);
            int height = tiling.height(tile);
            int tileSeen = call.shape.visibleKeys(query + rows - 1, queryCount, keyCount);
            score(call, segment, head, query, rows, height, tileSeen, keyPanels, scores, scoresStride);
            Tiling.clearBeyond(rows, height, weights, 0, tileSeen);
            int[] visible = new int[rows];
            for (int r = 0; r < rows; r++) {
                visible[r] = call.shape.visibleKeys(query + r, queryCount, keyCount);
            }
            float[] totals = weigh(call.shape.scale(), visible, tileSeen, scores, scoresStride);
            kernels.pack(scores, scoresStride, rows, weights, 0, height, tileSeen);
            for (int column = 0; column < call.valueSize(); column += width) {
                long panel = valuePanels + (long) column * seen * Float.BYTES;
                long to = sums + (long) column * Float.BYTES;
                kernels.tile(height, weights, 0, panel, tileSeen, zeros, to, sumsStride, panel);
            }
            for (int r = 0; r < rows; r++) {
                int row = call.querySegments.row(call.querySegments.start(segment) + query + r);
                long to = headAddress(call.out, row, head, call.valueSize());
                kernels.scale(sums + r * sumsStride, totals[r] == 0 ? 0 : 1 / totals[r], 0, to, call.valueSize());
            }
        }
    }

    private void attendOneByOne(Call call, int segment, int head, int fromQuery, int toQuery) {
        int keyCount = call.keySegments.length(segment);
        int firstKey = call.keySegments.start(segment);
        long scores = Scratch.floats(Scratch.Slot.SCORES, roundUp(keyCount, kernels.panelColumns()));
        int[] visible = new int[1];
        for (int query = fromQuery; query < toQuery; query++) {
            int row = call.querySegments.row(call.querySegments.start(segment) + query);
            long q = headAddress(call.queries, row, head, call.headSize());
            long out = headAddress(call.out, row, head, call.valueSize());
            int seen = call.shape.visibleKeys(query, call.querySegments.length(segment), keyCount);
            int together = call.keySegments.isMapped() ? 1 : seen;
            for (int key = 0; key < seen; key += together) {
                long from = headAddress(call.keys, call.keySegments.row(firstKey + key), head, call.headSize());
                long to = scores + (long) key * Float.BYTES;
                kernels.dots(q, from, Memory.stride(call.keys), together, call.headSize(), to);
            }
            visible[0] = seen;
            float total = weigh(call.shape.scale(), visible, seen, scores, 0)[0];
            if (seen == 0) {
                Memory.zero(out, call.valueSize());
            }
            for (int key = 0; key < seen; key += together) {
                long from = headAddress(call.values, call.keySegments.row(firstKey + key), head, call.valueSize());
                long weights = scores + (long) key * Float.BYTES;
                kernels.weightedSum(
                        weights, from, Memory.stride(call.values), together, call.valueSize(), key == 0, out);
            }
            kernels.scale(out, total == 0 ? 0 : 1 / total, 0, out, call.valueSize());
        }
    }

    /**
     * Scores to weights that are yet to be divided by their total, which is done to the result: that has fewer numbers. Step by step for
     * all rows, so that the processor can work on several at once.
     *
     * @param visible how many keys each row sees; its weights of the others become 0
     * @return the total of each row
     */
    private float[] weigh(float scoreScale, int[] visible, int seen, long scores, long stride) {
        int rows = visible.length;
        float scale = scoreScale;
        float[] totals = new float[rows];
        if (scale < 0) {
            for (int r = 0; r < rows; r++) {
                kernels.scale(scores + r * stride, scale, 0, scores + r * stride, visible[r]);
            }
            scale = 1;
        }
        for (int r = 0; r < rows; r++) {
            totals[r] = -scale * kernels.max(scores + r * stride, visible[r]);
        }
        for (int r = 0; r < rows; r++) {
            kernels.exp(scores + r * stride, scale, totals[r], visible[r]);
        }
        for (int r = 0; r < rows; r++) {
            long row = scores + r * stride;
            totals[r] = kernels.sum(row, visible[r]);
            Memory.zero(row + (long) visible[r] * Float.BYTES, seen - visible[r]);
        }
        return totals;
    }

    /** Scores of one tile of queries with the keys it sees. */
    private void score(
            Call call,
            int segment,
            int head,
            int query,
            int rows,
            int height,
            int seen,
            long keyPanels,
            long scores,
            long scoresStride) {
        int width = kernels.panelColumns();
        int headSize = call.headSize();
        float[] packed = Scratch.array(Scratch.Packed.QUERIES, Tiling.MOST_ROWS * headSize);
        Tiling.clearBeyond(rows, height, packed, 0, headSize);
        int position = call.querySegments.start(segment) + query;
        int together = call.querySegments.isMapped() ? 1 : rows;
        for (int r = 0; r < rows; r += together) {
            long from = headAddress(call.queries, call.querySegments.row(position + r), head, headSize);
            kernels.pack(from, Memory.stride(call.queries), together, packed, r, height, headSize);
        }
        for (int key = 0; key < seen; key += width) {
            long panel = keyPanels + (long) key * headSize * Float.BYTES;
            long to = scores + (long) key * Float.BYTES;
            kernels.tile(height, packed, 0, panel, headSize, Memory.zeros(width), to, scoresStride, panel);
        }
    }

    /** Columns of the last panel beyond the last key keep what was there: their scores are never looked at. */
    private long packKeys(Call call, int segment, int head, int count) {
        int width = kernels.panelColumns();
        int headSize = call.headSize();
        long panels = Scratch.floats(Scratch.Slot.KEYS, (long) roundUp(count, width) * headSize);
        int together = call.keySegments.isMapped() ? 1 : width;
        for (int key = 0; key < count; key += together) {
            int row = call.keySegments.row(call.keySegments.start(segment) + key);
            long from = headAddress(call.keys, row, head, headSize);
            long to = panels + ((long) (key / width) * headSize * width + key % width) * Float.BYTES;
            kernels.transpose(from, Memory.stride(call.keys), Math.min(together, count - key), to, headSize);
        }
        return panels;
    }

    private long packValues(Call call, int segment, int head, int count) {
        int width = kernels.panelColumns();
        int valueSize = call.valueSize();
        int together = call.keySegments.isMapped() ? 1 : count;
        long panels = Scratch.floats(Scratch.Slot.VALUES, (long) roundUp(valueSize, width) * count);
        for (int column = 0; column < valueSize; column += width) {
            int present = Math.min(width, valueSize - column);
            for (int key = 0; key < count; key += together) {
                int row = call.keySegments.row(call.keySegments.start(segment) + key);
                long from = headAddress(call.values, row, head, valueSize) + (long) column * Float.BYTES;
                long to = panels + ((long) column * count + (long) key * width) * Float.BYTES;
                if (present < width) {
                    Memory.zero(to, (long) together * width);
                }
                kernels.copy(from, Memory.stride(call.values), to, (long) width * Float.BYTES, together, present);
            }
        }
        return panels;
    }

    private static long headAddress(Tensor tensor, int row, int head, int headSize) {
        return Memory.address(tensor, row) + (long) head * headSize * Float.BYTES;
    }

    private static int roundUp(int count, int step) {
        return (count + step - 1) / step * step;
    }
}
