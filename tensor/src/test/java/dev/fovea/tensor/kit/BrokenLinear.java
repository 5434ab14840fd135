package dev.fovea.tensor.kit;

import dev.fovea.tensor.Activation;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Precision;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.numbers.HalfFloats;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** Mistakes in linear layers and products. */
final class BrokenLinear {

    private BrokenLinear() {}

    /** A linear layer that computes something else. */
    private interface Linear {
        Tensor apply(Broken backend, Tensor x, Weight.Linear weight, Fusion fusion);
    }

    /** A weight that is made of something else. */
    private interface Loading {
        Weight.Linear apply(Backend inner, List<WeightData> weights, List<WeightData> biases, DType storage);
    }

    private static Supplier<Backend> linear(Linear linear) {
        return () -> new Broken() {
            @Override
            public Tensor linear(Tensor x, Weight.Linear weight, Fusion fusion) {
                return linear.apply(this, x, weight, fusion);
            }
        };
    }

    /** An MLP that is something else. */
    private interface Mlp {
        Tensor apply(Broken broken, Tensor x, Weight.Linear expand, Weight.Linear reduce, Fusion fusion);
    }

    private static Supplier<Backend> mlp(Mlp mlp) {
        return () -> new Broken() {
            @Override
            public Tensor mlp(Tensor x, Weight.Linear expand, Weight.Linear reduce, Fusion fusion) {
                return mlp.apply(this, x, expand, reduce, fusion);
            }
        };
    }

    private static Supplier<Backend> loading(Loading loading) {
        return () -> new Broken() {
            @Override
            public Weight.Linear linearWeight(
                    List<WeightData> weights, List<WeightData> biases, DType storage, Precision precision) {
                return loading.apply(inner(), weights, biases, storage);
            }
        };
    }

    /** Weights that are rounded otherwise than asked. */
    private interface Rounding {
        Weight.Linear apply(Backend inner, List<WeightData> weights, List<WeightData> biases, Precision precision);
    }

    private static Supplier<Backend> rounding(Precision wrong, Rounding rounding) {
        return () -> new Broken() {
            @Override
            public Weight.Linear linearWeight(
                    List<WeightData> weights, List<WeightData> biases, DType storage, Precision precision) {
                return precision == wrong
                        ? rounding.apply(inner(), weights, biases, precision)
                        : inner().linearWeight(weights, biases, storage, precision);
            }
        };
    }

