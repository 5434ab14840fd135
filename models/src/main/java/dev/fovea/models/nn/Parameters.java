package dev.fovea.models.nn;

import dev.fovea.models.LoadOptions;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.Precision;
import dev.fovea.tensor.Rewriting;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.safetensors.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The parameters that a module is made from: the checkpoint's weights below its path, and the backend that holds them.
 * Modules ask for their weights by the names in the file, so that a reader can follow them there; a missing or
 * misshapen one is an error that names it.
 *
 * @param backend computes with the weights
 * @param weights the checkpoint below this module's path
 * @param options how matrices are stored and multiplied
 */
public record Parameters(Backend backend, Weights weights, LoadOptions options) {

    /** Red, green and blue. */
    private static final int CHANNELS_OF_PIXELS = 3;

    /** Returns the parameters of a sub-module. */
    public Parameters at(String name) {
        return new Parameters(backend, weights.at(name), options);
    }

    /**
     * Returns the same parameters for a small layer whose rounding decides how exact the answers are: the one that
     * makes embeddings, which nothing evens out afterwards. It has 16 bits where the others have 8.
     */
    public Parameters finer() {
        return new Parameters(backend, weights, options.withCompute(finerPrecision()));
    }

    /** Returns the parameters of one module of a list. */
    public Parameters at(String list, int index) {
        return new Parameters(backend, weights.at(list, index), options);
    }

    /**
     * Returns the parameters of the first of several sub-modules that the checkpoint has; see {@link Weights#atAnyOf}.
     */
    public Parameters atAnyOf(String... names) {
        return new Parameters(backend, weights.atAnyOf(names), options);
    }

    /** Makes a linear layer of {@code NAME.weight [outputs, inputs]} with {@code NAME.bias [outputs]}. */
    public Linear linear(String name, int inputs, int outputs) {
        return linears(inputs, outputs, name);
    }

    /** Makes a linear layer of {@code NAME.weight [outputs, inputs]} without bias. */
    public Linear linearWithoutBias(String name, int inputs, int outputs) {
        WeightData matrix = weights.tensor(name + ".weight", Shape.of(outputs, inputs));
        return linear(List.of(matrix), List.of());
    }

    /**
     * Makes a linear layer whose outputs are multiplied by a learned factor each (LayerScale, Touvron et al. 2021),
     * which is done once, to matrix and bias.
     *
     * @param scale name of the factors {@code [outputs]}, or null for none
     */
    public Linear scaledLinear(String name, String scale, int inputs, int outputs) {
        if (scale == null) {
            return linear(name, inputs, outputs);
        }
        WeightData factors = weights.tensor(scale, Shape.of(outputs));
        WeightData matrix = weights.tensor(name + ".weight", Shape.of(outputs, inputs));
        WeightData bias = weights.tensor(name + ".bias", Shape.of(outputs));
        return linear(List.of(scaledRows(matrix, factors)), List.of(scaledRows(bias, factors)));
    }

    /**
     * Multiplies the rows of a matrix, or the numbers of a vector, by a factor each.
     *
     * @param factors as many as there are rows
     */
    public WeightData scaledRows(WeightData rows, WeightData factors) {
        return derived(
                rows.name(),
                rows.shape(),
                new Rewriting(
                        List.of(rows, factors),
                        values -> scaled(values.get(0), values.get(1)),
                        (values, gradient) -> List.of(
                                scaled(gradient, values.get(1)), // d(row) = factor d(scaled row)
                                rowSums(values.get(0), gradient, values.get(1).length))));
    }

    private static float[] scaled(float[] rows, float[] factors) {
        float[] scaled = rows.clone();
        int width = rows.length / factors.length;
        for (int i = 0; i < rows.length; i++) {
            scaled[i] *= factors[i / width];
        }
        return scaled;
    }

    /** Returns the sum of products along each row. */
    private static float[] rowSums(float[] a, float[] b, int rows) {
        float[] sums = new float[rows];
        int width = a.length / rows;
        for (int row = 0; row < rows; row++) {
            double sum = 0;
            for (int i = row * width; i < (row + 1) * width; i++) {
                sum += (double) a[i] * b[i];
            }
            sums[row] = (float) sum;
        }
        return sums;
    }

    /**
     * Makes one linear layer of several that have the same size and share their input. Their outputs are side by side.
     */
    public Linear linears(int inputs, int outputs, String... names) {
        return linears(inputs, outputs, List.of(names), List.of());
    }

    /**
     * Makes one linear layer of several that have the same size and share their input, of which some have no bias.
     *
     * @param unbiased the names of those
     */
    Linear linears(int inputs, int outputs, List<String> names, List<String> unbiased) {
        List<WeightData> matrices = new ArrayList<>();
        List<WeightData> biases = new ArrayList<>();
        for (String name : names) {
            matrices.add(weights.tensor(name + ".weight", Shape.of(outputs, inputs)));
            biases.add(
                    unbiased.contains(name)
                            ? derived(name + ".bias", Shape.of(outputs), () -> new float[outputs])
                            : weights.tensor(name + ".bias", Shape.of(outputs)));
        }
        return linear(matrices, unbiased.containsAll(names) ? List.of() : biases);
    }

