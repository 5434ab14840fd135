package dev.fovea.tensor.kit;

import static dev.fovea.tensor.kit.Trial.EPSILON;

import dev.fovea.tensor.AttentionShape;
import dev.fovea.tensor.AttentionShape.Mask;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;
import java.util.List;

/** Attention of all shapes that models have, and some that they do not have yet. */
final class AttentionChecks {

    private AttentionChecks() {}

    static List<Check> all() {
        return List.of(
                Check.of("attention", "self", AttentionChecks::self),
                Check.of("attention", "cross", AttentionChecks::cross),
                Check.of("attention", "continued after a cached prefix", AttentionChecks::continued),
                Check.of("attention", "mapped rows", AttentionChecks::mapped),
                Check.of("attention", "columns of one projection", AttentionChecks::fusedProjection),
                new Check("attention", "many short sequences", 6, AttentionChecks::manySequences),
                Check.of("attention", "large scores", AttentionChecks::largeScores),
                Check.of("attention", "scores far apart", AttentionChecks::scoresFarApart),
                new Check("attention", "long sequences", 20, AttentionChecks::longSequences),
                Check.of("channelAttention", "pictures", AttentionChecks::channels),
                new Check("channelAttention", "large pictures", 12, AttentionChecks::channelsOfLargePictures));
    }

    /** One attention on the host. */
    private record Inputs(
            Matrix queries,
            Matrix keys,
            Matrix values,
            Segments querySegments,
            Segments keySegments,
            AttentionShape shape) {

        Tensor on(Trial trial, Backend backend) {
            return backend.attention(
                    trial.on(backend, queries),
                    trial.on(backend, keys),
                    trial.on(backend, values),
                    querySegments,
                    keySegments,
                    shape);
        }
    }

    private record Heads(int count, int headSize, int valueSize, AttentionShape shape) {
        static Heads drawn(Draw draw, Mask... masks) {
            int count = draw.oneOf("heads", 1, 2, 3, 4, 8, 12, 16);
            int headSize = draw.oneOf("headSize", 1, 2, 5, 8, 10, 16, 24, 32, 40, 64, 80, 88);
            int valueSize = draw.oneOf("valueSize", headSize, headSize, headSize, 1, 7, 32);
            Mask mask = draw.oneOf("mask", masks);
            // Scales of real models keep scores small; a larger one makes sharp rows.
            float scale = (float) (Math.pow(headSize, -0.5) * draw.oneOf("sharpness", 1, 1, 6));
            return new Heads(count, headSize, valueSize, new AttentionShape(count, scale, mask));
        }
    }

    private static Inputs inputs(
            Draw draw, Heads heads, int queryRows, int keyRows, Segments querySegments, Segments keySegments) {
        return new Inputs(
                draw.matrix("queries", queryRows, heads.count * heads.headSize, 0),
                draw.matrix("keys", keyRows, heads.count * heads.headSize, 0),
                draw.matrix("values", keyRows, heads.count * heads.valueSize, 12),
                querySegments,
                keySegments,
                heads.shape);
    }

    private static void self(Trial trial) {
        Draw draw = trial.draw;
        Heads heads = Heads.drawn(draw, Mask.values());
        Segments segments = Segments.ofLengths(draw.lengths("lengths", draw.between("sequences", 0, 5), 20));
        // A row more than the sequences have: it must come out as zeros.
        int rows = segments.totalLength() + draw.between("spareRows", 0, 1);
        compare(trial, inputs(draw, heads, rows, rows, segments, segments));
    }

    private static void cross(Trial trial) {
        Draw draw = trial.draw;
        Heads heads = Heads.drawn(draw, Mask.values());
        int sequences = draw.between("sequences", 1, 4);
        Segments querySegments = Segments.ofLengths(draw.lengths("queryLengths", sequences, 12));
        Segments keySegments = Segments.ofLengths(draw.lengths("keyLengths", sequences, 40));
        int spare = draw.between("spareRows", 0, 2);
        compare(
                trial,
                inputs(
                        draw,
                        heads,
                        querySegments.totalLength() + spare,
                        keySegments.totalLength() + spare,
                        querySegments,
                        keySegments));
    }

