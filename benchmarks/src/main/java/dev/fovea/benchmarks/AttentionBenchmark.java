package dev.fovea.benchmarks;

import dev.fovea.tensor.AttentionShape;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Times self-attention over one fused projection, as CLIP's blocks call it. */
@State(Scope.Benchmark)
public class AttentionBenchmark {

    /**
     * Sequences x tokens x heads x head size: ViT-B/32, ViT-L/14, ViT-L/14 at 336 pixels, texts of 77 and of 7 tokens.
     */
    @Param({"1x50x12x64", "16x50x12x64", "1x257x16x64", "16x257x16x64", "1x577x16x64", "1x77x8x64", "146x7x8x64"})
    public String shape;

    @Param({"NONE", "CAUSAL"})
    public AttentionShape.Mask mask;

    private Tensor queries;
    private Tensor keys;
    private Tensor values;
    private Segments segments;
    private AttentionShape attention;
    private double flops;

    @Setup(Level.Trial)
    public void prepare(BackendState state) {
        int[] sizes = Inputs.sizes(shape);
        int hidden = sizes[2] * sizes[3];
        Tensor fused = state.inputs.tensor(state.backend, sizes[0] * sizes[1], 3 * hidden);
        queries = fused.columns(0, hidden);
        keys = fused.columns(hidden, 2 * hidden);
        values = fused.columns(2 * hidden, 3 * hidden);
        segments = Segments.uniform(sizes[0], sizes[1]);
        attention = new AttentionShape(sizes[2], (float) Math.pow(sizes[3], -0.5), mask);
        double pairs = 0;
        for (int query = 0; query < sizes[1]; query++) {
            pairs += attention.visibleKeys(query, sizes[1], sizes[1]);
        }
        flops = 4 * pairs * sizes[0] * hidden;
    }

    /** Times scores, softmax and weighted sum; the softmax is not counted as work. */
    @Benchmark
    public void attention(BackendState state, Counts counts) {
        state.run(() -> state.backend.attention(queries, keys, values, segments, segments, attention));
        counts.flops(flops);
        counts.bytes(4.0 * queries.elements() * Float.BYTES);
    }
}