    /**
     * Makes one linear layer of some matrices {@code [outputs, inputs]} that share their input, with a bias for each or
     * none.
     */
    public Linear linear(List<WeightData> matrices, List<WeightData> biases) {
        return new Linear(
                backend,
                backend.linearWeight(matrices, biases, options.weights().dtype(), options.compute()));
    }

    /** Makes a layer norm of {@code NAME.weight} and {@code NAME.bias}, both {@code [size]}. */
    public LayerNorm layerNorm(String name, int size, float epsilon) {
        return new LayerNorm(constant(name + ".weight", size), constant(name + ".bias", size), epsilon);
    }

    /** Returns a tensor of the checkpoint; a vector becomes one row. */
    public Tensor constant(String name, long... shape) {
        return backend.constant(weights.tensor(name, Shape.of(shape)));
    }

    /**
     * Returns a weight that is computed from stored ones, which can be trained. In an {@linkplain Weights#areOutlines()
     * outline} nothing is computed.
     *
     * @param name of the stored weight
     * @param shape of the computed one
     */
    public WeightData derived(String name, Shape shape, Rewriting rewriting) {
        return weights.areOutlines() ? WeightData.outline(name, shape) : WeightData.of(name, shape, rewriting);
    }

    /**
     * Returns a weight that is computed from stored ones, such as a transposed matrix. In an {@linkplain
     * Weights#areOutlines() outline} nothing is computed.
     *
     * @param name of the stored weight
     * @param shape of the computed one
     * @param values its numbers in row-major order
     */
    public WeightData derived(String name, Shape shape, Supplier<float[]> values) {
        return weights.areOutlines() ? WeightData.outline(name, shape) : WeightData.of(name, shape, values.get());
    }

    /**
     * Returns the factor that turns cosines into logits: the exponential of {@code logit_scale []}.
     *
     * @throws FoveaException if it is missing, or not a finite number
     */
    public float logitFactor() {
        return logitFactor(Shape.of());
    }

    /**
     * Returns the factor that turns cosines into logits: the exponential of {@code logit_scale}.
     *
     * @param shape of the stored tensor, which holds one number
     * @throws FoveaException if it is missing, or not a finite number
     */
    public float logitFactor(Shape shape) {
        return number("logit_scale", shape, Math::exp, "the logarithm of a finite number");
    }

    /**
     * Returns the number that is added to logits, {@code logit_bias [1]}.
     *
     * @throws FoveaException if it is missing, or not a finite number
     */
    public float logitBias() {
        return number("logit_bias", Shape.of(1), bias -> bias, "a finite number");
    }

    private float number(String name, Shape shape, DoubleUnaryOperator result, String expected) {
        WeightData stored = weights.tensor(name, shape);
        if (weights.areOutlines()) {
            return 1;
        }
        float number = (float) result.applyAsDouble(stored.get(0));
        if (!Float.isFinite(number)) {
            throw new ModelException(stored.source() + ": tensor \"" + stored.name() + "\" holds " + stored.get(0)
                    + ", expected " + expected + "; the checkpoint is damaged, fetch or train it again");
        }
        return number;
    }

    /** Marks tensors as known that a checkpoint may hold and that have no part in the answers. */
    public void passOver(String... names) {
        Stream.of(names).filter(weights::has).forEach(weights::entry);
    }

    /** Makes a table of vectors of {@code NAME.weight [entries, columns]}. */
    public Weight.Embedding embedding(String name, int entries, int columns) {
        return backend.embeddingWeight(weights.tensor(name + ".weight", Shape.of(entries, columns)));
    }

    /** Makes a convolution of {@code NAME.weight} with {@code NAME.bias}. */
    public Weight.Convolution convolution(String name, ConvolutionShape shape) {
        WeightData bias = weights.tensor(name + ".bias", Shape.of(shape.outputChannels()));
        return convolution(kernel(name, shape), bias, shape);
    }

    /** Makes a convolution of {@code NAME.weight} without bias. */
    public Weight.Convolution convolutionWithoutBias(String name, ConvolutionShape shape) {
        return convolution(kernel(name, shape), null, shape);
    }

    /**
     * Makes a convolution of a kernel.
     *
     * @param bias null for none
     */
    public Weight.Convolution convolution(WeightData kernel, WeightData bias, ConvolutionShape shape) {
        boolean isOnPixels = shape.inputChannels() == CHANNELS_OF_PIXELS;
        return backend.convolutionWeight(kernel, bias, shape, isOnPixels ? finerPrecision() : options.compute());
    }

    /**
     * Returns how finely the first and the last layer are computed, on pixels and to embeddings. All else rests on the
     * one, the other's errors are the answer's, and they are a small part of the work: they have 16 bits where the
     * others have 8.
     */
    Precision finerPrecision() {
        return options.compute() == Precision.INT8 ? Precision.INT16 : options.compute();
    }

    /** Returns {@code NAME.weight} as the kernel of a convolution. */
    public WeightData kernel(String name, ConvolutionShape shape) {
        return weights.tensor(
                name + ".weight",
                Shape.of(shape.outputChannels(), shape.channelsPerGroup(), shape.kernelHeight(), shape.kernelWidth()));
    }
}
