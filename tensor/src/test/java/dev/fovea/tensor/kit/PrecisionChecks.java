package dev.fovea.tensor.kit;

import static dev.fovea.tensor.kit.Trial.EPSILON;

import dev.fovea.tensor.Activation;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Precision;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.numbers.QuantizedMatrix;
import java.util.List;

/** Linear layers in every {@link Precision}: a backend may round its operands as that says, or less. */
final class PrecisionChecks {

    /** Rows, inputs and outputs beyond the blocks that a cache holds. */
    private static final int[][] LARGE_SIZES = {{150, 511, 130}, {700, 40, 33}, {1100, 24, 33}, {5, 3072, 70}};

    private PrecisionChecks() {}

    static List<Check> all() {
        return List.of(
                Check.of("linear", "every precision", PrecisionChecks::linear),
                new Check("linear", "large layers in every precision", 8, PrecisionChecks::large),
                new Check("mlp", "many rows in every precision", 6, PrecisionChecks::mlp));
    }

    /** A linear weight and its bias. */
    private record Layer(WeightData weight, WeightData bias, Precision precision) {

        static Layer drawn(Draw draw, int inputs, int outputs, int exponent, Precision precision) {
            DType dtype = draw.oneOf("dtype", DType.F32, DType.BF16);
            WeightData weight = draw.weight("weight", dtype, exponent, outputs, inputs);
            return new Layer(weight, draw.weight("bias", DType.F32, 0, outputs), precision);
        }

        Layer with(float[] numbers) {
            return new Layer(Draw.weight("weight", weight.dtype(), weight.shape(), numbers), bias, precision);
        }

        Weight.Linear on(Backend backend) {
            return backend.linearWeight(List.of(weight), List.of(bias), null, precision);
        }
    }

    private static void linear(Trial trial) {
        Draw draw = trial.draw;
        linear(trial, draw.rows("rows", 65), draw.size("inputs", 257), draw.size("outputs", 129));
    }

    private static void large(Trial trial) {
        int[] sizes = LARGE_SIZES[trial.draw.between("size", 0, LARGE_SIZES.length - 1)];
        linear(trial, sizes[0], sizes[1], sizes[2]);
    }

    private static void linear(Trial trial, int rows, int inputs, int outputs) {
        Draw draw = trial.draw;
        Precision precision = draw.oneOf("precision", Precision.values());
        boolean normed = draw.chance("norm");
        Matrix x = draw.matrix("x", rows, inputs, normed ? 0 : 8);
        Layer drawn = Layer.drawn(draw, inputs, outputs, normed ? 0 : 8, precision);
        float[] weights = drawn.weight.toFloats();
        switch (draw.oneOf("outliers", "none", "in x", "in W")) {
            case "in x" -> outliers(draw, x.values(), weights, inputs);
            case "in W" -> outliers(draw, weights, x.values(), inputs);
            default -> {}
        }
        Layer layer = drawn.with(weights);
        Norm norm = normed ? Norm.drawn(draw, inputs) : null;
        Activation activation = draw.oneOf("activation", Activation.values());
        Matrix residual = draw.chance("residual") ? draw.matrix("residual", rows, outputs, 0) : null;
        double[] bound = bound(x, layer, norm);
        double curve = activation == Activation.IDENTITY ? 0 : 4 * EPSILON;
        trial.compare(
                backend -> backend.linear(
                        trial.on(backend, x),
                        layer.on(backend),
                        new Fusion(
                                trial.on(backend, norm),
                                activation,
                                residual == null ? null : trial.on(backend, residual))),
                (i, expected) -> 1.13 * bound[i] + 4 * EPSILON * Math.abs(expected) + curve + Float.MIN_NORMAL);
    }

    /**
     * Makes a column of one matrix some hundred times as large as the others, as vision transformers have them, and its
     * group of the other matrix small. So the products of all groups are alike, and whoever has one scale for several
     * groups errs by more than they come to.
     */
    private static void outliers(Draw draw, float[] numbers, float[] others, int columns) {
        int column = draw.between("outlier", 0, columns - 1);
        int group = column / QuantizedMatrix.GROUP;
        for (int i = column; i < numbers.length; i += columns) {
            numbers[i] *= 300;
        }
        for (int i = 0; i < others.length; i++) {
            if (i % columns / QuantizedMatrix.GROUP == group) {
                others[i] *= 1e-3f;
            }
        }
    }

