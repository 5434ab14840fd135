package dev.fovea.training.tape;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fovea.tensor.Activation;
import dev.fovea.tensor.AttentionShape;
import dev.fovea.tensor.AttentionShape.Mask;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.reference.ReferenceBackend;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Every operation beside differences: with {@code L = sum of y r}, the gradient of L along a direction v must be
 * {@code (L(p + h v) - L(p - h v)) / 2h}. Results are rounded to f32, so this finds terms that are missing or in the
 * wrong place; how exact they are is for the recorded models to say.
 */
class TapeOperationsTest {

    private static final double STEP = 4e-3;
    private static final Grid GRID = new Grid(2, 5, 4);

    /** What is computed of some parameters. */
    interface Operation {
        Tensor of(Parts parts);
    }

    /** Parameters of one operation, by name, and the tape that they are on. */
    private static final class Parts implements Trainables {

        private final Random random = new Random(3);
        private final Map<String, Parameter> parameters = new LinkedHashMap<>();
        private final Map<String, Object> made = new LinkedHashMap<>();
        private final Tape tape = new Tape(new ReferenceBackend(), this);

        @Override
        public Parameter parameter(WeightData weight) {
            return parameters.computeIfAbsent(weight.name(), name -> Parameter.of(weight));
        }

        private WeightData drawn(String name, long... extents) {
            float[] values = new float[(int) Shape.of(extents).elements()];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) random.nextGaussian();
            }
            return WeightData.of(name, Shape.of(extents), values);
        }

        Tensor tensor(String name, int rows, int columns) {
            return (Tensor) made.computeIfAbsent(name, key -> tape.constant(drawn(name, rows, columns)));
        }

        LayerNorm norm(String name, int columns) {
            return new LayerNorm(tensor(name + ".weight", 1, columns), tensor(name + ".bias", 1, columns), 1e-5f);
        }

        Weight.Linear linear(String name, int inputs, int outputs) {
            return (Weight.Linear) made.computeIfAbsent(
                    name,
                    key -> tape.linearWeight(
                            List.of(drawn(name + ".a", outputs - 2, inputs), drawn(name + ".b", 2, inputs)),
                            List.of(drawn(name + ".a.bias", outputs - 2), drawn(name + ".b.bias", 2)),
                            null));
        }

        Weight.Convolution convolution(String name, ConvolutionShape shape) {
            return (Weight.Convolution) made.computeIfAbsent(
                    name,
                    key -> tape.convolutionWeight(
                            drawn(
                                    name,
                                    shape.outputChannels(),
                                    shape.channelsPerGroup(),
                                    shape.kernelHeight(),
                                    shape.kernelWidth()),
                            drawn(name + ".bias", shape.outputChannels()),
                            shape));
        }
    }

    private static final Map<String, Operation> OPERATIONS = new LinkedHashMap<>();

    private static void add(String name, Operation operation) {
        OPERATIONS.put(name, operation);
    }

    static {
        add("matmul", p -> p.tape.matmul(p.tensor("a", 3, 4), p.tensor("b", 4, 5)));
        add("matmulTransposed", p -> p.tape.matmulTransposed(p.tensor("a", 3, 4), p.tensor("b", 5, 4)));
        add("a matrix with itself", p -> p.tape.matmulTransposed(p.tensor("a", 3, 4), p.tensor("a", 3, 4)));
        add("linear with all that is fused", p -> {
            Fusion fusion = new Fusion(p.norm("norm", 6), Activation.TANH, p.tensor("residual", 4, 5));
            return p.tape.linear(p.tensor("x", 4, 6), p.linear("w", 6, 5), fusion);
        });
        add("linear whose residual is its input", p -> {
            Tensor x = p.tensor("x", 4, 6);
            return p.tape.linear(x, p.linear("w", 6, 6), Fusion.NONE.withResidual(x));
        });
        add("mlp", p -> {
            Tensor x = p.tensor("x", 4, 6);
            Fusion fusion = new Fusion(p.norm("norm", 6), Activation.QUICK_GELU, x);
            return p.tape.mlp(x, p.linear("expand", 6, 9), p.linear("reduce", 9, 6), fusion);
        });
        for (Activation activation : Activation.values()) {
            add("activate " + activation, p -> p.tape.activate(p.tensor("x", 5, 7), activation));
        }
        add("layerNorm", p -> p.tape.layerNorm(p.tensor("x", 5, 7), p.norm("norm", 7)));
        add("softmax", p -> p.tape.softmax(p.tensor("x", 5, 7)));
        add("l2Normalize", p -> p.tape.l2Normalize(p.tensor("x", 5, 7)));
        add("add", p -> p.tape.add(p.tensor("a", 6, 4), p.tensor("b", 6, 4)));
        add("add rows that repeat", p -> p.tape.add(p.tensor("a", 6, 4), p.tensor("b", 3, 4)));
        add("add a column that repeats", p -> p.tape.add(p.tensor("a", 6, 4), p.tensor("b", 2, 1)));
        add("multiply", p -> p.tape.multiply(p.tensor("a", 6, 4), p.tensor("b", 6, 4)));
        add("multiply by rows that repeat", p -> p.tape.multiply(p.tensor("a", 6, 4), p.tensor("b", 2, 4)));
        add("multiply by a column", p -> p.tape.multiply(p.tensor("a", 6, 4), p.tensor("b", 6, 1)));
        add("multiply by itself", p -> p.tape.multiply(p.tensor("a", 6, 4), p.tensor("a", 6, 4)));
        add("attention of columns of one projection", p -> {
            Tensor fused = p.tensor("fused", 9, 24);
            Segments segments = Segments.ofLengths(4, 0, 5);
            return p.tape.attention(
                    fused.columns(0, 8),
                    fused.columns(8, 16),
                    fused.columns(16, 24),
                    segments,
                    segments,
                    new AttentionShape(2, 0.4f, Mask.CAUSAL));
        });
        add("attention of several readers to the same rows", p -> {
            Segments queries = Segments.mapped(new int[] {0, 2, 4}, new int[] {3, 1, 0, 2});
            Segments keys = Segments.mapped(new int[] {0, 3, 6}, new int[] {0, 1, 4, 4, 2, 1});
            return p.tape.attention(
                    p.tensor("q", 5, 6),
                    p.tensor("k", 5, 6),
                    p.tensor("v", 5, 4),
                    queries,
                    keys,
                    new AttentionShape(2, 0.5f, Mask.NONE));
        });
        add("channelAttention", p -> {
            Tensor fused = p.tensor("fused", 8, 18);
            return p.tape.channelAttention(
                    fused.columns(0, 6), fused.columns(6, 12), fused.columns(12, 18), Segments.ofLengths(3, 5), 2);
        });
        add(
                "embedding",
                p -> p.tape.embedding(
                        (Weight.Embedding)
                                p.made.computeIfAbsent("table", key -> p.tape.embeddingWeight(p.drawn("table", 6, 4))),
                        new int[] {2, 5, 2, 0}));
        add("gatherRows", p -> p.tape.gatherRows(p.tensor("x", 6, 4), new int[] {2, 5, 2, 0}));
        add("concatRows of views and repetitions", p -> {
            Tensor x = p.tensor("x", 6, 4);
            return p.tape.concatRows(List.of(x.rows(1, 3), x, x.everyRow(3), x.rows(2, 4)));
        });
        add("columns that overlap", p -> {
            Tensor x = p.tape.activate(p.tensor("x", 5, 6), Activation.TANH);
            Tensor sum = p.tape.add(x.columns(0, 3), x.columns(3, 6));
            return p.tape.multiply(sum, p.tape.add(x.columns(1, 4), x.columns(2, 5)));
        });
        add("a view of another shape", p -> {
            Tensor x = p.tape.activate(p.tensor("x", 4, 6), Activation.TANH);
            return p.tape.multiply(x.reshape(8, 3), p.tape.softmax(x.reshape(8, 3)));
        });
        add("writeRows", p -> {
            Tensor target = p.tape.preallocate(5, 3);
            p.tape.writeRows(target, new int[] {4, 0}, p.tensor("a", 2, 3));
            p.tape.writeRows(target.columns(1, 3), new int[] {0, 2}, p.tensor("b", 2, 2));
            return p.tape.multiply(p.tape.activate(target, Activation.TANH), p.tape.add(target, p.tensor("c", 5, 3)));
        });
        add(
                "meanRows",
                p -> p.tape.meanRows(
                        p.tensor("x", 6, 4), Segments.mapped(new int[] {0, 3, 3, 6}, new int[] {0, 2, 5, 2, 2, 1})));
        add("convolution, stride 2", p -> convolution(p, new ConvolutionShape(4, 6, 3, 3, 2, 1, 1)));
        add("convolution, groups", p -> convolution(p, new ConvolutionShape(4, 6, 2, 2, 1, 0, 2)));
        add("convolution, depthwise", p -> convolution(p, new ConvolutionShape(4, 4, 3, 3, 1, 1, 4)));
        add("convolution with a shortcut", p -> {
            ConvolutionShape shape = new ConvolutionShape(4, 4, 3, 3, 1, 1, 1);
            Tensor x = p.tensor("x", GRID.rows(), 4);
            return p.tape.convolution(x, GRID, p.convolution("kernel", shape), x, Activation.SILU);
        });
        add("averagePool", p -> p.tape.averagePool(p.tensor("x", GRID.rows(), 4), GRID, 2, 2));
        add("averagePool, windows overlap", p -> p.tape.averagePool(p.tensor("x", GRID.rows(), 4), GRID, 3, 1));
        add("maxPool", p -> p.tape.maxPool(p.tensor("x", GRID.rows(), 4), GRID, 3, 2, 1));
    }

    private static Tensor convolution(Parts p, ConvolutionShape shape) {
        return p.tape.convolution(
                p.tensor("x", GRID.rows(), 4), GRID, p.convolution("kernel", shape), Activation.SIGMOID);
    }

    @TestFactory
    Stream<DynamicTest> everyOperation() {
        return OPERATIONS.entrySet().stream()
                .map(entry -> DynamicTest.dynamicTest(entry.getKey(), () -> compare(entry.getValue())));
    }

    private static void compare(Operation operation) {
        Parts parts = new Parts();
        float[] weights = weights((int) operation.of(parts).elements());
        parts.tape.record(() -> {
            Tensor y = operation.of(parts);
            parts.tape.backward(y, weights);
            return null;
        });
        for (Parameter parameter : parts.parameters.values()) {
            float[] start = parameter.values().toArray();
            Random random = new Random(11);
            double along = 0;
            double length = 0;
            double[] direction = new double[start.length];
            for (int i = 0; i < start.length; i++) {
                direction[i] = random.nextGaussian() / Math.sqrt(start.length);
                along += direction[i] * parameter.gradient().get(i);
                length = Math.hypot(length, parameter.gradient().get(i));
            }
            double after = moved(parts, operation, weights, parameter, start, direction, STEP);
            double before = moved(parts, operation, weights, parameter, start, direction, -STEP);
            parameter.values().write(start);
            parts.tape.refresh();
            assertEquals((after - before) / (2 * STEP), along, 2e-3 * (1 + length), parameter.name());
        }
    }

    private static double moved(
            Parts parts,
            Operation operation,
            float[] weights,
            Parameter parameter,
            float[] start,
            double[] direction,
            double step) {
        for (int i = 0; i < start.length; i++) {
            parameter.values().set(i, (float) (start[i] + step * direction[i]));
        }
        parts.tape.refresh();
        float[] y = operation.of(parts).toArray();
        double sum = 0;
        for (int i = 0; i < y.length; i++) {
            sum += (double) y[i] * weights[i];
        }
        return sum;
    }

    private static float[] weights(int count) {
        Random random = new Random(7);
        float[] weights = new float[count];
        for (int i = 0; i < count; i++) {
            weights[i] = (float) random.nextGaussian();
        }
        return weights;
    }

    @Test
    void whatLiesBelowTheLowestTrainedTensorIsNotWrittenDown() {
        Parts parts = new Parts();
        Backend tape = parts.tape;
        parts.tape.record(() -> {
            Tensor frozen = tape.activate(tape.tensor(1, 2, new float[] {1, 2}), Activation.TANH);
            return assertThrows(IllegalArgumentException.class, () -> parts.tape.backward(frozen, new float[] {1, 1}));
        });
    }

    @Test
    void whatTheWayBackReadsIsNotWrittenOver() {
        Parts parts = new Parts();
        Tape tape = parts.tape;
        Tensor x = parts.tensor("x", 1, 3);
        tape.record(() -> {
            Tensor target = tape.preallocate(2, 3);
            tape.writeRows(target, new int[] {0}, x);
            tape.softmax(target);
            return assertThrows(IllegalStateException.class, () -> tape.writeRows(target, new int[] {1}, x));
        });
    }

    @Test
    void onlyWhatTheWayBackReadsStaysInMemory() {
        Parts parts = new Parts();
        Tape tape = parts.tape;
        Tensor x = parts.tensor("x", 2, 3);
        tape.record(() -> {
            List<Tensor> made = new ArrayList<>();
            Tensor y = tape.scoped("block", () -> {
                Tensor shifted = tape.add(x, tape.tensor(1, 1, new float[] {2})); //  read by the activation's way back
                Tensor activated = tape.activate(shifted, Activation.GELU); //        read by none
                Tensor sum =
                        tape.add(activated, x); //                               read by the softmax's? only its result
                made.addAll(List.of(shifted, activated, sum));
                return tape.softmax(sum);
            });
            made.getFirst().toArray();
            assertThrows(IllegalStateException.class, () -> made.get(1).toArray());
            assertThrows(IllegalStateException.class, () -> made.get(2).toArray());
            tape.backward(y, new float[] {1, 2, 3, 4, 5, 6});
            assertThrows(IllegalStateException.class, () -> made.getFirst().toArray());
            return null;
        });
    }

    @Test
    void aRecordingGoesBackOnce() {
        Parts parts = new Parts();
        Tensor x = parts.tensor("x", 1, 2);
        float[] ones = {1, 1};
        assertThrows(IllegalStateException.class, () -> parts.tape.backward(x, ones));
        parts.tape.record(() -> {
            Tensor y = parts.tape.softmax(x);
            parts.tape.backward(y, ones);
            return assertThrows(IllegalStateException.class, () -> parts.tape.backward(y, ones));
        });
    }

    @Test
    void oneRecordingAtATime() {
        Tape tape = new Parts().tape;
        tape.record(() -> assertThrows(IllegalStateException.class, () -> tape.record(() -> null)));
    }

    @Test
    void theFirstOperationWhoseResultIsNotFiniteIsNamed() {
        Parts parts = new Parts();
        Tape tape = parts.tape;
        Tensor x = parts.tensor("x", 2, 3);
        String name = tape.firstNotFinite(() -> tape.scoped("encoder", () -> {
            Tensor y = tape.scoped("layers.1", () -> tape.multiply(x, tape.tensor(1, 1, new float[] {Float.NaN})));
            return tape.softmax(y);
        }));
        assertEquals("encoder.layers.1.multiply", name);
    }
}
