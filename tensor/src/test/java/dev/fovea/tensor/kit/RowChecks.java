package dev.fovea.tensor.kit;

import static dev.fovea.tensor.kit.Trial.EPSILON;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;

/** Operations on every row alone: norms and softmax. */
final class RowChecks {

    private RowChecks() {}

    static List<Check> all() {
        return List.of(
                Check.of("layerNorm", "random rows", trial -> layerNorm(trial, false)),
                Check.of("layerNorm", "nearly constant rows", trial -> layerNorm(trial, true)),
                Check.of("softmax", "random rows", RowChecks::softmax),
                Check.of("softmax", "huge scores", RowChecks::hugeScores),
                Check.of("l2Normalize", "random rows", RowChecks::l2Normalize),
                Check.of("rows", "NaN and infinity stay in their row", RowChecks::notANumber));
    }

    private static void layerNorm(Trial trial, boolean nearlyConstant) {
        Draw draw = trial.draw;
        Matrix x = draw.matrix("x", draw.rows("rows", 65), draw.size("columns", 257), nearlyConstant ? 0 : 12);
        if (nearlyConstant) {
            float centre = draw.oneOf("centre", 0f, 3f, -1000f, 1e4f);
            float spread = draw.oneOf("spread", 0f, 1e-4f, 0.1f);
            for (int i = 0; i < x.values().length; i++) {
                x.values()[i] = centre + spread * x.values()[i];
            }
        }
        Norm norm = Norm.drawn(draw, x.columns());
        // Elements err by a few roundings of what Norm.magnitudes() says, the mean's own sum included.
        double roundings = EPSILON * (8 + 2 * Math.sqrt(x.columns()));
        float[] magnitudes = norm.magnitudes(x).values();
        trial.compare(
                backend -> backend.layerNorm(trial.on(backend, x), trial.on(backend, norm)),
                (i, expected) -> roundings * magnitudes[i] + Float.MIN_NORMAL);
    }

    private static void softmax(Trial trial) {
        Draw draw = trial.draw;
        Matrix x = draw.matrix("x", draw.rows("rows", 65), draw.rows("columns", 257), 1);
        compareSoftmax(trial, x);
    }

    private static void hugeScores(Trial trial) {
        Draw draw = trial.draw;
        Matrix x = draw.matrix("x", draw.rows("rows", 33), draw.size("columns", 129), 0);
        float factor = draw.oneOf("factor", 30f, 1e4f, 1e30f, 1e-30f);
        float centre = draw.oneOf("centre", 0f, 1e4f, -1e4f);
        for (int i = 0; i < x.values().length; i++) {
            x.values()[i] = x.values()[i] * factor + centre;
        }
        if (draw.chance("infinite")) {
            // Scores that a mask took out; the first column keeps every row finite.
            for (int i = 0; i < x.values().length; i++) {
                x.values()[i] = i % x.columns() % 3 == 1 ? Float.NEGATIVE_INFINITY : x.values()[i];
            }
        }
        compareSoftmax(trial, x);
    }

    /**
     * The exponent {@code x - max} is rounded once, so the exponential errs by that many times epsilon; the sum by the
     * rest.
     */
    private static void compareSoftmax(Trial trial, Matrix x) {
        int width = x.columns();
        double[] largest = new double[x.rows()];
        Arrays.setAll(largest, row -> {
            double found = Double.NEGATIVE_INFINITY;
            for (int i = 0; i < width; i++) {
                found = Math.max(found, x.values()[row * width + i]);
            }
            return found;
        });
        trial.compare(backend -> backend.softmax(trial.on(backend, x)), (i, expected) -> {
            double exponent = Math.min(128, largest[i / width] - x.values()[i]);
            return EPSILON * (16 + 4 * Math.sqrt(width) + 2 * exponent) * expected + 2 * Float.MIN_NORMAL;
        });
    }

    private static void l2Normalize(Trial trial) {
        Draw draw = trial.draw;
        // Squares must fit: 1e-15 to 1e15.
        Matrix x = draw.matrix("x", draw.rows("rows", 65), draw.size("columns", 257), 15);
        double roundings = EPSILON * (8 + 2 * Math.sqrt(x.columns()));
        trial.compare(
                backend -> backend.l2Normalize(trial.on(backend, x)),
                (i, expected) -> roundings * Math.abs(expected) + Float.MIN_NORMAL);
    }

    private static void notANumber(Trial trial) {
        Draw draw = trial.draw;
        int rows = 1 + draw.size("rows", 17);
        int columns = draw.size("columns", 65);
        Matrix x = draw.matrix("x", rows, columns, 0);
        for (int i = 0; i < x.values().length; i++) {
            x.values()[i] += 3; // no zeros: infinity times zero would depend on the order of computing
        }
        int row = draw.between("row", 0, rows - 1);
        int column = draw.between("column", 0, columns - 1);
        x.values()[row * columns + column] = draw.oneOf("value", Float.NaN, Float.POSITIVE_INFINITY);
        BiFunction<Backend, Tensor, Tensor> operation = draw.<Named>oneOf(
                        "operation",
                        new Named("softmax", Backend::softmax),
                        new Named("l2Normalize", Backend::l2Normalize))
                .operation;
        // Which elements are NaN or infinite is the point; the others are checked finely elsewhere.
        trial.compare(
                backend -> operation.apply(backend, trial.on(backend, x)),
                (i, expected) -> 1e-5 * Math.abs(expected) + 1e-6);
    }

    private record Named(String name, BiFunction<Backend, Tensor, Tensor> operation) {
        @Override
        public String toString() {
            return name;
        }
    }
}