    /**
     * What rounding the operands changes at most, on both sides, and what sums in f32 err by. With {@code s} the half
     * of a step of the integers and {@code X}, {@code W} the largest magnitudes of their groups, {@code (x + s X) (w +
     * s W) - x w = s X w + s x W + s s X W}.
     */
    private static double[] bound(Matrix x, Layer layer, Norm norm) {
        Matrix left = norm == null ? x.magnitudes() : norm.magnitudes(x);
        float[] right = Draw.magnitudes(layer.weight).toFloats();
        boolean integers = layer.precision.isInteger();
        float[] largestLeft = integers ? largest(left.values(), x.columns()) : left.values();
        float[] largestRight = integers ? largest(right, x.columns()) : right;
        double stepLeft = step(layer.precision, layer.precision.largestInput());
        double stepRight = step(layer.precision, layer.precision.largestWeight());
        int outputs = (int) layer.weight.shape().extent(0);
        double roundings = 10 + 4 * Math.sqrt(x.columns());
        double[] bound = new double[x.rows() * outputs];
        for (int row = 0; row < x.rows(); row++) {
            for (int output = 0; output < outputs; output++) {
                double magnitude = Math.abs(layer.bias.get(output));
                double rounded = 0;
                for (int i = 0; i < x.columns(); i++) {
                    double a = left.values()[row * x.columns() + i];
                    double b = right[output * x.columns() + i];
                    double largestA = largestLeft[row * x.columns() + i];
                    double largestB = largestRight[output * x.columns() + i];
                    magnitude += a * b;
                    rounded += stepLeft * largestA * b
                            + stepRight * a * largestB
                            + stepLeft * stepRight * largestA * largestB;
                }
                bound[row * outputs + output] = 2 * rounded + EPSILON * roundings * magnitude;
            }
        }
        return bound;
    }

    /** Half of the distance between two neighbours, with a few roundings of its own. */
    static double step(Precision precision, int most) {
        double half = precision == Precision.F32 ? 0 : precision == Precision.BF16 ? 0x1p-9 : 0.5 / most;
        return 1.001 * half;
    }

    /** Each number replaced by the largest of its group. */
    private static float[] largest(float[] magnitudes, int columns) {
        float[] largest = new float[magnitudes.length];
        for (int from = 0; from < magnitudes.length; ) {
            int rowEnd = (from / columns + 1) * columns;
            int to = Math.min(from + QuantizedMatrix.GROUP, rowEnd);
            float most = 0;
            for (int i = from; i < to; i++) {
                most = Math.max(most, magnitudes[i]);
            }
            for (int i = from; i < to; i++) {
                largest[i] = most;
            }
            from = to;
        }
        return largest;
    }

    /**
     * Both layers rounded: what the first errs by goes through the second, whose rows it may also round to the
     * neighbour.
     */
    private static void mlp(Trial trial) {
        Draw draw = trial.draw;
        int rows = draw.between("rows", 390, 900);
        int inputs = draw.size("inputs", 48);
        int between = draw.size("between", 96);
        int outputs = draw.size("outputs", 48);
        Precision precision = draw.oneOf("precision", Precision.values());
        Matrix x = draw.matrix("x", rows, inputs, 0);
        Layer expand = Layer.drawn(draw, inputs, between, 0, precision);
        Layer reduce = Layer.drawn(draw, between, outputs, 0, precision);
        double[] first = bound(x, expand, null);
        float[] values = trial.reference(backend ->
                backend.linear(trial.on(backend, x), expand.on(backend), Fusion.NONE.withActivation(Activation.RELU)));
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (Math.abs(values[i]) + 1.01 * first[i]);
        }
        Matrix hidden = new Matrix(values, rows, between, Matrix.View.WHOLE, "hidden");
        double[] second = bound(hidden, reduce, null);
        float[] weights = Draw.magnitudes(reduce.weight).toFloats();
        trial.compare(
                backend -> backend.mlp(
                        trial.on(backend, x),
                        expand.on(backend),
                        reduce.on(backend),
                        Fusion.NONE.withActivation(Activation.RELU)),
                (i, expected) -> {
                    double carried = 0;
                    for (int j = 0; j < between; j++) {
                        carried += first[i / outputs * between + j] * weights[i % outputs * between + j];
                    }
                    return carried + second[i] + 4 * EPSILON * Math.abs(expected) + Float.MIN_NORMAL;
                });
    }
}
