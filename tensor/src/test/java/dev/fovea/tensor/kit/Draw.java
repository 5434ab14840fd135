package dev.fovea.tensor.kit;

import dev.fovea.tensor.DType;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.numbers.HalfFloats;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.StringJoiner;

/** Draws the sizes and numbers of one random case, and remembers what it drew so that a failure can say it. */
final class Draw {

    /** Around the widths of vectors, tiles and groups, and what models really have; small ones are likelier. */
    private static final int[] SIZES = {
        1, 1, 2, 3, 4, 5, 6, 7, 8, 10, 13, 15, 16, 17, 24, 31, 32, 33, 40, 50, 63, 64, 65, 77, 80, 96, 127, 128, 129,
        257
    };

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble DOUBLE =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Random random;
    private final StringJoiner story = new StringJoiner(", ");

    Draw(long seed) {
        // Neighbouring seeds of Random begin with nearly the same numbers; those of SplittableRandom do not.
        random = new Random(new SplittableRandom(seed).nextLong());
    }

    /** A seed for a case of its own. */
    long seed() {
        return random.nextLong();
    }

    /** What was drawn, in the order it was. */
    String story() {
        return story.toString();
    }

    private <T> T noted(String name, T value) {
        story.add(name + "=" + value);
        return value;
    }

    /** A size of 1 to {@code largest}, often odd. */
    int size(String name, int largest) {
        int end = 1;
        while (end < SIZES.length && SIZES[end] <= largest) {
            end++;
        }
        return noted(name, SIZES[random.nextInt(end)]);
    }

    /** A number of rows of 0 to {@code largest}; 0 now and then. */
    int rows(String name, int largest) {
        return random.nextInt(16) == 0 ? noted(name, 0) : size(name, largest);
    }

    /** From {@code from} to {@code to}, both included. */
    int between(String name, int from, int to) {
        return noted(name, from + random.nextInt(to - from + 1));
    }

    @SafeVarargs
    final <T> T oneOf(String name, T... choices) {
        return noted(name, choices[random.nextInt(choices.length)]);
    }

    boolean chance(String name) {
        return noted(name, random.nextBoolean());
    }

