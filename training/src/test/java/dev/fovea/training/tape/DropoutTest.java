package dev.fovea.training.tape;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Precision;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.WeightData;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** {@code y = x Wᵀ + s ((m x) Aᵀ) Bᵀ} with factors m of 0 and 1 / (1 - rate), beside the same in 64 bits. */
class DropoutTest {

    private static final int ROWS = 6;
    private static final int INPUTS = 5;
    private static final int OUTPUTS = 4;
    private static final int RANK = 2;
    private static final float SCALE = 1.5f;
    private static final double RATE = 0.4;
    private static final long KEY = 11;

    private static float[] floats(int count, Random random) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    /** Returns {@code left[n, k] right[k, m]} where each is given by a function of its place. */
    private interface Place {
        double at(int row, int column);
    }

    private static double[] product(int rows, int between, int columns, Place left, Place right) {
        double[] product = new double[rows * columns];
        for (int i = 0; i < product.length; i++) {
            for (int k = 0; k < between; k++) {
                product[i] += left.at(i / columns, k) * right.at(k, i % columns);
            }
        }
        return product;
    }

    private static void assertClose(double[] expected, float[] found) {
        assertEquals(expected.length, found.length);
        for (int i = 0; i < found.length; i++) {
            assertEquals(expected[i], found[i], 1e-5, "number " + i);
        }
    }

    @Test
    void resultAndGradients() {
        Random random = new Random(3);
        float[] w = floats(OUTPUTS * INPUTS, random);
        float[] x = floats(ROWS * INPUTS, random);
        float[] dy = floats(ROWS * OUTPUTS, random);
        Parameter a = new Parameter("a", Shape.of(RANK, INPUTS), floats(RANK * INPUTS, random));
        Parameter b = new Parameter("b", Shape.of(OUTPUTS, RANK), floats(OUTPUTS * RANK, random));
        float[] m = new Dropout(RATE, KEY).next(ROWS * INPUTS);
        try (Backend backend = Backends.open("cpu", 2)) {
            Tape tape = new Tape(backend, new Trainables() {
                @Override
                public LowRank adapter(WeightData matrix) {
                    return new LowRank("layer", a, b, SCALE);
                }
            });
            Weight.Linear layer = tape.linearWeight(
                    List.of(WeightData.of("layer.weight", Shape.of(OUTPUTS, INPUTS), w)),
                    List.of(),
                    DType.F32,
                    Precision.F32);
            float[] dropped = tape.dropout(
                    RATE,
                    KEY,
                    () -> tape.record(() -> {
                        Tensor y = tape.linear(tape.tensor(ROWS, INPUTS, x), layer, Fusion.NONE);
                        tape.backward(y, dy);
                        return y.toArray();
                    }));
            float[] again = tape.dropout(
                    RATE,
                    KEY,
                    () -> tape.linear(tape.tensor(ROWS, INPUTS, x), layer, Fusion.NONE)
                            .toArray());
            assertArrayEquals(dropped, again); // where nothing is recorded as well
            float[] plain = tape.linear(tape.tensor(ROWS, INPUTS, x), layer, Fusion.NONE)
                    .toArray();
            assertTrue(!Arrays.equals(plain, dropped));

            Place masked = (row, k) -> (double) m[row * INPUTS + k] * x[row * INPUTS + k];
            double[] h =
                    product(ROWS, INPUTS, RANK, masked, (k, r) -> a.values().get(r * INPUTS + k));
            double[] added = product(
                    ROWS,
                    RANK,
                    OUTPUTS,
                    (i, r) -> h[i * RANK + r],
                    (r, o) -> b.values().get(o * RANK + r));
            double[] y = product(ROWS, INPUTS, OUTPUTS, (i, k) -> x[i * INPUTS + k], (k, o) -> w[o * INPUTS + k]);
            for (int i = 0; i < y.length; i++) {
                y[i] += SCALE * added[i];
            }
            assertClose(y, dropped);
            assertClose(
                    product(OUTPUTS, ROWS, RANK, (o, i) -> SCALE * dy[i * OUTPUTS + o], (i, r) -> h[i * RANK + r]),
                    b.gradient().toArray());
            double[] u = product(
                    ROWS,
                    OUTPUTS,
                    RANK,
                    (i, o) -> SCALE * dy[i * OUTPUTS + o],
                    (o, r) -> b.values().get(o * RANK + r));
            assertClose(
                    product(RANK, ROWS, INPUTS, (r, i) -> u[i * RANK + r], masked),
                    a.gradient().toArray());
        }
    }

    @Test
    void theShareAndTheMeanAreAsAsked() {
        Dropout dropout = new Dropout(0.25, 7);
        float[] first = dropout.next(100_000);
        float[] second = dropout.next(100_000);
        int zeros = 0;
        double sum = 0;
        for (float factor : first) {
            zeros += factor == 0 ? 1 : 0;
            sum += factor;
            assertTrue(factor == 0 || factor == (float) (1 / 0.75));
        }
        assertEquals(0.25, zeros / 1e5, 0.005); // three and a half standard deviations
        assertEquals(1, sum / 1e5, 0.007);
        assertTrue(!Arrays.equals(first, second)); // each layer has its own
        assertArrayEquals(first, new Dropout(0.25, 7).next(100_000));
    }
}
