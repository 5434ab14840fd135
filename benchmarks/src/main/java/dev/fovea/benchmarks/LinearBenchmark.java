package dev.fovea.benchmarks;

import dev.fovea.tensor.Activation;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Precision;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * Times the linear layers of CLIP: projections to queries, keys and values, to the output, and the two of the MLP.
 * Their rows are those of a ViT-B/32 picture (50) and of 16, a ViT-L/14 picture (257) and of 16, and a text of 77
 * tokens. Layers of 1 to 8 rows are timed too, where reading the weights takes the time.
 */
@State(Scope.Benchmark)
public class LinearBenchmark {

    /** Rows x outputs x inputs. */
    @Param({
        "50x2304x768", "50x768x768", "50x3072x768", "50x768x3072",
        "800x2304x768", "800x768x768", "800x3072x768", "800x768x3072",
        "257x3072x1024", "257x1024x1024", "257x4096x1024", "257x1024x4096",
        "4112x3072x1024", "4112x1024x1024", "4112x4096x1024", "4112x1024x4096",
        "77x1536x512", "77x512x512", "77x2048x512", "77x512x2048",
        "1x3072x768", "2x3072x768", "4x3072x768", "8x3072x768"
    })
    public String shape;

    /** How the weights are stored. */
    @Param({"F32", "F16", "BF16", "I8"})
    public DType storage;

    /** How finely operands are multiplied; in what is not f32 the storage follows. */
    @Param("F32")
    public Precision precision;

    private Tensor x;
    private Tensor residual;
    private Weight.Linear weight;

    @Setup(Level.Trial)
    public void prepare(BackendState state) {
        int[] sizes = Inputs.sizes(shape);
        x = state.inputs.tensor(state.backend, sizes[0], sizes[2]);
        residual = state.inputs.tensor(state.backend, sizes[0], sizes[1]);
        weight = state.backend.linearWeight(
                List.of(state.inputs.weight(sizes[1], sizes[2])),
                List.of(state.inputs.weight(sizes[1])),
                storage,
                precision);
    }

    /** Times product and bias. */
    @Benchmark
    public void linear(BackendState state, Counts counts) {
        run(state, counts, Fusion.NONE);
    }

    /** Times product and bias with CLIP's activation, as the first layer of an MLP. */
    @Benchmark
    public void linearQuickGelu(BackendState state, Counts counts) {
        run(state, counts, Fusion.NONE.withActivation(Activation.QUICK_GELU));
    }

    /** Times product and bias with a residual, as the second layer of an MLP. */
    @Benchmark
    public void linearResidual(BackendState state, Counts counts) {
        run(state, counts, Fusion.NONE.withResidual(residual));
    }

    private void run(BackendState state, Counts counts, Fusion fusion) {
        state.run(() -> state.backend.linear(x, weight, fusion));
        counts.flops(2.0 * x.rows() * weight.outputs() * weight.inputs());
        double activations =
                (double) x.elements() + Shape.of(x.rows(), weight.outputs()).elements();
        counts.bytes(weight.bytes() + activations * Float.BYTES);
    }
}
