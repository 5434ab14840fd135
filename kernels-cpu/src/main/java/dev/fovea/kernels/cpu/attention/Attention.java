package dev.fovea.kernels.cpu.attention;

import dev.fovea.kernels.cpu.layout.PackedTile;
import dev.fovea.kernels.cpu.layout.TileHeights;
import dev.fovea.kernels.cpu.layout.Tiling;
import dev.fovea.kernels.cpu.loops.Kernels;
import dev.fovea.kernels.cpu.memory.Memory;
import dev.fovea.kernels.cpu.memory.Scratch;
import dev.fovea.kernels.cpu.threads.Workers;
import dev.fovea.tensor.AttentionShape;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Sizes;
import dev.fovea.tensor.Tensor;

/**
 * Computes scaled dot-product attention on the GEMM micro-kernel.
 *
 * <pre>
 * for each sequence, head and block of queries        in parallel: one piece of work
 *   keys   -> tiles [keys / height][headSize][height]
 *   values -> tiles [valueSize / height][keys][height]
 *   for each panel of queries, as many as a tile is wide
 *     queries              -> [headSize][width]
 *     scores[keys, width]   = k qᵀ                     {@link Kernels#tile}, in the second-level cache at most
 *     weights               = e^(scale (scores - largest of the column))      {@link Kernels#expColumns}
 *     sums[values, width]   = vᵀ weights               {@link Kernels#tile}
 *     out                   = sums / totals, a row for each query
 * </pre>
 *
 * All matrices are transposed, with a query in each lane: the largest score and the total of a query then need no sum
 * across lanes, and the weights come out as the panel that the second product reads.
 *
 * <p>A sequence of few queries, as in a decoder's step, is not worth the packing. Its keys and values are read in
 * place:
 *
 * <pre>
 * for each query
 *   scores[keys] = q . keys[key]                      {@link Kernels#dots}
 *   weights      = softmax(scale * scores)
 *   out          = sum of weights[key] * values[key]  {@link Kernels#weightedSum}
 * </pre>
 *
 * Only the scores of one panel of queries exist at a time, never the whole matrix. Queries, keys and values are read in
 * place (columns of one projection, rows of a window). Twin: {@code ReferenceBackend.attention}.
 */
public final class Attention {

    /** Sequences with at most this many queries are computed query by query. */
    private static final int FEW_QUERIES = 8;

    /**
     * Elements of a column of sums that are read at a time, so that a cache line is still cached when the next query's
     * column is read.
     */
    private static final int COLUMN = 64;

    private final Kernels kernels;
    private final TileHeights heights;
    private final Workers workers;

    public Attention(Kernels kernels, TileHeights heights, Workers workers) {
        this.kernels = kernels;
        this.heights = heights;
        this.workers = workers;
    }

    /** Holds the operands of one call. */
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
    public void attend(
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

    /**
     * Returns the number of blocks that queries are cut into. Each block packs the keys anew, so there is more than one
     * only if sequences and heads alone do not keep all threads busy.
     */
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
        Tiling keyTiles = heights.cut(seen, (long) (toQuery - fromQuery) * (call.headSize() + call.valueSize()));
        Tiling valueTiles = heights.cut(call.valueSize(), 0);
        float[] keys = packKeys(call, segment, head, keyTiles);
        float[] values = packValues(call, segment, head, seen, valueTiles);
        int scoreFloats = Sizes.product("attention: scores of a panel", keyTiles.start(keyTiles.tiles()), width);
        long scores = Scratch.floats(Scratch.Slot.SCORES, scoreFloats);
        long sums = Scratch.floats(Scratch.Slot.TILE, (long) valueTiles.start(valueTiles.tiles()) * width);
        for (int query = fromQuery; query < toQuery; query += width) {
            int rows = Math.min(width, toQuery - query);
            int panelSeen = call.shape.visibleKeys(query + rows - 1, queryCount, keyCount);
            long queries = packQueries(call, segment, head, query, rows);
            multiply(keyTiles, panelSeen, keys, call.headSize(), queries, call.headSize(), scores);
            weigh(call, query, rows, queryCount, keyCount, panelSeen, scores);
            multiply(valueTiles, call.valueSize(), values, seen, scores, panelSeen, sums);
            for (int from = 0; from < call.valueSize(); from += COLUMN) {
                for (int r = 0; r < rows; r++) {
                    int row = call.querySegments.row(call.querySegments.start(segment) + query + r);
                    boolean blind = call.shape.visibleKeys(query + r, queryCount, keyCount) == 0;
                    long column = sums + ((long) from * width + r) * Float.BYTES;
                    divide(call, row, head, from, column, blind ? 0 : total(r));
                }
            }
        }
    }

    /**
     * Multiplies some rows of A with one panel.
     *
     * @param rows of the tiles, those that are wanted
     * @param a tiles of a depth that is at least the one in use
     * @param c {@code [rows][width]}
     */
    private void multiply(Tiling tiles, int rows, float[] a, int depthOfTile, long panel, int depth, long c) {
        long rowBytes = (long) kernels.panelColumns() * Float.BYTES;
        long zeros = Memory.zeros(kernels.panelColumns());
        for (int tile = 0; tile < tiles.tiles() && tiles.start(tile) < rows; tile++) {
            int start = tiles.start(tile);
            long to = c + start * rowBytes;
            int height = tiles.height(tile);
            kernels.tile(height, a, start * depthOfTile, depthOfTile, panel, depth, zeros, to, rowBytes, panel);
        }
    }

