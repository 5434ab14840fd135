package dev.fovea.tensor.kit;

import dev.fovea.tensor.Activation;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.WeightData;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Supplier;

/** Mistakes in element-wise operations and in tensors themselves. */
final class BrokenElements {

    private BrokenElements() {}

    private static Supplier<Backend> activation(Activation activation, DoubleUnaryOperator broken) {
        return () -> new Broken() {
            @Override
            public Tensor activate(Tensor x, Activation asked) {
                return asked != activation
                        ? super.activate(x, asked)
                        : changed(x, values -> {
                            for (int i = 0; i < values.length; i++) {
                                values[i] = (float) broken.applyAsDouble(values[i]);
                            }
                            return values;
                        });
            }
        };
    }

    static void addTo(Map<String, Supplier<Backend>> mistakes) {
        mistakes.put("activate: GELU by its tanh", activation(Activation.GELU, Activation.GELU_TANH::of));
        mistakes.put(
                "activate: GELU with erf to five places (Abramowitz and Stegun 7.1.25)",
                activation(Activation.GELU, BrokenElements::roughGelu));
        mistakes.put(
                "activate: quick GELU with 1.7", activation(Activation.QUICK_GELU, x -> x / (1 + Math.exp(-1.7 * x))));
        mistakes.put("activate: SILU by its sigmoid alone", activation(Activation.SILU, Activation.SIGMOID::of));
        mistakes.put("activate: RELU takes NaN for zero", activation(Activation.RELU, x -> x > 0 ? x : 0));
        mistakes.put(
                "activate: tanh is one too early",
                activation(Activation.TANH, x -> Math.abs(x) > 7 ? Math.signum(x) : Math.tanh(x)));
        mistakes.put("activate: sigmoid overflows", activation(Activation.SIGMOID, x -> {
            float power = (float) Math.exp(x);
            return power / (1 + power);
        }));
        mistakes.put("add: repeats only the first row", () -> new Broken() {
            @Override
            public Tensor add(Tensor a, Tensor b) {
                return super.add(a, b.rows() < a.rows() && b.rows() > 0 ? b.rows(0, 1) : b);
            }
        });
        mistakes.put("add: repeats every row before the next", () -> new Broken() {
            @Override
            public Tensor add(Tensor a, Tensor b) {
                if (b.rows() == 0 || a.rows() == b.rows()) {
                    return super.add(a, b);
                }
                int repetitions = a.rows() / b.rows();
                int[] rows = new int[a.rows()];
                java.util.Arrays.setAll(rows, row -> row / repetitions);
                return super.add(a, super.gatherRows(b, rows));
            }
        });
        mistakes.put("multiply: forgets the last columns", () -> new Broken() {
            @Override
            public Tensor multiply(Tensor a, Tensor b) {
                return changed(super.multiply(a, b), values -> withoutRest(values, a.columns()));
            }
        });
        mistakes.put("tensor: views lose their rest", () -> new Broken() {
            @Override
            public Tensor concatRows(java.util.List<Tensor> parts) {
                return changed(
                        super.concatRows(parts),
                        values -> withoutRest(values, parts.getFirst().columns()));
            }
        });
        mistakes.put("constant: takes bfloat16 for f16", () -> new Broken() {
            @Override
            public Tensor constant(WeightData data) {
                return super.constant(
                        data.dtype() == DType.BF16
                                ? new WeightData(data.name(), DType.F16, data.shape(), data.data(), data.source())
                                : data);
            }
        });
        mistakes.put("constant: one row too few", () -> new Broken() {
            @Override
            public Tensor constant(WeightData data) {
                Shape shape = data.shape();
                Tensor all = super.constant(data);
                return shape.rank() == 2 && all.rows() > 3 ? all.rows(0, all.rows() - 1) : all;
            }
        });
    }

    private static double roughGelu(double x) {
        double z = Math.abs(x) / Math.sqrt(2);
        double t = 1 / (1 + 0.47047 * z);
        double erf = 1 - t * (0.3480242 + t * (-0.0958798 + t * 0.7478556)) * Math.exp(-z * z);
        return 0.5 * x * (1 + Math.copySign(erf, x));
    }
}