    private static void continued(Trial trial) {
        Draw draw = trial.draw;
        Heads heads = Heads.drawn(draw, Mask.CAUSAL);
        int sequences = draw.between("sequences", 1, 5);
        int[] queryLengths = draw.lengths("queryLengths", sequences, 3);
        int[] keyLengths = draw.lengths("prefixes", sequences, 50);
        for (int i = 0; i < sequences; i++) {
            keyLengths[i] += queryLengths[i];
        }
        Segments querySegments = Segments.ofLengths(queryLengths);
        Segments keySegments = Segments.ofLengths(keyLengths);
        compare(
                trial,
                inputs(
                        draw,
                        heads,
                        querySegments.totalLength(),
                        keySegments.totalLength(),
                        querySegments,
                        keySegments));
    }

    private static void mapped(Trial trial) {
        Draw draw = trial.draw;
        Heads heads = Heads.drawn(draw, Mask.values());
        int sequences = draw.between("sequences", 1, 5);
        int[] queryLengths = draw.lengths("queryLengths", sequences, 9);
        int[] keyLengths = draw.lengths("keyLengths", sequences, 30);
        int queryRows = Segments.ofLengths(queryLengths).totalLength() + draw.between("spareQueries", 0, 3);
        int keyRows = draw.between("keyRows", 1, 40);
        Segments querySegments = draw.chance("mappedQueries")
                ? draw.scattered(queryLengths, queryRows)
                : Segments.ofLengths(queryLengths);
        compare(trial, inputs(draw, heads, queryRows, keyRows, querySegments, draw.shared(keyLengths, keyRows)));
    }

    private static void fusedProjection(Trial trial) {
        Draw draw = trial.draw;
        Heads heads = Heads.drawn(draw, Mask.values());
        Segments segments = Segments.ofLengths(draw.lengths("lengths", draw.between("sequences", 1, 3), 18));
        int width = heads.count * heads.headSize;
        AttentionShape shape = heads.shape;
        Matrix fused = draw.matrix("projection", segments.totalLength(), 3 * width, 0);
        Inputs inputs = new Inputs(
                part(fused, 0, width), part(fused, 1, width), part(fused, 2, width), segments, segments, shape);
        trial.compare(
                backend -> {
                    Tensor all = trial.on(backend, fused);
                    return backend.attention(
                            all.columns(0, width),
                            all.columns(width, 2 * width),
                            all.columns(2 * width, 3 * width),
                            segments,
                            segments,
                            shape);
                },
                bound(trial, inputs));
    }

    private static Matrix part(Matrix fused, int part, int width) {
        float[] values = new float[fused.rows() * width];
        for (int row = 0; row < fused.rows(); row++) {
            System.arraycopy(fused.values(), row * fused.columns() + part * width, values, row * width, width);
        }
        return new Matrix(values, fused.rows(), width, Matrix.View.WHOLE, "part");
    }

    /** Labels: a hundred sequences of a few tokens. */
    private static void manySequences(Trial trial) {
        Draw draw = trial.draw;
        int heads = draw.between("heads", 1, 3);
        AttentionShape shape = new AttentionShape(heads, 0.25f, draw.oneOf("mask", Mask.values()));
        Segments segments = Segments.ofLengths(draw.lengths("lengths", draw.between("sequences", 60, 130), 12));
        int rows = segments.totalLength();
        compare(trial, inputs(draw, new Heads(heads, 16, 16, shape), rows, rows, segments, segments));
    }

    /** Scores of hundreds: without its maximum subtracted, every softmax overflows. */
    private static void largeScores(Trial trial) {
        Draw draw = trial.draw;
        Heads drawn = Heads.drawn(draw, Mask.values());
        Heads heads = new Heads(
                drawn.count,
                drawn.headSize,
                drawn.valueSize,
                new AttentionShape(
                        drawn.count, drawn.shape.scale() * draw.oneOf("factor", 40f, -40f, 300f), drawn.shape.mask()));
        Segments segments = Segments.ofLengths(draw.lengths("lengths", 2, 20));
        int rows = segments.totalLength();
        compare(trial, inputs(draw, heads, rows, rows, segments, segments));
    }