    /**
     * Turns the scores of a panel of queries into weights. They are not divided by their totals yet: the result is,
     * since it has fewer elements.
     */
    private void weigh(Call call, int query, int rows, int queryCount, int keyCount, int seen, long scores) {
        int width = kernels.panelColumns();
        float scale = call.shape.scale();
        if (scale <= 0) {
            kernels.scale(scores, scale, 0, scores, seen * width);
            scale = 1;
        }
        for (int r = 0; r < rows; r++) {
            for (int key = call.shape.visibleKeys(query + r, queryCount, keyCount); key < seen; key++) {
                Memory.set(scores + ((long) key * width + r) * Float.BYTES, -Float.MAX_VALUE);
            }
        }
        kernels.expColumns(scores, seen, scale, totals());
    }

    private long totals() {
        return Scratch.floats(Scratch.Slot.SUMS, kernels.panelColumns());
    }

    private float total(int column) {
        return Memory.get(totals() + (long) column * Float.BYTES);
    }

    /**
     * Divides a part of a column of sums by its total and stores it as a row of the result; zeros for a query that saw
     * nothing.
     */
    private void divide(Call call, int row, int head, int from, long sums, float total) {
        int count = Math.min(COLUMN, call.valueSize() - from);
        long to = headAddress(call.out, row, head, call.valueSize()) + (long) from * Float.BYTES;
        if (total == 0) {
            Memory.zero(to, count);
            return;
        }
        kernels.column(sums, 1 / total, to, count);
    }

    private void attendOneByOne(Call call, int segment, int head, int fromQuery, int toQuery) {
        int keyCount = call.keySegments.length(segment);
        int firstKey = call.keySegments.start(segment);
        long scores = Scratch.floats(Scratch.Slot.SCORES, roundUp(keyCount, kernels.panelColumns()));
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
            float total = weigh(call.shape.scale(), seen, scores);
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

    /** Turns the scores of one query into weights and returns their total. */
    private float weigh(float scoreScale, int seen, long scores) {
        float scale = scoreScale;
        if (scale < 0) {
            kernels.scale(scores, scale, 0, scores, seen);
            scale = 1;
        }
        kernels.exp(scores, scale, -scale * kernels.max(scores, seen), seen);
        return kernels.sum(scores, seen);
    }

    /** Returns how many rows lie one below the other from a position of the batch on, at most {@code most}. */
    private static int together(Segments segments, int position, int most) {
        if (!segments.isMapped()) {
            return most;
        }
        int count = 1;
        while (count < most && segments.row(position + count) == segments.row(position) + count) {
            count++;
        }
        return count;
    }

    /** Packs the keys of a tile. Rows that do not lie one below the other are copied together first. */
    private float[] packKeys(Call call, int segment, int head, Tiling tiles) {
        int headSize = call.headSize();
        int first = call.keySegments.start(segment);
        int floats = Sizes.product("attention: keys of a sequence", tiles.start(tiles.tiles()), headSize);
        float[] packed = Scratch.array(Scratch.Packed.KEYS, floats);
        for (int tile = 0; tile < tiles.tiles(); tile++) {
            int start = tiles.start(tile);
            int rows = tiles.rows(tile);
            int to = start * headSize;
            if (together(call.keySegments, first + start, rows) == rows) {
                long from = headAddress(call.keys, call.keySegments.row(first + start), head, headSize);
                kernels.pack(from, Memory.stride(call.keys), rows, packed, to, tiles.height(tile), headSize, headSize);
                continue;
            }
            long rowBytes = (long) headSize * Float.BYTES;
            long gathered = Scratch.floats(Scratch.Slot.TILE, (long) rows * headSize);
            for (int row = 0; row < rows; row++) {
                long from = headAddress(call.keys, call.keySegments.row(first + start + row), head, headSize);
                Memory.copy(from, gathered + row * rowBytes, headSize);
            }
            kernels.pack(gathered, rowBytes, rows, packed, to, tiles.height(tile), headSize, headSize);
        }
        return packed;
    }

    /** Packs the values of a tile; a value's row already has the elements of a tile side by side. */
    private float[] packValues(Call call, int segment, int head, int seen, Tiling tiles) {
        int first = call.keySegments.start(segment);
        int floats = Sizes.product("attention: values of a sequence", tiles.start(tiles.tiles()), seen);
        float[] packed = Scratch.array(Scratch.Packed.VALUES, floats);
        for (int tile = 0; tile < tiles.tiles(); tile++) {
            int start = tiles.start(tile);
            int rows = tiles.rows(tile);
            int height = tiles.height(tile);
            for (int key = 0, count; key < seen; key += count) {
                count = together(call.keySegments, first + key, seen - key);
                long from = headAddress(call.values, call.keySegments.row(first + key), head, call.valueSize());
                kernels.packColumns(
                        from + (long) start * Float.BYTES,
                        Memory.stride(call.values),
                        count,
                        packed,
                        start * seen + PackedTile.place(height, key),
                        height,
                        seen,
                        rows);
            }
        }
        return packed;
    }

    private long packQueries(Call call, int segment, int head, int query, int rows) {
        int width = kernels.panelColumns();
        int headSize = call.headSize();
        int first = call.querySegments.start(segment) + query;
        long panel = Scratch.floats(Scratch.Slot.QUERIES, (long) width * headSize);
        if (rows < width) {
            Memory.zero(panel, (long) width * headSize);
        }
        for (int r = 0, count; r < rows; r += count) {
            count = together(call.querySegments, first + r, rows - r);
            long from = headAddress(call.queries, call.querySegments.row(first + r), head, headSize);
            kernels.transpose(from, Memory.stride(call.queries), count, panel + (long) r * Float.BYTES, headSize);
        }
        return panel;
    }

    private static long headAddress(Tensor tensor, int row, int head, int headSize) {
        return Memory.address(tensor, row) + (long) head * headSize * Float.BYTES;
    }

    private static int roundUp(int count, int step) {
        return (count + step - 1) / step * step;
    }
}
