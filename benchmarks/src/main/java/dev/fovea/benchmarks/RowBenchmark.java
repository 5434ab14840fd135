package dev.fovea.benchmarks;

import dev.fovea.tensor.Activation;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Times operations that touch every element once or twice: what counts is bytes. */
@State(Scope.Benchmark)
public class RowBenchmark {

    /** Rows x columns: hidden states of ViT-B/32 and the inside of its MLP, for one picture and for 16; ViT-L/14. */
    @Param({"50x768", "800x768", "50x3072", "800x3072", "4112x1024"})
    public String shape;

    private Tensor x;
    private Tensor other;
    private Tensor bias;
    private LayerNorm norm;
    private Weight.Embedding table;
    private int[] ids;

    @Setup(Level.Trial)
    public void prepare(BackendState state) {
        int[] sizes = Inputs.sizes(shape);
        x = state.inputs.tensor(state.backend, sizes[0], sizes[1]);
        other = state.inputs.tensor(state.backend, sizes[0], sizes[1]);
        bias = state.inputs.tensor(state.backend, 1, sizes[1]);
        norm = new LayerNorm(bias, state.inputs.tensor(state.backend, 1, sizes[1]), 1e-5f);
        int entries = 10_000;
        table = state.backend.embeddingWeight(state.inputs.weight(entries, sizes[1]));
        ids = state.inputs.ids(sizes[0], entries);
    }

    @Benchmark
    public void layerNorm(BackendState state, Counts counts) {
        state.run(() -> state.backend.layerNorm(x, norm));
        counts.bytes(2.0 * x.elements() * Float.BYTES);
    }

    @Benchmark
    public void softmax(BackendState state, Counts counts) {
        state.run(() -> state.backend.softmax(x));
        counts.bytes(2.0 * x.elements() * Float.BYTES);
    }

    @Benchmark
    public void gelu(BackendState state, Counts counts) {
        activate(state, counts, Activation.GELU);
    }

    @Benchmark
    public void quickGelu(BackendState state, Counts counts) {
        activate(state, counts, Activation.QUICK_GELU);
    }

    private void activate(BackendState state, Counts counts, Activation activation) {
        state.run(() -> state.backend.activate(x, activation));
        counts.bytes(2.0 * x.elements() * Float.BYTES);
    }

    @Benchmark
    public void add(BackendState state, Counts counts) {
        state.run(() -> state.backend.add(x, other));
        counts.bytes(3.0 * x.elements() * Float.BYTES);
    }

    @Benchmark
    public void embedding(BackendState state, Counts counts) {
        state.run(() -> state.backend.embedding(table, ids));
        counts.bytes(2.0 * x.elements() * Float.BYTES);
    }
}
