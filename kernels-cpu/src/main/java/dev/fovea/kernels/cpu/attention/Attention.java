package dev.fovea.kernels.cpu.attention;

import dev.fovea.kernels.cpu.attention.HeadProducts.Head;
import dev.fovea.kernels.cpu.layout.TileHeights;
import dev.fovea.kernels.cpu.layout.Tiling;
import dev.fovea.kernels.cpu.loops.Kernels;
import dev.fovea.kernels.cpu.machine.AttentionKernels;
import dev.fovea.kernels.cpu.memory.Memory;
import dev.fovea.kernels.cpu.memory.Scratch;
import dev.fovea.kernels.cpu.threads.Workers;
import dev.fovea.tensor.AttentionShape;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.numbers.Sizes;

/**
 * Computes scaled dot-product attention.
 *
 * <pre>
 * for each sequence, head and block of queries        in parallel: one piece of work
 *   for each panel of queries, as many as a tile is wide
 *     scores[keys, width]   = k qᵀ            {@link HeadProducts.Head#scores}, in the second-level cache at most
 *     weights               = e^(scale (scores - largest of the column))      {@link Kernels#expColumns}
 *     out                   = weightsᵀ v / totals   {@link HeadProducts.Head#mix}, a row for each query
 * </pre>
 *
 * Scores are transposed, with a query in each lane: the largest score and the total of a query then need no sum across
 * lanes. The products are computed in machine code ({@link MachineHeads}) where there is some as wide as the kernels'
 * panels, and on the GEMM micro-kernel ({@link TiledHeads}) elsewhere.
 *
 * <p>A sequence of few queries, as in a decoder's step, is not worth the preparation. Its keys and values are read in
 * place:
 *
 * <pre>
 * for each query
 *   scores[keys] = q . keys[key]                      {@link Kernels#dots}
 *   weights      = softmax(scale * scores)
 *   out          = sum of weights[key] * values[key]  {@link Kernels#weightedSum}
 * </pre>
 *
 * Only the scores of one panel of queries exist at a time, never the whole matrix. Twin: {@code
 * ReferenceBackend.attention}.
 */
public final class Attention {

    /** Sequences with at most this many queries are computed query by query. */
    private static final int FEW_QUERIES = 8;

    private final Kernels kernels;
    private final HeadProducts products;
    private final Workers workers;

    public Attention(Kernels kernels, TileHeights heights, Workers workers) {
        this.kernels = kernels;
        this.workers = workers;
        AttentionKernels machine = AttentionKernels.of(kernels.panelColumns());
        products = machine != null ? new MachineHeads(kernels, machine) : new TiledHeads(kernels, heights);
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
        AttentionCall call = new AttentionCall(queries, keys, values, querySegments, keySegments, shape, out);
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

    private void attend(AttentionCall call, int segment, int head, int fromQuery, int toQuery) {
        if (fromQuery == toQuery) {
            return;
        }
        if (call.querySegments().length(segment) <= FEW_QUERIES) {
            attendOneByOne(call, segment, head, fromQuery, toQuery);
            return;
        }
        int width = kernels.panelColumns();
        int seen = call.visibleKeys(segment, toQuery - 1);
        Head products = this.products.head(call, segment, head, seen, toQuery - fromQuery);
        int scoreFloats = Sizes.product("attention: scores of a panel", products.scoreRows(), width);
        long scores = Scratch.floats(Scratch.Slot.SCORES, scoreFloats);
        long totals = Scratch.floats(Scratch.Slot.SUMS, width);
        for (int query = fromQuery; query < toQuery; query += width) {
            int rows = Math.min(width, toQuery - query);
            int panelSeen = call.visibleKeys(segment, query + rows - 1);
            if (panelSeen == 0) {
                for (int r = 0; r < rows; r++) {
                    Memory.zero(call.result(call.queryRow(segment, query + r), head), call.valueSize());
                }
                continue;
            }
            products.scores(query, rows, panelSeen, scores);
            weigh(call, segment, query, rows, panelSeen, scores, totals);
            for (int r = 0; r < rows; r++) {
                long at = totals + (long) r * Float.BYTES;
                float total = Memory.get(at);
                Memory.set(at, total == 0 || call.visibleKeys(segment, query + r) == 0 ? 0 : 1 / total);
            }
            products.mix(query, rows, panelSeen, scores, totals);
        }
    }

    /**
     * Turns the scores of a panel of queries into weights. They are not divided by their totals yet: the result is,
     * since it has fewer elements.
     */
    private void weigh(AttentionCall call, int segment, int query, int rows, int seen, long scores, long totals) {
        int width = kernels.panelColumns();
        float scale = call.shape().scale();
        if (scale <= 0) {
            kernels.scale(scores, scale, 0, scores, seen * width);
            scale = 1;
        }
        for (int r = 0; r < rows; r++) {
            for (int key = call.visibleKeys(segment, query + r); key < seen; key++) {
                Memory.set(scores + ((long) key * width + r) * Float.BYTES, -Float.MAX_VALUE);
            }
        }
        kernels.expColumns(scores, seen, scale, totals);
    }

    private void attendOneByOne(AttentionCall call, int segment, int head, int fromQuery, int toQuery) {
        int keyCount = call.keySegments().length(segment);
        long scores = Scratch.floats(Scratch.Slot.SCORES, roundUp(keyCount, kernels.panelColumns()));
        for (int query = fromQuery; query < toQuery; query++) {
            int row = call.queryRow(segment, query);
            long q = call.query(row, head);
            long out = call.result(row, head);
            int seen = call.visibleKeys(segment, query);
            int together = call.keySegments().isMapped() ? 1 : seen;
            for (int key = 0; key < seen; key += together) {
                long from = call.key(call.keyRow(segment, key), head);
                long to = scores + (long) key * Float.BYTES;
                kernels.dots(q, from, Memory.stride(call.keys()), together, call.headSize(), to);
            }
            float total = weigh(call.shape().scale(), seen, scores);
            if (seen == 0) {
                Memory.zero(out, call.valueSize());
            }
            for (int key = 0; key < seen; key += together) {
                long from = call.value(call.keyRow(segment, key), head);
                long weights = scores + (long) key * Float.BYTES;
                kernels.weightedSum(
                        weights, from, Memory.stride(call.values()), together, call.valueSize(), key == 0, out);
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
        kernels.exp(scores, scale, kernels.max(scores, seen), seen);
        return kernels.sum(scores, seen);
    }

    private static int roundUp(int count, int step) {
        return (count + step - 1) / step * step;
    }
}