    static void addTo(Map<String, Supplier<Backend>> mistakes) {
        mistakes.put(
                "linear: forgets the last columns",
                linear((b, x, w, f) -> b.changed(b.inner().linear(x, w, f), y -> Broken.withoutRest(y, w.outputs()))));
        mistakes.put(
                "linear: forgets the residual",
                linear((b, x, w, f) -> b.inner().linear(x, w, new Fusion(f.norm(), f.activation(), null))));
        mistakes.put(
                "linear: adds the residual before the activation",
                linear((b, x, w, f) -> b.inner()
                        .activate(
                                b.inner().linear(x, w, new Fusion(f.norm(), Activation.IDENTITY, f.residual())),
                                f.activation())));
        mistakes.put(
                "linear: forgets the norm",
                linear((b, x, w, f) -> b.inner().linear(x, w, new Fusion(null, f.activation(), f.residual()))));
        mistakes.put(
                "linear: takes the approximate GELU for the exact one",
                linear((b, x, w, f) -> b.inner()
                        .linear(x, w, f.activation() == Activation.GELU ? f.withActivation(Activation.GELU_TANH) : f)));
        mistakes.put(
                "linear: ignores the row stride",
                linear((b, x, w, f) -> b.inner().linear(b.withoutStride(x), w, f)));
        mistakes.put(
                "linear: ignores the residual's row stride",
                linear((b, x, w, f) -> b.inner()
                        .linear(x, w, f.residual() == null ? f : f.withResidual(b.withoutStride(f.residual())))));
        mistakes.put(
                "linear: computes in bfloat16",
                linear((b, x, w, f) -> b.inner().linear(b.changed(x, BrokenLinear::narrowed), w, f)));
        mistakes.put("linear: computes the last row twice", linear((b, x, w, f) -> {
            Tensor y = b.inner().linear(x, w, f);
            return y.rows() % 4 != 1 || y.rows() == 1
                    ? y
                    : b.changed(y, values -> {
                        System.arraycopy(
                                values,
                                (y.rows() - 2) * y.columns(),
                                values,
                                (y.rows() - 1) * y.columns(),
                                y.columns());
                        return values;
                    });
        }));
        mistakes.put("linear: forgets single rows", linear((b, x, w, f) -> {
            Tensor y = b.inner().linear(x, w, f);
            return y.rows() != 1 ? y : b.changed(y, values -> new float[values.length]);
        }));
        mistakes.put(
                "linear: swallows NaN",
                linear((b, x, w, f) -> b.changed(b.inner().linear(x, w, f), values -> {
                    for (int i = 0; i < values.length; i++) {
                        values[i] = Float.isNaN(values[i]) ? 0 : values[i];
                    }
                    return values;
                })));
        mistakes.put(
                "linear: forgets the bias",
                loading((inner, weights, biases, storage) -> inner.linearWeight(weights, List.of(), storage)));
        mistakes.put(
                "linear: joins matrices in the wrong order",
                loading((inner, weights, biases, storage) ->
                        inner.linearWeight(weights.reversed(), biases.reversed(), storage)));
        mistakes.put(
                "linear: stores in eight bits what should stay as it is",
                loading((inner, weights, biases, storage) ->
                        inner.linearWeight(weights, biases, storage == null ? DType.I8 : storage)));
        mistakes.put(
                "linear: one scale for a whole row of eight-bit weights",
                loading((inner, weights, biases, storage) -> storage != DType.I8
                        ? inner.linearWeight(weights, biases, storage)
                        : inner.linearWeight(
                                weights.stream().map(BrokenLinear::oneScale).toList(), biases, DType.F32)));
        mistakes.put(
                "linear: computes in int8 what should be int16",
                rounding(
                        Precision.INT16,
                        (inner, weights, biases, p) -> inner.linearWeight(weights, biases, null, Precision.INT8)));
        mistakes.put(
                "linear: computes in bf16 what should be int16",
                rounding(
                        Precision.INT16,
                        (inner, weights, biases, p) -> inner.linearWeight(weights, biases, null, Precision.BF16)));
        mistakes.put(
                "linear: one scale for a whole row of weights in int8",
                rounding(
                        Precision.INT8,
                        (inner, weights, biases, p) -> inner.linearWeight(
                                weights.stream().map(BrokenLinear::oneScale).toList(), biases, null, p)));
        mistakes.put(
                "linear: forgets the bias in int8",
                rounding(
                        Precision.INT8,
                        (inner, weights, biases, p) -> inner.linearWeight(weights, List.of(), null, p)));
        mistakes.put(
                "linear: loses the small f16 weights",
                loading((inner, weights, biases, storage) -> storage != DType.F16
                        ? inner.linearWeight(weights, biases, storage)
                        : inner.linearWeight(
                                weights.stream().map(BrokenLinear::flushed).toList(), biases, storage)));
        mistakes.put("linear: keeps the bias of weights that changed", () -> new Broken() {
            @Override
            public Weight.Linear updatedWeight(
                    Weight.Linear before, List<WeightData> weights, List<WeightData> biases) {
                return inner().updatedWeight(before, weights, List.of());
            }
        });
        mistakes.put("mlp: forgets the norm", mlp((b, x, e, r, f) -> b.inner().mlp(x, e, r, f.withNorm(null))));
        mistakes.put(
                "mlp: forgets the activation",
                mlp((b, x, e, r, f) -> b.inner().mlp(x, e, r, f.withActivation(Activation.IDENTITY))));
        mistakes.put(
                "mlp: forgets the residual", mlp((b, x, e, r, f) -> b.inner().mlp(x, e, r, f.withResidual(null))));
        mistakes.put(
                "mlp: activates the second layer too",
                mlp((b, x, e, r, f) ->
                        b.inner().linear(b.inner().linear(x, e, f.withResidual(null)), r, f.withNorm(null))));
        mistakes.put("mlp: computes the last of many rows from the one before", mlp((b, x, e, r, f) -> {
            Tensor y = b.inner().mlp(x, e, r, f);
            int[] rows = IntStream.range(0, x.rows())
                    .map(row -> x.rows() > 384 && row == x.rows() - 1 ? row - 1 : row)
                    .toArray();
            return b.inner().gatherRows(y, rows);
        }));
        mistakes.put("matmul: forgets the last of the inner size", () -> new Broken() {
            @Override
            public Tensor matmul(Tensor a, Tensor b) {
                int inner = a.columns();
                return inner < 2 || inner % 2 == 0
                        ? super.matmul(a, b)
                        : super.matmul(a.columns(0, inner - 1), b.rows(0, inner - 1));
            }
        });
        mistakes.put("matmulTransposed: transposes", () -> new Broken() {
            @Override
            public Tensor matmulTransposed(Tensor a, Tensor b) {
                return a.rows() == b.rows() ? super.matmulTransposed(b, a) : super.matmulTransposed(a, b);
            }
        });
        mistakes.put("matmulTransposed: ignores the row stride", () -> new Broken() {
            @Override
            public Tensor matmulTransposed(Tensor a, Tensor b) {
                return super.matmulTransposed(a, withoutStride(b));
            }
        });
    }

    private static float[] narrowed(float[] values) {
        for (int i = 0; i < values.length; i++) {
            values[i] = HalfFloats.bfloat16ToFloat(HalfFloats.floatToBfloat16(values[i]));
        }
        return values;
    }

    private static WeightData oneScale(WeightData matrix) {
        float[] values = matrix.toFloats();
        int inputs = (int) matrix.shape().extent(1);
        for (int start = 0; start < values.length; start += inputs) {
            float largest = 0;
            for (int i = start; i < start + inputs; i++) {
                largest = Math.max(largest, Math.abs(values[i]));
            }
            for (int i = start; i < start + inputs && largest > 0; i++) {
                values[i] = Math.round(values[i] * 127 / largest) * largest / 127;
            }
        }
        return Draw.weight(matrix.name(), DType.F32, matrix.shape(), values);
    }

    private static WeightData flushed(WeightData matrix) {
        float[] values = matrix.toFloats();
        for (int i = 0; i < values.length; i++) {
            values[i] = Math.abs(values[i]) < 0x1p-14f ? 0 : values[i];
        }
        return Draw.weight(matrix.name(), DType.F32, matrix.shape(), values);
    }
}
