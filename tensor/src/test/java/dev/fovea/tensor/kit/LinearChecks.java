package dev.fovea.tensor.kit;

import static dev.fovea.tensor.kit.Trial.EPSILON;

import dev.fovea.tensor.Activation;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.WeightData;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Linear layers in all their fusions and storages, and the two products of tensors. */
final class LinearChecks {

    /** Multiplications of one case; keeps the reference's share of the kit's time small. */
    private static final long MOST_PRODUCTS = 1_500_000;

    /** Rows, inputs and outputs beyond the blocks that a cache holds, one by one and together. */
    private static final int[][] LARGE_SIZES = {
        {150, 511, 130},
        {150, 768, 130},
        {700, 40, 33},
        {1100, 24, 33},
        {5, 3072, 70},
        {3, 65, 2100},
        {197, 64, 197},
        {1, 3072, 600},
        {3, 1600, 600}
    };

    private LinearChecks() {}

    static List<Check> all() {
        return List.of(
                Check.of("linear", "product and bias", trial -> linear(trial, Kind.PLAIN)),
                Check.of("linear", "every fusion", trial -> linear(trial, Kind.FUSED)),
                Check.of("linear", "every storage", trial -> linear(trial, Kind.STORED)),
                Check.of("linear", "weights side by side", trial -> linear(trial, Kind.CONCATENATED)),
                Check.of("linear", "weights that changed", LinearChecks::changed),
                new Check("linear", "single rows", 2, trial -> linear(trial, Kind.SINGLE_ROW)),
                new Check("linear", "layers as large as a model's", 12, trial -> linear(trial, Kind.LARGE)),
                Check.of("linear", "NaN stays in its row", LinearChecks::notANumber),
                Check.of("linear", "a weight that is no number", LinearChecks::weightThatIsNoNumber),
                new Check("mlp", "few rows", 2, trial -> mlp(trial, trial.draw.rows("rows", 65), 96)),
                new Check("mlp", "many rows", 6, trial -> mlp(trial, trial.draw.between("rows", 390, 900), 48)),
                Check.of("matmul", "random matrices", LinearChecks::matmul),
                Check.of("matmulTransposed", "random matrices", LinearChecks::matmulTransposed));
    }

    private enum Kind {
        PLAIN,
        FUSED,
        STORED,
        CONCATENATED,
        SINGLE_ROW,
        LARGE
    }

    /** The parts of one linear weight. */
    private record Layer(List<WeightData> weights, List<WeightData> biases, DType storage) {
        Weight.Linear on(Backend backend) {
            return backend.linearWeight(weights, biases, storage);
        }

        Layer magnitudes() {
            return new Layer(
                    weights.stream().map(Draw::magnitudes).toList(),
                    biases.stream().map(Draw::magnitudes).toList(),
                    storage);
        }
    }

    private static void linear(Trial trial, Kind kind) {
        Draw draw = trial.draw;
        int[] large = LARGE_SIZES[draw.between("size", 0, LARGE_SIZES.length - 1)];
        int rows = kind == Kind.SINGLE_ROW ? 1 : kind == Kind.LARGE ? large[0] : draw.rows("rows", 129);
        int inputs = kind == Kind.LARGE ? large[1] : draw.size("inputs", 257);
        int outputs = kind == Kind.LARGE ? large[2] : 0;
        int parts = kind == Kind.CONCATENATED ? draw.between("parts", 2, 4) : 1;
        Layer layer = layer(draw, kind, parts, inputs, outputs);
        outputs = layer.weights.stream()
                .mapToInt(part -> (int) part.shape().extent(0))
                .sum();
        if (kind != Kind.LARGE) {
            rows = (int) Math.min(rows, MOST_PRODUCTS / ((long) inputs * outputs));
        }
        // Huge sums and ordinary residuals together would leave nothing of the residual to see.
        Matrix x = draw.matrix("x", rows, inputs, kind == Kind.FUSED ? 0 : 14);
        boolean fused = kind == Kind.FUSED || kind == Kind.LARGE;
        float centre = kind == Kind.FUSED ? draw.oneOf("centre", 0f, 0f, 100f) : 0;
        for (int i = 0; i < x.values().length && centre != 0; i++) {
            x.values()[i] += centre;
        }
        Activation activation = fused ? draw.oneOf("activation", Activation.values()) : Activation.IDENTITY;
        Norm norm = fused && draw.chance("norm") ? Norm.drawn(draw, inputs) : null;
        Matrix residual = fused && draw.chance("residual") ? draw.matrix("residual", rows, outputs, 0) : null;
        trial.compare(
                backend -> backend.linear(
                        trial.on(backend, x),
                        layer.on(backend),
                        new Fusion(
                                trial.on(backend, norm),
                                activation,
                                residual == null ? null : trial.on(backend, residual))),
                bound(trial, x, layer, norm, activation));
    }

