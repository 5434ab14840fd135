package dev.fovea.tensor.kit;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Mistakes in operations on rows and in moving them. */
final class BrokenRows {

    private BrokenRows() {}

    /** What a broken norm makes of a row. */
    private interface RowNorm {
        double deviation(float[] values, int start, int width, double epsilon);
    }

    private static Supplier<Backend> norm(RowNorm broken) {
        return () -> new Broken() {
            @Override
            public Tensor layerNorm(Tensor x, LayerNorm norm) {
                float[] gamma = norm.gamma().toArray();
                float[] beta = norm.beta().toArray();
                int width = x.columns();
                return changed(x, values -> {
                    for (int start = 0; start < values.length; start += width) {
                        double deviation = broken.deviation(values, start, width, norm.epsilon());
                        float mean = (float) mean(values, start, width);
                        for (int i = 0; i < width; i++) {
                            values[start + i] = (float) ((values[start + i] - mean) / deviation * gamma[i] + beta[i]);
                        }
                    }
                    return values;
                });
            }
        };
    }

    private static double mean(float[] values, int start, int width) {
        double sum = 0;
        for (int i = start; i < start + width; i++) {
            sum += values[i];
        }
        return sum / width;
    }

    private static double squares(float[] values, int start, int width) {
        double mean = mean(values, start, width);
        double sum = 0;
        for (int i = start; i < start + width; i++) {
            sum += (values[i] - mean) * (values[i] - mean);
        }
        return sum;
    }

    static void addTo(Map<String, Supplier<Backend>> mistakes) {
        mistakes.put(
                "layerNorm: a fixed epsilon",
                norm((values, start, width, epsilon) -> Math.sqrt(squares(values, start, width) / width + 1e-5)));
        mistakes.put(
                "layerNorm: the unbiased variance",
                norm((values, start, width, epsilon) ->
                        Math.sqrt(squares(values, start, width) / Math.max(1, width - 1) + epsilon)));
        mistakes.put(
                "layerNorm: epsilon outside the root",
                norm((values, start, width, epsilon) -> Math.sqrt(squares(values, start, width) / width) + epsilon));
        mistakes.put(
                "layerNorm: the mean of squares minus the square of the mean", norm((values, start, width, epsilon) -> {
                    float sum = 0;
                    float squares = 0;
                    for (int i = start; i < start + width; i++) {
                        sum += values[i];
                        squares += values[i] * values[i];
                    }
                    float mean = sum / width;
                    return Math.sqrt(Math.max(0, squares / width - mean * mean) + epsilon);
                }));
        mistakes.put("layerNorm: forgets beta", () -> new Broken() {
            @Override
            public Tensor layerNorm(Tensor x, LayerNorm norm) {
                Tensor zero = tensor(1, x.columns(), new float[x.columns()]);
                return super.layerNorm(x, new LayerNorm(norm.gamma(), zero, norm.epsilon()));
            }
        });
        mistakes.put("softmax: the maximum is not subtracted", () -> new Broken() {
            @Override
            public Tensor softmax(Tensor x) {
                return changed(x, values -> {
                    int width = x.columns();
                    for (int start = 0; start < values.length; start += width) {
                        float total = 0;
                        for (int i = start; i < start + width; i++) {
                            values[i] = (float) Math.exp(values[i]);
                            total += values[i];
                        }
                        for (int i = start; i < start + width; i++) {
                            values[i] /= total;
                        }
                    }
                    return values;
                });
            }
        });
        mistakes.put("softmax: the rest of a vector counts as zeros", () -> new Broken() {
            @Override
            public Tensor softmax(Tensor x) {
                int padded = (x.columns() + 7) / 8 * 8;
                float[] wide = new float[x.rows() * padded];
                float[] values = x.toArray();
                for (int row = 0; row < x.rows(); row++) {
                    System.arraycopy(values, row * x.columns(), wide, row * padded, x.columns());
                }
                return super.softmax(tensor(x.rows(), padded, wide)).columns(0, x.columns());
            }
        });
        mistakes.put("l2Normalize: an epsilon", () -> new Broken() {
            @Override
            public Tensor l2Normalize(Tensor x) {
                float[] squares = super.multiply(x, x).toArray();
                float[] sums = new float[x.rows()];
                for (int i = 0; i < squares.length; i++) {
                    sums[i / x.columns()] += squares[i];
                }
                return changed(x, values -> {
                    for (int i = 0; i < values.length; i++) {
                        values[i] /= (float) (Math.sqrt(sums[i / x.columns()]) + 1e-6);
                    }
                    return values;
                });
            }
        });
        mistakes.put("rows: the length passes over NaN", () -> new Broken() {
            @Override
            public Tensor l2Normalize(Tensor x) {
                return super.l2Normalize(changed(x, values -> {
                    for (int i = 0; i < values.length; i++) {
                        values[i] = Float.isNaN(values[i]) ? 0 : values[i];
                    }
                    return values;
                }));
            }
        });
        mistakes.put("embedding: the rows are one off", () -> new Broken() {
            @Override
            public Tensor embedding(Weight.Embedding table, int[] ids) {
                return super.embedding(
                        table,
                        Arrays.stream(ids).map(id -> (id + 1) % table.entries()).toArray());
            }
        });
        mistakes.put("writeRows: one row below the other", () -> new Broken() {
            @Override
            public void writeRows(Tensor target, int[] rows, Tensor values) {
                int[] inOrder = new int[rows.length];
                Arrays.setAll(inOrder, i -> i);
                super.writeRows(target, inOrder, values);
            }
        });
        mistakes.put("writeRows: ignores the row stride", () -> new Broken() {
            @Override
            public void writeRows(Tensor target, int[] rows, Tensor values) {
                super.writeRows(target, rows, withoutStride(values));
            }
        });
        mistakes.put("writeRows: what was there before shows", () -> new Broken() {
            @Override
            public Tensor preallocate(int rows, int columns) {
                return changed(super.preallocate(rows, columns), values -> {
                    Arrays.fill(values, Float.NaN);
                    return values;
                });
            }
        });
        mistakes.put("gatherRows: ignores the row stride", () -> new Broken() {
            @Override
            public Tensor gatherRows(Tensor x, int[] rows) {
                return super.gatherRows(withoutStride(x), rows);
            }
        });
        mistakes.put("concatRows: the parts in reverse", () -> new Broken() {
            @Override
            public Tensor concatRows(List<Tensor> parts) {
                return super.concatRows(parts.reversed());
            }
        });
        mistakes.put("meanRows: divides by the longest", () -> new Broken() {
            @Override
            public Tensor meanRows(Tensor x, Segments segments) {
                Tensor means = super.meanRows(x, segments);
                return changed(means, values -> {
                    for (int i = 0; i < values.length; i++) {
                        values[i] *= (float) segments.length(i / x.columns()) / Math.max(1, segments.longest());
                    }
                    return values;
                });
            }
        });
    }
}
