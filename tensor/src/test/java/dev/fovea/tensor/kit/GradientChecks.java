package dev.fovea.tensor.kit;

import static dev.fovea.tensor.kit.Trial.EPSILON;
import static dev.fovea.tensor.kit.Trial.EXACT;

import dev.fovea.tensor.Activation;
import dev.fovea.tensor.AttentionShape;
import dev.fovea.tensor.AttentionShape.Mask;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;
import java.util.List;

/** Operations that only gradients need. */
final class GradientChecks {

    private GradientChecks() {}

    static List<Check> all() {
        return List.of(
                Check.of("transpose", "random matrices", GradientChecks::transpose),
                Check.of("activationGradient", "random numbers", GradientChecks::activation),
                Check.of("layerNormGradient", "random rows", GradientChecks::layerNorm),
                Check.of("attentionGradients", "sequences", GradientChecks::sequences),
                Check.of("attentionGradients", "rows of several sequences", GradientChecks::sharedRows),
                new Check("attentionGradients", "long sequences", 20, GradientChecks::longSequences));
    }

    private static void transpose(Trial trial) {
        Draw draw = trial.draw;
        Matrix x = draw.matrix("x", draw.rows("rows", 129), draw.oneOf("columns", draw.size("columns", 129), 300), 30);
        trial.compare(backend -> backend.transpose(trial.on(backend, x)), EXACT);
    }

    private static void activation(Trial trial) {
        Draw draw = trial.draw;
        Activation activation = draw.oneOf("activation", Activation.values());
        int rows = draw.rows("rows", 33);
        int columns = draw.oneOf("columns", draw.size("columns", 257), 1500);
        Matrix x = draw.matrix("x", rows, columns, 2);
        Matrix gradient = draw.matrix("gradient", rows, columns, 3);
        float spread = draw.oneOf("spread", 1f, 4f, 20f);
        for (int i = 0; i < x.values().length; i++) {
            x.values()[i] *= spread;
        }
        // A slope is at most 1.2 and known to a few epsilon of what it is the sum of.
        trial.compare(
                backend -> backend.activationGradient(trial.on(backend, gradient), trial.on(backend, x), activation),
                (i, expected) ->
                        EPSILON * Math.abs(gradient.values()[i]) * (24 + 12 * Math.min(20, Math.abs(x.values()[i])))
                                + 2 * Float.MIN_NORMAL);
    }

    private static void layerNorm(Trial trial) {
        Draw draw = trial.draw;
        int rows = draw.rows("rows", 65);
        int columns = draw.size("columns", 257);
        Matrix x = draw.matrix("x", rows, columns, 0);
        Matrix gradient = draw.matrix("gradient", rows, columns, 3);
        float centre = draw.oneOf("centre", 0f, 3f, -100f);
        for (int i = 0; i < x.values().length; i++) {
            x.values()[i] += centre;
        }
        Norm norm = Norm.drawn(draw, columns);
        double[] bounds = new double[rows];
        for (int row = 0; row < rows; row++) {
            bounds[row] = bound(x, gradient, norm, row);
        }
        trial.compare(
                backend -> backend.layerNormGradient(
                        trial.on(backend, gradient), trial.on(backend, x), trial.on(backend, norm)),
                (i, expected) -> bounds[i / columns]);
    }

    /** A few roundings of the largest weighted gradient, divided by the deviation, and what is left of the mean. */
    private static double bound(Matrix x, Matrix gradient, Norm norm, int row) {
        int width = x.columns();
        double mean = 0;
        double magnitude = 0;
        double largest = 0;
        for (int i = 0; i < width; i++) {
            mean += (double) x.values()[row * width + i] / width;
            magnitude = Math.max(magnitude, Math.abs(x.values()[row * width + i]));
            largest = Math.max(
                    largest,
                    Math.abs((double) gradient.values()[row * width + i]
                            * norm.gamma().get(i)));
        }
        double variance = 0;
        for (int i = 0; i < width; i++) {
            variance += Math.pow(x.values()[row * width + i] - mean, 2) / width;
        }
        double scale = 1 / Math.sqrt(variance + norm.epsilon());
        return EPSILON * (40 + 4 * width) * largest * scale * (1 + magnitude * scale) + Float.MIN_NORMAL;
    }

    /** The operands of one call. */
    private record Inputs(
            Matrix gradient,
            Matrix queries,
            Matrix keys,
            Matrix values,
            Segments querySegments,
            Segments keySegments,
            AttentionShape shape) {

        static Inputs drawn(Draw draw, Segments querySegments, Segments keySegments, int queryRows, int keyRows) {
            int heads = draw.oneOf("heads", 1, 2, 3, 8);
            int headSize = draw.oneOf("headSize", 1, 5, 16, 32, 64, 80);
            int valueSize = draw.oneOf("valueSize", headSize, headSize, 7, 32);
            float scale = (float) Math.pow(headSize, -0.5) * draw.oneOf("sharpness", 1, -1, 4);
            return new Inputs(
                    draw.matrix("gradient", queryRows, heads * valueSize, 0),
                    draw.matrix("queries", queryRows, heads * headSize, 0),
                    draw.matrix("keys", keyRows, heads * headSize, 0),
                    draw.matrix("values", keyRows, heads * valueSize, 0),
                    querySegments,
                    keySegments,
                    new AttentionShape(heads, scale, draw.oneOf("mask", Mask.values())));
        }

        List<Tensor> on(Trial trial, Backend backend) {
            return backend.attentionGradients(
                    trial.on(backend, gradient),
                    trial.on(backend, queries),
                    trial.on(backend, keys),
                    trial.on(backend, values),
                    querySegments,
                    keySegments,
                    shape);
        }

        /** Sums of numbers around 1, so that it is their largest that says how finely each is known. */
        void compare(Trial trial) {
            double length = Math.sqrt(Math.max(1, Math.max(querySegments.longest(), keySegments.longest())));
            double width = Math.sqrt(Math.max(queries.columns(), values.columns()));
            trial.compareAll(
                    backend -> on(trial, backend),
                    (i, expected) -> EPSILON * 60 * (length + width) * (1 + Math.abs(expected)) * 8);
        }
    }

    private static void sequences(Trial trial) {
        Draw draw = trial.draw;
        int count = draw.between("sequences", 0, 4);
        int[] queryLengths = draw.lengths("queries", count, 60);
        int[] keyLengths = draw.chance("self") ? queryLengths : draw.lengths("keys", count, 70);
        Segments queries = Segments.ofLengths(queryLengths);
        Segments keys = Segments.ofLengths(keyLengths);
        Inputs.drawn(draw, queries, keys, queries.totalLength() + draw.between("more", 0, 2), keys.totalLength())
                .compare(trial);
    }

    private static void sharedRows(Trial trial) {
        Draw draw = trial.draw;
        int count = draw.between("sequences", 1, 5);
        int[] queryLengths = draw.lengths("queries", count, 20);
        int[] keyLengths = draw.lengths("keys", count, 30);
        int queryRows = Segments.ofLengths(queryLengths).totalLength() + draw.between("more", 0, 3);
        Segments queries = draw.scattered(queryLengths, queryRows);
        Segments keys = draw.shared(keyLengths, 25);
        Inputs.drawn(draw, queries, keys, queryRows, 25).compare(trial);
    }

    private static void longSequences(Trial trial) {
        Segments one = Segments.ofLengths(trial.draw.between("rows", 200, 400));
        Inputs.drawn(trial.draw, one, one, one.totalLength(), one.totalLength()).compare(trial);
    }
}