    private static Layer layer(Draw draw, Kind kind, int parts, int inputs, int fixedOutputs) {
        DType dtype = kind == Kind.STORED || kind == Kind.LARGE
                ? draw.oneOf("dtype", DType.F32, DType.F16, DType.BF16)
                : DType.F32;
        DType storage = kind == Kind.PLAIN || kind == Kind.FUSED
                ? null
                : draw.oneOf("storage", null, DType.F32, DType.F16, DType.BF16, DType.I8);
        // Beyond 65504 there is no f16; tiny ones may well round to zero.
        int exponent = kind == Kind.FUSED ? 0 : dtype == DType.F16 || storage == DType.F16 ? 3 : 14;
        boolean biased = draw.chance("bias");
        List<WeightData> weights = new ArrayList<>();
        List<WeightData> biases = new ArrayList<>();
        for (int part = 0; part < parts; part++) {
            int outputs = fixedOutputs > 0 ? fixedOutputs : draw.size("outputs", parts > 1 ? 96 : 257);
            weights.add(draw.weight("weight" + part, dtype, exponent, outputs, inputs));
            if (biased) {
                biases.add(draw.weight("bias" + part, dtype, 0, outputs));
            }
        }
        return new Layer(weights, biases, storage);
    }

    /**
     * A sum of n products in f32, in whatever order, errs by about {@code sqrt(n)} roundings of the sum of the
     * magnitudes of its terms; four times that never happens by chance. Weights in fewer bits are widened exactly, so
     * they change nothing: both sides have the same numbers. No activation is steeper than 1.13, and each adds a few
     * roundings of its own. Products under the smallest normal number may be lost altogether.
     */
    private static Trial.Bound bound(Trial trial, Matrix x, Layer layer, Norm norm, Activation activation) {
        Matrix left = norm == null ? x.magnitudes() : norm.magnitudes(x);
        Layer right = layer.magnitudes();
        float[] magnitudes =
                trial.reference(backend -> backend.linear(trial.on(backend, left), right.on(backend), Fusion.NONE));
        double roundings = 8 + 4 * Math.sqrt(x.columns());
        double lost = (double) Float.MIN_NORMAL * (x.columns() + 1);
        double curve = activation == Activation.IDENTITY || activation == Activation.RELU ? 0 : 4 * EPSILON;
        return (i, expected) ->
                1.13 * EPSILON * roundings * magnitudes[i] + 4 * EPSILON * Math.abs(expected) + curve + lost;
    }

    /** A backend may write into the memory of the weights before, whose numbers must then be gone. */
    private static void changed(Trial trial) {
        Draw draw = trial.draw;
        int inputs = draw.size("inputs", 257);
        int outputs = draw.size("outputs", 129);
        Layer before = layer(draw, inputs, outputs, draw.oneOf("storage", null, DType.F32, DType.BF16));
        DType dtype = draw.oneOf("dtype", DType.F32, DType.F16);
        Layer after = new Layer(
                List.of(draw.weight("changed", dtype, 0, outputs, inputs)),
                before.biases.stream()
                        .map(bias -> draw.weight("changed bias", DType.F32, 0, outputs))
                        .toList(),
                DType.F32);
        Matrix x = draw.matrix("x", draw.size("rows", 33), inputs, 0);
        trial.compare(
                backend -> backend.linear(
                        trial.on(backend, x),
                        backend.updatedWeight(before.on(backend), after.weights, after.biases),
                        Fusion.NONE),
                bound(trial, x, after, null, Activation.IDENTITY));
    }

    private static void mlp(Trial trial, int rows, int largest) {
        Draw draw = trial.draw;
        int inputs = draw.size("inputs", largest);
        int between = draw.size("between", 2 * largest);
        int outputs = draw.size("outputs", largest);
        DType storage = draw.oneOf("storage", null, DType.F32, DType.F16, DType.BF16, DType.I8);
        Layer expand = layer(draw, inputs, between, storage);
        Layer reduce = layer(draw, between, outputs, storage);
        Matrix x = draw.matrix("x", rows, inputs, 0);
        Activation activation = draw.oneOf("activation", Activation.values());
        Norm norm = draw.chance("norm") ? Norm.drawn(draw, inputs) : null;
        Matrix residual = draw.chance("residual") ? draw.matrix("residual", rows, outputs, 0) : null;
        trial.compare(
                backend -> backend.mlp(
                        trial.on(backend, x),
                        expand.on(backend),
                        reduce.on(backend),
                        new Fusion(
                                trial.on(backend, norm),
                                activation,
                                residual == null ? null : trial.on(backend, residual))),
                bound(trial, norm == null ? x.magnitudes() : norm.magnitudes(x), expand, reduce));
    }

    private static Layer layer(Draw draw, int inputs, int outputs, DType storage) {
        WeightData weight = draw.weight("weight" + outputs, DType.F32, 0, outputs, inputs);
        return new Layer(
                List.of(weight),
                draw.chance("bias") ? List.of(draw.weight("bias" + outputs, DType.F32, 0, outputs)) : List.of(),
                storage);
    }

