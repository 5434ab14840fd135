package dev.fovea.tensor.kit;

import dev.fovea.tensor.AttentionShape;
import dev.fovea.tensor.AttentionShape.Mask;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.IntBinaryOperator;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** Mistakes in attention. */
final class BrokenAttention {

    private BrokenAttention() {}

    private static Supplier<Backend> shaped(UnaryOperator<AttentionShape> change) {
        return () -> new Broken() {
            @Override
            public Tensor attention(Tensor q, Tensor k, Tensor v, Segments qs, Segments ks, AttentionShape shape) {
                return super.attention(q, k, v, qs, ks, change.apply(shape));
            }
        };
    }

    /** Attention to fewer keys: their number is a function of the queries' and the keys' numbers. */
    private static Supplier<Backend> toFewerKeys(boolean onlyCausal, IntBinaryOperator change) {
        return () -> new Broken() {
            @Override
            public Tensor attention(Tensor q, Tensor k, Tensor v, Segments qs, Segments ks, AttentionShape shape) {
                Segments fewer = onlyCausal && shape.mask() == Mask.NONE ? ks : BrokenAttention.fewer(qs, ks, change);
                return super.attention(q, k, v, qs, fewer, shape);
            }
        };
    }

    private static Segments fewer(Segments queries, Segments keys, IntBinaryOperator change) {
        int[] offsets = new int[keys.count() + 1];
        int[] rows = new int[keys.totalLength()];
        for (int segment = 0; segment < keys.count(); segment++) {
            int length = Math.clamp(
                    change.applyAsInt(queries.length(segment), keys.length(segment)), 0, keys.length(segment));
            for (int i = 0; i < length; i++) {
                rows[offsets[segment] + i] = keys.row(keys.start(segment) + i);
            }
            offsets[segment + 1] = offsets[segment] + length;
        }
        return Segments.mapped(offsets, Arrays.copyOf(rows, offsets[keys.count()]));
    }

    static void addTo(Map<String, Supplier<Backend>> mistakes) {
        mistakes.put("channelAttention: one group", () -> new Broken() {
            @Override
            public Tensor channelAttention(Tensor q, Tensor k, Tensor v, Segments segments, int groups) {
                return super.channelAttention(q, k, v, segments, 1);
            }
        });
        mistakes.put("channelAttention: keys look at queries", () -> new Broken() {
            @Override
            public Tensor channelAttention(Tensor q, Tensor k, Tensor v, Segments segments, int groups) {
                return super.channelAttention(k, q, v, segments, groups);
            }
        });
        mistakes.put("channelAttention: takes the batch for one picture", () -> new Broken() {
            @Override
            public Tensor channelAttention(Tensor q, Tensor k, Tensor v, Segments segments, int groups) {
                return super.channelAttention(q, k, v, Segments.ofLengths(segments.totalLength()), groups);
            }
        });
        mistakes.put("channelAttention: forgets rows beyond 512", () -> new Broken() {
            @Override
            public Tensor channelAttention(Tensor q, Tensor k, Tensor v, Segments segments, int groups) {
                if (segments.longest() <= 512) {
                    return super.channelAttention(q, k, v, segments, groups);
                }
                Tensor few = super.channelAttention(
                        q.rows(0, 512), k.rows(0, 512), v.rows(0, 512), Segments.ofLengths(512), groups);
                return concatRows(List.of(
                        few, super.channelAttention(q, k, v, segments, groups).rows(512, q.rows())));
            }
        });
        mistakes.put("attention: the mask is one key short", toFewerKeys(true, (queries, keys) -> keys - 1));
        mistakes.put(
                "attention: the mask begins at the first key, not at the cached prefix's end",
                toFewerKeys(true, Math::min));
        mistakes.put(
                "attention: forgets the keys beyond 512", toFewerKeys(false, (queries, keys) -> Math.min(keys, 512)));
        mistakes.put(
                "attention: forgets the rest of the keys after fours",
                toFewerKeys(false, (queries, keys) -> keys < 4 ? keys : keys / 4 * 4));
        mistakes.put(
                "attention: ignores the mask",
                shaped(shape -> new AttentionShape(shape.heads(), shape.scale(), Mask.NONE)));
        mistakes.put(
                "attention: forgets the scale", shaped(shape -> new AttentionShape(shape.heads(), 1, shape.mask())));
        mistakes.put("attention: takes the batch for one sequence", () -> new Broken() {
            @Override
            public Tensor attention(Tensor q, Tensor k, Tensor v, Segments qs, Segments ks, AttentionShape shape) {
                return super.attention(q, k, v, oneSequence(qs), oneSequence(ks), shape);
            }

            private Segments oneSequence(Segments segments) {
                return segments.isMapped() ? segments : Segments.ofLengths(segments.totalLength());
            }
        });
        mistakes.put("attention: ignores the mapping of rows", () -> new Broken() {
            @Override
            public Tensor attention(Tensor q, Tensor k, Tensor v, Segments qs, Segments ks, AttentionShape shape) {
                return super.attention(q, k, v, qs, inOrder(ks, k.rows()), shape);
            }

            private Segments inOrder(Segments segments, int rows) {
                int[] lengths = new int[segments.count()];
                Arrays.setAll(lengths, segments::length);
                return segments.totalLength() > rows ? segments : Segments.ofLengths(lengths);
            }
        });
        mistakes.put("attention: leaves what was there in rows of no sequence", () -> new Broken() {
            @Override
            public Tensor attention(Tensor q, Tensor k, Tensor v, Segments qs, Segments ks, AttentionShape shape) {
                Tensor result = super.attention(q, k, v, qs, ks, shape);
                return changed(result, values -> {
                    if (!qs.isMapped()) {
                        Arrays.fill(values, qs.totalLength() * result.columns(), values.length, 0.5f);
                    }
                    return values;
                });
            }
        });
        mistakes.put("attention: divides by zero where no key is seen", () -> new Broken() {
            @Override
            public Tensor attention(Tensor q, Tensor k, Tensor v, Segments qs, Segments ks, AttentionShape shape) {
                Tensor result = super.attention(q, k, v, qs, ks, shape);
                return changed(result, values -> {
                    for (int segment = 0; segment < qs.count(); segment++) {
                        for (int i = 0; i < qs.length(segment) && ks.length(segment) == 0; i++) {
                            int start = qs.row(qs.start(segment) + i) * result.columns();
                            Arrays.fill(values, start, start + result.columns(), Float.NaN);
                        }
                    }
                    return values;
                });
            }
        });
        mistakes.put("attention: takes the values' stride for their width", () -> new Broken() {
            @Override
            public Tensor attention(Tensor q, Tensor k, Tensor v, Segments qs, Segments ks, AttentionShape shape) {
                return super.attention(q, k, withoutStride(v), qs, ks, shape);
            }
        });
        mistakes.put("attention: exponentials without the maximum subtracted", () -> new Broken() {
            @Override
            public Tensor attention(Tensor q, Tensor k, Tensor v, Segments qs, Segments ks, AttentionShape shape) {
                // What overflows when scores exceed the logarithm of the largest float.
                Tensor result = super.attention(q, k, v, qs, ks, shape);
                float[] scores = super.matmulTransposed(q, k).toArray();
                double largest = 0;
                for (float score : scores) {
                    largest = Math.max(largest, score * shape.scale());
                }
                boolean overflows = largest > 88.7 && shape.heads() == 1;
                return overflows ? changed(result, values -> new float[values.length]) : result;
            }
        });
    }
}
