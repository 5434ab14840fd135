package dev.fovea.models.nn;

import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.safetensors.Weights;

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

    private BatchNorm() {}

    /**
     * Folds {@code CONVOLUTION.weight} and {@code NORM.weight}, {@code NORM.bias}, {@code NORM.running_mean}, {@code
     * NORM.running_var}, all four {@code [output channels]}.
     *
     * @throws FoveaException if one is missing or misshapen, or a variance is negative
     */
    public static Weight.Convolution fold(
            Parameters parameters, String convolution, String norm, ConvolutionShape shape) {
        Weights weights = parameters.weights();
        int channels = shape.outputChannels();
        WeightData kernel = weights.tensor(
                convolution + ".weight",
                Shape.of(channels, shape.channelsPerGroup(), shape.kernelHeight(), shape.kernelWidth()));
        Shape perChannel = Shape.of(channels);
        WeightData gamma = weights.tensor(norm + ".weight", perChannel);
        WeightData beta = weights.tensor(norm + ".bias", perChannel);
        WeightData mean = weights.tensor(norm + ".running_mean", perChannel);
        WeightData variance = weights.tensor(norm + ".running_var", perChannel);
        return parameters.convolution(
                parameters.derived(kernel.name(), kernel.shape(), () -> scaled(kernel, factors(gamma, variance))),
                parameters.derived(beta.name(), perChannel, () -> shifted(beta, mean, factors(gamma, variance))),
                shape);
    }

    private static double[] factors(WeightData gamma, WeightData variances) {
        float[] gammas = gamma.toFloats();
        float[] variance = variances.toFloats();
        double[] factors = new double[gammas.length];
        for (int channel = 0; channel < factors.length; channel++) {
            if (!(variance[channel] >= 0)) {
                throw new ModelException(
                        variances.source() + ": tensor \"" + variances.name() + "\" holds " + variance[channel]
                                + ", expected variances of 0 and more; the file is damaged, fetch it again");
            }
            factors[channel] = gammas[channel] / Math.sqrt(variance[channel] + EPSILON);
        }
        return factors;
    }

    private static float[] scaled(WeightData kernel, double[] factors) {
        float[] taps = kernel.toFloats();
        int tapsOfChannel = taps.length / factors.length;
        for (int channel = 0; channel < factors.length; channel++) {
            for (int i = channel * tapsOfChannel; i < (channel + 1) * tapsOfChannel; i++) {
                taps[i] = (float) (taps[i] * factors[channel]);
            }
        }
        return taps;
    }

    private static float[] shifted(WeightData beta, WeightData mean, double[] factors) {
        float[] terms = beta.toFloats();
        float[] means = mean.toFloats();
        for (int channel = 0; channel < factors.length; channel++) {
            terms[channel] = (float) (terms[channel] - means[channel] * factors[channel]);
        }
        return terms;
    }
}
