package dev.fovea.benchmarks;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.WeightData;
import java.util.Random;

/** Makes random numbers of the size that activations and weights have; the same at every run. */
final class Inputs {

    private final Random random = new Random(7);

    /** Returns normally distributed numbers. */
    float[] floats(int count, double deviation) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (deviation * random.nextGaussian());
        }
        return values;
    }

    /** Returns an activation {@code [rows, columns]}. */
    Tensor tensor(Backend backend, int rows, int columns) {
        return backend.tensor(rows, columns, floats(Math.multiplyExact(rows, columns), 1));
    }

    /** Returns a weight whose products with activations have about the size of an activation. */
    WeightData weight(long... extents) {
        Shape shape = Shape.of(extents);
        double inputs = (double) shape.elements() / extents[0];
        return WeightData.of(
                "weight", shape, floats(Math.toIntExact(shape.elements()), 1 / Math.sqrt(Math.max(1, inputs))));
    }

    /** Returns numbers from 0 to {@code bound - 1}. */
    int[] ids(int count, int bound) {
        return random.ints(count, 0, bound).toArray();
    }

    /** Reads the numbers in a text such as {@code 50x2304x768}. */
    static int[] sizes(String text) {
        String[] parts = text.split("x");
        int[] sizes = new int[parts.length];
        for (int i = 0; i < parts.length; i++) {
            sizes[i] = Integer.parseInt(parts[i]);
        }
        return sizes;
    }
}
