package dev.fovea.tensor.kit;

import static dev.fovea.tensor.kit.Trial.EPSILON;
import static dev.fovea.tensor.kit.Trial.EXACT;

import dev.fovea.tensor.Activation;
import java.util.List;

/** Element-wise operations: activations, sums and products with repetition. */
final class ElementChecks {

    /** Not numbers, both zeros, where the exponential leaves the range of f32. */
    private static final float[] SPECIAL = {
        Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, -0f, 0f, 88.8f, -88.8f, -104f
    };

    private ElementChecks() {}

    static List<Check> all() {
        return List.of(
                Check.of("activate", "random numbers", trial -> activate(trial, false)),
                Check.of("activate", "tiny, huge and special numbers", trial -> activate(trial, true)),
                Check.of("add", "same size and repeated", trial -> elementwise(trial, true)),
                Check.of("multiply", "same size and repeated", trial -> elementwise(trial, false)));
    }

    private static void activate(Trial trial, boolean special) {
        Draw draw = trial.draw;
        Activation activation = draw.oneOf("activation", Activation.values());
        Matrix x = draw.matrix("x", draw.rows("rows", 33), draw.size("columns", 257), special ? 30 : 1);
        float spread = draw.oneOf("spread", 1f, 4f, 20f);
        float[] values = x.values();
        for (int i = 0; i < values.length; i++) {
            values[i] *= spread;
        }
        for (int i = 0; i < SPECIAL.length && special && values.length > 0; i++) {
            values[draw.between("place of " + SPECIAL[i], 0, values.length - 1)] = SPECIAL[i];
        }
        Trial.Bound bound = switch (activation) {
            case IDENTITY, RELU -> EXACT;
            // Sums and products with ordinary numbers follow, so it is the absolute error that counts.
            case SIGMOID, TANH -> (i, expected) -> EPSILON * (2 + 8 * Math.abs(expected));
            // x times a number of 0 to 1 that is known to a few epsilon of 1: erf in f32.
            case GELU, GELU_TANH, QUICK_GELU, SILU ->
                (i, expected) -> 8 * EPSILON * Math.abs(values[i]) + 2 * Float.MIN_NORMAL;
        };
        trial.compare(backend -> backend.activate(trial.on(backend, x), activation), bound);
    }

    /** One rounding in f32, and the double of the reference rounds to the same number: no difference at all. */
    private static void elementwise(Trial trial, boolean add) {
        Draw draw = trial.draw;
        int columns = draw.size("columns", 129);
        int secondRows = draw.size("rows of b", 33);
        int repetitions = draw.oneOf("repetitions", 1, 1, 2, 5, 0);
        int secondColumns = draw.oneOf("columns of b", columns, columns, 1);
        Matrix a = draw.matrix("a", secondRows * repetitions, columns, add ? 30 : 15);
        Matrix b = draw.matrix("b", secondRows, secondColumns, add ? 30 : 15);
        if (draw.chance("special") && a.values().length > 0) {
            a.values()[0] = Float.NaN;
            b.values()[b.values().length - 1] = Float.NEGATIVE_INFINITY;
        }
        trial.compare(
                backend -> add
                        ? backend.add(trial.on(backend, a), trial.on(backend, b))
                        : backend.multiply(trial.on(backend, a), trial.on(backend, b)),
                EXACT);
    }
}
