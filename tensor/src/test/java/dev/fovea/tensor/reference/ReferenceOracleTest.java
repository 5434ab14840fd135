package dev.fovea.tensor.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.Activation;
import dev.fovea.tensor.AttentionShape;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.observe.RecordingBackend;
import dev.fovea.tensor.reference.OracleFile.Case;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * The reference backend beside numbers that are not Fovea's: functions, softmax and layer norm worked out with 60
 * digits, convolutions, pooling and attention by PyTorch in f64 ({@code oracle/operation_cases.py}). All other backends
 * are measured by the reference; this is what the reference is measured by.
 */
class ReferenceOracleTest {

    private final Backend backend = new ReferenceBackend();

    /** The reference computes in double precision and rounds once: nothing but the last bit may differ. */
    private static void assertRounded(String what, double[] expected, float[] found, double slack) {
        assertEquals(expected.length, found.length, what);
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], found[i], Math.ulp((float) expected[i]) + slack, what + ", element " + i);
        }
    }

    @Test
    void activations() {
        Case file = OracleFile.read("activations.json");
        float[] x = file.floats("x");
        Map<String, Activation> names = Map.of(
                "relu", Activation.RELU,
                "sigmoid", Activation.SIGMOID,
                "tanh", Activation.TANH,
                "gelu", Activation.GELU,
                "gelu_tanh", Activation.GELU_TANH,
                "quick_gelu", Activation.QUICK_GELU,
                "silu", Activation.SILU);
        Tensor input = backend.tensor(1, x.length, x);
        names.forEach((name, activation) -> {
            double[] expected = file.numbers(name);
            float[] found = backend.activate(input, activation).toArray();
            for (int i = 0; i < x.length; i++) {
                // Left of -5 the exact value is the difference of two nearly equal doubles times x.
                double tolerance = Math.ulp((float) expected[i]) + 1e-15 * Math.abs(x[i]);
                assertEquals(expected[i], found[i], tolerance, name + " of " + x[i]);
            }
        });
    }

    @Test
    void softmax() {
        List<Case> cases = OracleFile.cases("activations.json", "softmax");
        for (Case each : cases) {
            float[] x = each.floats("input");
            float[] found = backend.softmax(backend.tensor(1, x.length, x)).toArray();
            assertRounded(each.name(), each.numbers("output"), found, 0);
        }
        assertEquals(6, cases.size());
    }

    @Test
    void layerNorm() {
        List<Case> cases = OracleFile.cases("activations.json", "layer_norm");
        for (Case each : cases) {
            float[] x = each.floats("input");
            LayerNorm norm = new LayerNorm(
                    backend.tensor(1, x.length, each.floats("weight")),
                    backend.tensor(1, x.length, each.floats("bias")),
                    (float) each.number("epsilon"));
            float[] found =
                    backend.layerNorm(backend.tensor(1, x.length, x), norm).toArray();
            // The file's epsilon is 1e-5, ours the nearest float: 3e-8 of it, and the scale errs by half of that.
            double[] expected = each.numbers("output");
            double largest = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
            assertRounded(each.name(), expected, found, 4e-8 * largest);
        }
        assertEquals(6, cases.size());
    }

    /** Sums of products of multiples of 1/16 are exact: so must the result be. */
    @Test
    void convolutions() {
        int tried = 0;
        for (Case each : OracleFile.cases("convolutions.json", "conv2d")) {
            int[] kernel = each.integers("kernel");
            int[] stride = each.integers("stride");
            int[] padding = each.integers("padding");
            if (stride[0] != stride[1] || padding[0] != padding[1]) {
                continue; // no model steps or pads unequally
            }
            int inputs = each.integer("in_channels");
            int outputs = each.integer("out_channels");
            int groups = each.integer("groups");
            Grid grid = new Grid(each.integer("images"), each.integer("height"), each.integer("width"));
            ConvolutionShape shape =
                    new ConvolutionShape(inputs, outputs, kernel[0], kernel[1], stride[0], padding[0], groups);
            Weight.Convolution weight = backend.convolutionWeight(
                    WeightData.of(
                            "kernel", Shape.of(outputs, inputs / groups, kernel[0], kernel[1]), each.floats("weight")),
                    each.has("bias") ? WeightData.of("bias", Shape.of(outputs), each.floats("bias")) : null,
                    shape);
            assertEquals(
                    new Grid(grid.images(), each.integer("out_height"), each.integer("out_width")),
                    shape.output(grid),
                    each.name());
            Tensor found = backend.convolution(
                    backend.tensor(grid.rows(), inputs, each.floats("input")), grid, weight, Activation.IDENTITY);
            assertArrayEquals(each.floats("output"), found.toArray(), each.name());
            tried++;
        }
        assertEquals(13, tried);
    }

    @Test
    void averagePools() {
        int tried = 0;
        for (Case each : OracleFile.cases("convolutions.json", "average_pool")) {
            int[] kernel = each.integers("kernel");
            int[] stride = each.integers("stride");
            if (kernel[0] != kernel[1] || stride[0] != stride[1]) {
                continue; // windows are square
            }
            Grid grid = new Grid(each.integer("images"), each.integer("height"), each.integer("width"));
            Tensor found = backend.averagePool(
                    backend.tensor(grid.rows(), each.integer("channels"), each.floats("input")),
                    grid,
                    kernel[0],
                    stride[0]);
            assertRounded(each.name(), each.numbers("output"), found.toArray(), 0);
            tried++;
        }
        assertEquals(4, tried);
    }

    @Test
    void attention() {
        List<Case> cases = OracleFile.cases("attention.json", "attention");
        for (Case each : cases) {
            int heads = each.integer("heads");
            int width = heads * each.integer("head_dim");
            Segments queries = Segments.ofLengths(each.integers("query_lengths"));
            Segments keys = Segments.ofLengths(each.integers("key_lengths"));
            AttentionShape shape = new AttentionShape(
                    heads,
                    (float) each.number("scale"),
                    each.flag("causal") ? AttentionShape.Mask.CAUSAL : AttentionShape.Mask.NONE);
            RecordingBackend recorder = new RecordingBackend(backend);
            float[] v = each.floats("values");
            Tensor found = recorder.attention(
                    recorder.tensor(queries.totalLength(), width, each.floats("queries")),
                    recorder.tensor(keys.totalLength(), width, each.floats("keys")),
                    recorder.tensor(keys.totalLength(), v.length / keys.totalLength(), v),
                    queries,
                    keys,
                    shape);
            // The scale is rounded to f32; scores of some 50 then err by 3e-6.
            assertRounded(each.name(), each.numbers("output"), found.toArray(), 3e-6);
            List<?> maps = (List<?>) each.fields().get("probabilities");
            for (int sequence = 0; sequence < maps.size(); sequence++) {
                String name = "attention.probabilities[" + sequence + "]";
                assertRounded(
                        each.name() + ", " + name,
                        OracleFile.numbers(maps.get(sequence)),
                        recorder.recordings().get(name).values(),
                        3e-6);
            }
            assertTrue(maps.size() > 0);
        }
        assertEquals(5, cases.size());
    }
}