    /**
     * Scores that are exact and farther apart than any exponential reaches: each query takes the value of one key. A
     * rounding error of such a score is large, too, and must not reach the weights.
     */
    private static void scoresFarApart(Trial trial) {
        Draw draw = trial.draw;
        int size = draw.oneOf("headSize", 1, 5, 8, 16, 40, 64);
        int queries = draw.oneOf("queries", 1, 3, 19, 64);
        int keys = draw.between("keys", 1, 70);
        int first = draw.between("first", 0, keys);
        float large = draw.oneOf("large", 1e5f, 1e9f, 1e12f, 1e17f);
        float[] query = new float[queries * size];
        float[] key = new float[keys * size];
        for (int row = 0; row < queries; row++) {
            query[row * size] = large;
        }
        for (int row = 0; row < keys; row++) {
            key[row * size] = 1e5f * ((row + first) % keys - keys / 2);
        }
        AttentionShape shape = new AttentionShape(1, (float) Math.pow(size, -0.5), draw.oneOf("mask", Mask.values()));
        Inputs inputs = new Inputs(
                draw.matrix("queries", queries, size, query, "one large number a row"),
                draw.matrix("keys", keys, size, key, "one large number a row"),
                draw.matrix("values", keys, size, 0),
                Segments.uniform(1, queries),
                Segments.uniform(1, keys),
                shape);
        trial.compare(backend -> inputs.on(trial, backend), Trial.EXACT);
    }

    private static void longSequences(Trial trial) {
        Draw draw = trial.draw;
        int heads = draw.between("heads", 1, 2);
        int headSize = draw.oneOf("headSize", 10, 16, 32);
        Mask mask = draw.oneOf("mask", Mask.values());
        int keys = draw.oneOf("keys", 600, 601, 1025);
        int queries = draw.oneOf("queries", 3, 50, 197, 600);
        Segments querySegments = Segments.ofLengths(queries, 3);
        Segments keySegments = Segments.ofLengths(keys, 70);
        AttentionShape shape = new AttentionShape(heads, (float) Math.pow(headSize, -0.5) * 2, mask);
        compare(
                trial,
                inputs(
                        draw,
                        new Heads(heads, headSize, headSize, shape),
                        querySegments.totalLength(),
                        keySegments.totalLength(),
                        querySegments,
                        keySegments));
    }

    private static void channels(Trial trial) {
        Draw draw = trial.draw;
        Segments segments = Segments.ofLengths(draw.lengths("rows", draw.between("pictures", 0, 4), 40));
        int groups = draw.oneOf("groups", 1, 2, 3, 4);
        int size = draw.oneOf("groupSize", 1, 2, 5, 8, 13, 16, 24, 32, 33, 40);
        // A row more than the pictures have: it must come out as zeros.
        int rows = segments.totalLength() + draw.between("spareRows", 0, 1);
        channels(trial, rows, groups, size, segments);
    }

    private static void channelsOfLargePictures(Trial trial) {
        Draw draw = trial.draw;
        int groups = draw.oneOf("groups", 1, 2);
        Segments segments = Segments.ofLengths(draw.oneOf("rows", 600, 1025), 300);
        channels(trial, segments.totalLength(), groups, draw.oneOf("groupSize", 8, 16, 32), segments);
    }

