package dev.fovea.models.nn;

import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.Rewriting;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.WeightData;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/**
 * Folds a batch norm into the convolution before it. With the statistics of training a batch norm is a factor and a
 * term for every channel (Ioffe and Szegedy 2015, section 3.1), and a convolution takes them into its kernel and bias:
 *
 * <pre>
 * norm(w * x) = (w * x - mean) gamma / sqrt(variance + epsilon) + beta
 *             = (w factor) * x + (beta - mean factor)          with factor = gamma / sqrt(variance + epsilon)
 * </pre>
 */
public final class BatchNorm {

    /** The epsilon of PyTorch, which no configuration file changes. */
    private static final double EPSILON = 1e-5;

    private final WeightData gamma;
    private final WeightData beta;
    private final WeightData mean;
    private final WeightData variance;

    /**
     * Takes {@code NAME.weight}, {@code NAME.bias}, {@code NAME.running_mean} and {@code NAME.running_var}, all four
     * {@code [channels]}.
     *
     * @throws FoveaException if one is missing or misshapen
     */
    public BatchNorm(Parameters parameters, String name, int channels) {
        this(name, part -> parameters.weights().tensor(part, Shape.of(channels)));
    }

    /**
     * Takes the same four vectors from wherever they are.
     *
     * @param weights finds a weight by its name
     */
    public BatchNorm(String name, Function<String, WeightData> weights) {
        gamma = weights.apply(name + ".weight");
        beta = weights.apply(name + ".bias");
        mean = weights.apply(name + ".running_mean");
        variance = weights.apply(name + ".running_var");
    }

    /**
     * Folds a batch norm into the convolution {@code CONVOLUTION.weight}.
     *
     * @param norm name of the batch norm
     * @throws FoveaException if one is missing or misshapen, or a variance is negative
     */
    public static Weight.Convolution fold(
            Parameters parameters, String convolution, String norm, ConvolutionShape shape) {
        WeightData kernel = parameters.kernel(convolution, shape);
        BatchNorm statistics = new BatchNorm(parameters, norm, shape.outputChannels());
        return parameters.convolution(
                parameters.derived(kernel.name(), kernel.shape(), statistics.ofKernel(kernel)),
                parameters.derived(statistics.beta.name(), statistics.beta.shape(), statistics.ofBias()),
                shape);
    }

    /**
     * Returns the kernel with the norm in it, {@code w' = w gamma / s} with {@code s = sqrt(variance + epsilon)}. The
     * statistics stay as they are when it is trained: {@code dw = dw' gamma / s}, {@code dgamma = sum of dw' w / s}.
     */
    private Rewriting ofKernel(WeightData kernel) {
        return new Rewriting(
                List.of(kernel, gamma), values -> scaled(values.get(0), factors(values.get(1))), (values, gradient) -> {
                    float[] taps = values.get(0);
                    double[] slopes = new double[values.get(1).length];
                    for (int i = 0; i < taps.length; i++) {
                        slopes[i / (taps.length / slopes.length)] += (double) gradient[i] * taps[i];
                    }
                    double[] inverse = factors(ones(slopes.length));
                    Arrays.setAll(slopes, channel -> slopes[channel] * inverse[channel]);
                    return List.of(scaled(gradient, factors(values.get(1))), floats(slopes));
                });
    }

    /** Returns the bias, {@code b' = beta - mean gamma / s}: {@code dbeta = db'}, {@code dgamma = -mean db' / s}. */
    private Rewriting ofBias() {
        return new Rewriting(
                List.of(beta, gamma),
                values -> floats(terms(values.get(0), factors(values.get(1)))),
                (values, gradient) -> {
                    double[] inverse = factors(ones(gradient.length));
                    float[] means = mean.toFloats();
                    double[] slopes = new double[gradient.length];
                    Arrays.setAll(slopes, channel -> -means[channel] * inverse[channel] * gradient[channel]);
                    return List.of(gradient, floats(slopes));
                });
    }

    private static float[] ones(int count) {
        float[] ones = new float[count];
        Arrays.fill(ones, 1);
        return ones;
    }

    /**
     * Returns what each channel is multiplied with.
     *
     * @throws FoveaException if a variance is negative
     */
    public double[] factors() {
        return factors(gamma.toFloats());
    }

    private double[] factors(float[] gammas) {
        float[] variances = variance.toFloats();
        double[] factors = new double[gammas.length];
        for (int channel = 0; channel < factors.length; channel++) {
            if (!(variances[channel] >= 0)) {
                throw new ModelException(
                        variance.source() + ": tensor \"" + variance.name() + "\" holds " + variances[channel]
                                + ", expected variances of 0 and more; the file is damaged, fetch it again");
            }
            factors[channel] = gammas[channel] / Math.sqrt(variances[channel] + EPSILON);
        }
        return factors;
    }

    /**
     * Returns what is added to each channel after its factor.
     *
     * @throws FoveaException if a variance is negative
     */
    public double[] terms() {
        return terms(beta.toFloats(), factors());
    }

    private double[] terms(float[] betas, double[] factors) {
        float[] means = mean.toFloats();
        double[] terms = new double[factors.length];
        Arrays.setAll(terms, channel -> betas[channel] - means[channel] * factors[channel]);
        return terms;
    }

    private static float[] scaled(float[] taps, double[] factors) {
        float[] scaled = new float[taps.length];
        int tapsOfChannel = taps.length / factors.length;
        for (int i = 0; i < taps.length; i++) {
            scaled[i] = (float) (taps[i] * factors[i / tapsOfChannel]);
        }
        return scaled;
    }

    private static float[] floats(double[] values) {
        float[] rounded = new float[values.length];
        for (int i = 0; i < rounded.length; i++) {
            rounded[i] = (float) values[i];
        }
        return rounded;
    }
}
