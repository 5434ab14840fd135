package dev.fovea.models.fastvit.network;

import dev.fovea.models.nn.BatchNorm;
import dev.fovea.models.nn.Parameters;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.WeightData;
import java.util.List;
import java.util.function.Supplier;

/**
 * Adds up the branches of a convolution that was trained as several. All of them are linear and read the same pixels,
 * so their sum is one convolution (Ding et al. 2021, RepVGG, section 3.3): a smaller kernel is the middle of a larger
 * one, and the pixels themselves are a kernel with a one in its middle.
 */
final class BranchSum {

    private final ConvolutionShape shape;
    private final double[] kernel;
    private final double[] bias;

    private BranchSum(ConvolutionShape shape) {
        this.shape = shape;
        bias = new double[shape.outputChannels()];
        kernel = new double[bias.length * shape.channelsPerGroup() * shape.kernelHeight() * shape.kernelWidth()];
    }

    /** Changes the sum by one branch, whose tensors were asked for and whose numbers are read now. */
    interface Branch {
        /** Adds the branch, or changes what was added. */
        void applyTo(BranchSum sum);
    }

    /** The pixels themselves. */
    static final Branch IDENTITY = sum -> sum.addPixels(channel -> 1);

    /**
     * Asks for a convolution without bias and the batch norm after it.
     *
     * @param name of the branch, with {@code conv} and {@code bn} below
     * @param size height and width of its kernel, odd as that of the sum and not larger
     */
    static Branch convolution(Parameters block, String name, ConvolutionShape shape, int size) {
        int outputs = shape.outputChannels();
        WeightData taps =
                block.weights().tensor(name + ".conv.weight", Shape.of(outputs, shape.channelsPerGroup(), size, size));
        BatchNorm norm = new BatchNorm(block, name + ".bn", outputs);
        return sum -> {
            double[] factors = norm.factors();
            double[] terms = norm.terms();
            sum.addTaps(taps.toFloats(), size, channel -> factors[channel]);
            sum.addBias(channel -> terms[channel]);
        };
    }

    /**
     * Asks for a batch norm of the pixels themselves.
     *
     * @param sign 1, or -1 to take it away
     */
    static Branch norm(Parameters block, String name, ConvolutionShape shape, int sign) {
        BatchNorm norm = new BatchNorm(block, name, shape.outputChannels());
        return sum -> {
            double[] factors = norm.factors();
            double[] terms = norm.terms();
            sum.addPixels(channel -> sign * factors[channel]);
            sum.addBias(channel -> sign * terms[channel]);
        };
    }

    /** Asks for a convolution with a bias and no norm, {@code NAME.weight} and {@code NAME.bias}. */
    static Branch plain(Parameters block, String name, ConvolutionShape shape) {
        WeightData taps = block.kernel(name, shape);
        WeightData terms = block.weights().tensor(name + ".bias", Shape.of(shape.outputChannels()));
        return sum -> {
            float[] values = terms.toFloats();
            sum.addTaps(taps.toFloats(), shape.kernelHeight(), channel -> 1);
            sum.addBias(channel -> values[channel]);
        };
    }

    /** Asks for a factor for each channel, {@code [channels, 1, 1]}, of all branches before it. */
    static Branch scale(Parameters block, String name, ConvolutionShape shape) {
        WeightData factors = block.weights().tensor(name, Shape.of(shape.outputChannels(), 1, 1));
        return sum -> sum.scale(factors.toFloats());
    }

    /**
     * Makes one convolution of branches.
     *
     * @param name for messages
     */
    static Weight.Convolution of(Parameters block, String name, ConvolutionShape shape, List<Branch> branches) {
        Supplier<BranchSum> sum = () -> {
            BranchSum all = new BranchSum(shape);
            branches.forEach(branch -> branch.applyTo(all));
            return all;
        };
        String full = block.weights().path() + "." + name;
        Shape taps =
                Shape.of(shape.outputChannels(), shape.channelsPerGroup(), shape.kernelHeight(), shape.kernelWidth());
        return block.convolution(
                block.derived(full, taps, () -> floats(sum.get().kernel)),
                block.derived(full, Shape.of(shape.outputChannels()), () -> floats(sum.get().bias)),
                shape);
    }

    private interface PerChannel {
        double of(int channel);
    }

    private void addTaps(float[] taps, int size, PerChannel factors) {
        int large = shape.kernelHeight();
        int margin = (large - size) / 2;
        int perPlane = size * size;
        int perChannel = taps.length / bias.length;
        for (int i = 0; i < taps.length; i++) {
            int row = i % perPlane / size + margin;
            int column = i % size + margin;
            kernel[(i / perPlane * large + row) * large + column] += factors.of(i / perChannel) * taps[i];
        }
    }

    private void addPixels(PerChannel factors) {
        int large = shape.kernelHeight();
        int inputs = shape.channelsPerGroup();
        for (int channel = 0; channel < bias.length; channel++) {
            int plane = channel * inputs + channel % inputs;
            kernel[(plane * large + large / 2) * large + large / 2] += factors.of(channel);
        }
    }

    private void addBias(PerChannel terms) {
        for (int channel = 0; channel < bias.length; channel++) {
            bias[channel] += terms.of(channel);
        }
    }

    private void scale(float[] factors) {
        int taps = kernel.length / bias.length;
        for (int i = 0; i < kernel.length; i++) {
            kernel[i] *= factors[i / taps];
        }
        for (int channel = 0; channel < bias.length; channel++) {
            bias[channel] *= factors[channel];
        }
    }

    private static float[] floats(double[] values) {
        float[] rounded = new float[values.length];
        for (int i = 0; i < rounded.length; i++) {
            rounded[i] = (float) values[i];
        }
        return rounded;
    }
}