    private static void channels(Trial trial, int rows, int groups, int size, Segments segments) {
        Draw draw = trial.draw;
        Matrix fused = draw.matrix("projection", rows, 3 * groups * size, 0);
        float[] values = fused.values();
        int width = groups * size;
        double[] score = new double[width];
        for (int segment = 0; segment < segments.count(); segment++) {
            for (int query = 0; query < width; query++) {
                for (int key = query / size * size; key < query / size * size + size; key++) {
                    double sum = 0;
                    for (int i = 0; i < segments.length(segment); i++) {
                        int at = (segments.start(segment) + i) * 3 * width;
                        sum += Math.abs(values[at + query] * values[at + width + key]);
                    }
                    score[query] = Math.max(score[query], sum / Math.sqrt(Math.max(1, segments.length(segment))));
                }
            }
        }
        Matrix magnitudes = fused.magnitudes();
        float[] sums = trial.reference(backend -> {
            Tensor signed = trial.on(backend, fused);
            Tensor unsigned = trial.on(backend, magnitudes).columns(2 * width, 3 * width);
            return backend.channelAttention(
                    signed.columns(0, width), signed.columns(width, 2 * width), unsigned, segments, groups);
        });
        double roundings = EPSILON * (8 + 4 * Math.sqrt(segments.longest()));
        trial.compare(
                backend -> {
                    Tensor all = trial.on(backend, fused);
                    return backend.channelAttention(
                            all.columns(0, width),
                            all.columns(width, 2 * width),
                            all.columns(2 * width, 3 * width),
                            segments,
                            groups);
                },
                (i, expected) ->
                        (Math.expm1(2 * roundings * score[i % width]) + EPSILON * (16 + 4 * Math.sqrt(size))) * sums[i]
                                + Float.MIN_NORMAL * (1 + size));
    }

    private static void compare(Trial trial, Inputs inputs) {
        trial.compare(backend -> inputs.on(trial, backend), bound(trial, inputs));
    }

    /**
     * A score is a sum of {@code headSize} products and errs like one (see {@link LinearChecks}); an error d of all
     * scores of a row changes its weights by a factor of up to {@code exp(2 d)}. The weighted sum then errs by that and
     * by its own roundings, relative to the weighted sum of the values' magnitudes. Weights below the smallest normal
     * number may be lost.
     */
    private static Trial.Bound bound(Trial trial, Inputs inputs) {
        Inputs magnitudes = new Inputs(
                inputs.queries,
                inputs.keys,
                inputs.values.magnitudes(),
                inputs.querySegments,
                inputs.keySegments,
                inputs.shape);
        float[] sums = trial.reference(backend -> magnitudes.on(trial, backend));
        int headSize = inputs.queries.columns() / inputs.shape.heads();
        int valueSize = inputs.values.columns() / inputs.shape.heads();
        double[] scores = largestScores(inputs, headSize);
        double roundings = EPSILON * (8 + 4 * Math.sqrt(headSize));
        double largestValue = 1;
        for (float value : magnitudes.values.values()) {
            largestValue = Math.max(largestValue, value);
        }
        double lost = Float.MIN_NORMAL * largestValue * (1 + inputs.keySegments.longest());
        double sumRoundings = EPSILON * (16 + 4 * Math.sqrt(inputs.keySegments.longest()));
        return (i, expected) -> {
            int row = i / inputs.values.columns();
            int head = i % inputs.values.columns() / valueSize;
            double score = scores[row * inputs.shape.heads() + head];
            return (Math.expm1(2 * roundings * score) + sumRoundings) * sums[i] + lost;
        };
    }

    /** For every query row and head the largest sum of magnitudes of a score's terms. */
    private static double[] largestScores(Inputs inputs, int headSize) {
        int heads = inputs.shape.heads();
        int width = inputs.queries.columns();
        double[] largest = new double[inputs.queries.rows() * heads];
        for (int segment = 0; segment < inputs.querySegments.count(); segment++) {
            for (int query = 0; query < inputs.querySegments.length(segment); query++) {
                int queryRow = inputs.querySegments.row(inputs.querySegments.start(segment) + query);
                for (int key = 0; key < inputs.keySegments.length(segment); key++) {
                    int keyRow = inputs.keySegments.row(inputs.keySegments.start(segment) + key);
                    for (int head = 0; head < heads; head++) {
                        double score = 0;
                        for (int i = head * headSize; i < (head + 1) * headSize; i++) {
                            score += Math.abs(inputs.queries.values()[queryRow * width + i]
                                    * inputs.keys.values()[keyRow * width + i]);
                        }
                        int place = queryRow * heads + head;
                        largest[place] = Math.max(largest[place], Math.abs(inputs.shape.scale()) * score);
                    }
                }
            }
        }
        return largest;
    }
}