    /** Numbers around 0 with a deviation of 1, a few exact zeros among them. */
    float[] ordinary(int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = random.nextInt(24) == 0 ? 0f : (float) random.nextGaussian();
        }
        return values;
    }

    /**
     * A matrix, seen as a view with other data around it in two cases of three. In one case of three each row has a
     * magnitude of its own.
     *
     * @param exponent rows reach from {@code 10^-exponent} to {@code 10^exponent}
     */
    Matrix matrix(String name, int rows, int columns, int exponent) {
        float[] values = ordinary(rows * columns);
        boolean wide = exponent > 0 && random.nextInt(3) == 0;
        if (wide) {
            scaleRows(values, rows, columns, exponent);
        }
        return noted(name, new Matrix(values, rows, columns, view(), wide ? "rows of 1e±" + exponent : "ordinary"));
    }

    /** A matrix of given numbers, seen as a view in two cases of three. */
    Matrix matrix(String name, int rows, int columns, float[] values, String what) {
        return noted(name, new Matrix(values, rows, columns, view(), what));
    }

    private void scaleRows(float[] values, int rows, int columns, int exponent) {
        for (int row = 0; row < rows; row++) {
            double magnitude = Math.pow(10, (random.nextDouble() * 2 - 1) * exponent);
            for (int column = 0; column < columns; column++) {
                values[row * columns + column] *= (float) magnitude;
            }
        }
    }

    private Matrix.View view() {
        if (random.nextInt(3) == 0) {
            return Matrix.View.WHOLE;
        }
        boolean columns = random.nextBoolean();
        boolean rows = random.nextBoolean();
        return new Matrix.View(
                rows ? random.nextInt(4) : 0,
                rows ? random.nextInt(4) : 0,
                random.nextInt(3) == 0 ? 1 + random.nextInt(4) : 1,
                columns ? random.nextInt(20) : 0,
                columns ? random.nextInt(20) : 0);
    }

    /**
     * A weight of a checkpoint, its bytes at an odd address.
     *
     * @param exponent rows reach from {@code 10^-exponent} to {@code 10^exponent} in one case of three
     */
    WeightData weight(String name, DType dtype, int exponent, long... extents) {
        Shape shape = Shape.of(extents);
        int columns = (int) shape.extent(-1);
        float[] values = ordinary((int) shape.elements());
        if (columns > 0 && exponent > 0 && random.nextInt(3) == 0) {
            scaleRows(values, values.length / columns, columns, exponent);
        }
        noted(name, dtype + " " + shape);
        return weight(name, dtype, shape, values);
    }

    /** A weight of given numbers, rounded to its dtype. */
    static WeightData weight(String name, DType dtype, Shape shape, float[] values) {
        MemorySegment data = MemorySegment.ofArray(new byte[values.length * dtype.bytes() + 1])
                .asSlice(1);
        for (int i = 0; i < values.length; i++) {
            switch (dtype) {
                case F32 -> data.setAtIndex(FLOAT, i, values[i]);
                case F64 -> data.setAtIndex(DOUBLE, i, values[i]);
                case F16 -> data.setAtIndex(SHORT, i, Float.floatToFloat16(values[i]));
                case BF16 -> data.setAtIndex(SHORT, i, HalfFloats.floatToBfloat16(values[i]));
                default -> throw new IllegalArgumentException("no weight of " + dtype);
            }
        }
        return new WeightData(name, dtype, shape, data, "kit");
    }

    /** A weight of the magnitudes of another: what bounds are made of. */
    static WeightData magnitudes(WeightData weight) {
        float[] values = weight.toFloats();
        for (int i = 0; i < values.length; i++) {
            values[i] = Math.abs(values[i]);
        }
        return weight(weight.name(), weight.dtype(), weight.shape(), values);
    }

    /** Row numbers of 0 to {@code rows - 1}, repeated and out of order. */
    int[] rowNumbers(String name, int count, int rows) {
        int[] numbers = new int[count];
        Arrays.setAll(numbers, i -> random.nextInt(rows));
        noted(name, count + " of " + rows);
        return numbers;
    }

    /** Lengths of sequences, some of them empty now and then. */
    int[] lengths(String name, int count, int longest) {
        int[] lengths = new int[count];
        Arrays.setAll(lengths, i -> random.nextInt(8) == 0 ? 0 : 1 + random.nextInt(longest));
        noted(name, Arrays.toString(lengths));
        return lengths;
    }

    /**
     * Sequences in the rows 0 to {@code rows - 1} in any order, no row twice; {@code rows} may exceed what is needed.
     */
    Segments scattered(int[] lengths, int rows) {
        int[] order = new int[rows];
        Arrays.setAll(order, i -> i);
        for (int i = rows - 1; i > 0; i--) {
            int other = random.nextInt(i + 1);
            int swapped = order[i];
            order[i] = order[other];
            order[other] = swapped;
        }
        int[] offsets = offsets(lengths);
        return Segments.mapped(offsets, Arrays.copyOf(order, offsets[lengths.length]));
    }

    /** Sequences whose rows are drawn one by one from 0 to {@code rows - 1}, so that many share some. */
    Segments shared(int[] lengths, int rows) {
        int[] offsets = offsets(lengths);
        int[] numbers = new int[offsets[lengths.length]];
        Arrays.setAll(numbers, i -> random.nextInt(rows));
        return Segments.mapped(offsets, numbers);
    }

    private static int[] offsets(int[] lengths) {
        int[] offsets = new int[lengths.length + 1];
        for (int i = 0; i < lengths.length; i++) {
            offsets[i + 1] = offsets[i] + lengths[i];
        }
        return offsets;
    }
}