    /** Roundings of both sums as in {@link #bound}; no activation is farther from zero than its argument or one. */
    private static Trial.Bound bound(Trial trial, Matrix x, Layer expand, Layer reduce) {
        int between = (int) reduce.weights.getFirst().shape().extent(1);
        float[] ones = new float[x.rows() * between];
        Arrays.fill(ones, 1);
        float[] magnitudes = trial.reference(backend -> backend.linear(
                backend.linear(
                        trial.on(backend, x),
                        expand.magnitudes().on(backend),
                        Fusion.NONE.withResidual(backend.tensor(x.rows(), between, ones))),
                reduce.magnitudes().on(backend),
                Fusion.NONE));
        double roundings = 20 + 5 * Math.sqrt(x.columns()) + 4 * Math.sqrt(between);
        return (i, expected) ->
                EPSILON * roundings * magnitudes[i] + 4 * EPSILON * Math.abs(expected) + Float.MIN_NORMAL;
    }

    private static void notANumber(Trial trial) {
        Draw draw = trial.draw;
        int rows = 1 + draw.size("rows", 33);
        int inputs = draw.size("inputs", 65);
        int outputs = draw.size("outputs", 65);
        Matrix x = draw.matrix("x", rows, inputs, 0);
        int place = draw.between("place", 0, rows * inputs - 1);
        x.values()[place] = draw.oneOf("value", Float.NaN, Float.POSITIVE_INFINITY);
        // Positive weights: infinity then stays infinity whatever the order of the sum.
        Layer layer =
                new Layer(List.of(draw.weight("weight", DType.F32, 0, outputs, inputs)), List.of(), null).magnitudes();
        for (float weight : layer.weights.getFirst().toFloats()) {
            if (weight == 0) {
                return; // infinity times zero
            }
        }
        Matrix magnitudes = x.magnitudes();
        float[] sums = trial.reference(
                backend -> backend.linear(trial.on(backend, magnitudes), layer.on(backend), Fusion.NONE));
        trial.compare(
                backend -> backend.linear(trial.on(backend, x), layer.on(backend), Fusion.NONE),
                (i, expected) -> EPSILON * (8 + 4 * Math.sqrt(inputs)) * sums[i] + Float.MIN_NORMAL);
    }

    /** It stays in its output; an infinity does so because all else is positive. */
    private static void weightThatIsNoNumber(Trial trial) {
        Draw draw = trial.draw;
        int rows = 1 + draw.size("rows", 17);
        int inputs = draw.size("inputs", 200);
        int outputs = 1 + draw.size("outputs", 65);
        DType dtype = draw.oneOf("dtype", DType.F32, DType.F16, DType.BF16);
        float[] numbers = new float[outputs * inputs];
        Arrays.fill(numbers, 0.5f);
        float[] ones = new float[rows * inputs];
        Arrays.fill(ones, 1);
        int place = draw.between("place", 0, numbers.length - 1);
        numbers[place] = draw.oneOf("value", Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY);
        WeightData weight = Draw.weight("weight", dtype, Shape.of(outputs, inputs), numbers);
        trial.compare(
                backend -> backend.linear(
                        backend.tensor(rows, inputs, ones),
                        backend.linearWeight(List.of(weight), List.of(), null),
                        Fusion.NONE),
                (i, expected) -> 0);
    }

    private static void matmul(Trial trial) {
        Draw draw = trial.draw;
        int inner = draw.rows("inner", 129);
        Matrix a = draw.matrix("a", draw.rows("rows", 65), inner, 14);
        Matrix b = draw.matrix("b", inner, draw.rows("columns", 129), 14);
        float[] magnitudes = trial.reference(
                backend -> backend.matmul(trial.on(backend, a.magnitudes()), trial.on(backend, b.magnitudes())));
        trial.compare(backend -> backend.matmul(trial.on(backend, a), trial.on(backend, b)), sum(magnitudes, inner));
    }

    private static void matmulTransposed(Trial trial) {
        Draw draw = trial.draw;
        int inner = draw.rows("inner", 257);
        Matrix a = draw.matrix("a", draw.rows("rows", 65), inner, 14);
        Matrix b = draw.matrix("b", draw.rows("columns", 65), inner, 14);
        float[] magnitudes = trial.reference(backend ->
                backend.matmulTransposed(trial.on(backend, a.magnitudes()), trial.on(backend, b.magnitudes())));
        trial.compare(
                backend -> backend.matmulTransposed(trial.on(backend, a), trial.on(backend, b)),
                sum(magnitudes, inner));
    }

    /** Returns the bound of a sum of {@code terms} terms with the given sums of magnitudes; see {@link #bound}. */
    static Trial.Bound sum(float[] magnitudes, int terms) {
        return (i, expected) ->
                EPSILON * (8 + 4 * Math.sqrt(terms)) * magnitudes[i] + (double) Float.MIN_NORMAL * (terms + 1);
    }
}
