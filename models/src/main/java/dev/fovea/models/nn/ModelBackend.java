package dev.fovea.models.nn;

import dev.fovea.tensor.Activation;
import dev.fovea.tensor.AttentionShape;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.CancelledException;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Precision;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.WeightData;
import java.util.List;
import java.util.function.Supplier;

/**
 * Wraps the backend that computes for a model's modules. It passes on every operation and adds two things, so that no
 * model has to implement them:
 *
 * <ul>
 * <li>A thread that was interrupted does not begin another operation, which ends its call with a {@link
 * CancelledException}.
 * <li>One call of one thread can be {@linkplain #observed observed} by a wrapper, while other threads compute as
 * always.
 * </ul>
 */
final class ModelBackend implements Backend {

    private final Backend computing;
    private final ThreadLocal<Backend> observer = new ThreadLocal<>();

    ModelBackend(Backend computing) {
        this.computing = computing;
    }

    /** Returns the backend that computes. */
    Backend computing() {
        return computing;
    }

    /**
     * Does some work of this thread on a wrapper.
     *
     * @param wrapper wraps {@link #computing()}
     */
    <T> T observed(Backend wrapper, Supplier<T> work) {
        Backend outer = observer.get();
        observer.set(wrapper);
        try {
            return work.get();
        } finally {
            observer.set(outer);
        }
    }

    /** Returns the backend for the next operation. */
    private Backend next() {
        CancelledException.throwIfInterrupted();
        return here();
    }

    private Backend here() {
        Backend wrapper = observer.get();
        return wrapper == null ? computing : wrapper;
    }

    // ---- what a thread does even when it was interrupted ----

    @Override
    public String description() {
        return computing.description();
    }

    @Override
    public int threads() {
        return computing.threads();
    }

    @Override
    public void release(Tensor tensor) {
        here().release(tensor);
    }

    @Override
    public void close() {
        computing.close();
    }

    // ---- operations ----

    @Override
    public Tensor tensor(int rows, int columns, float[] values) {
        return next().tensor(rows, columns, values);
    }

    @Override
    public <T> T onCallingThread(Supplier<T> work) {
        return next().onCallingThread(work);
    }

    @Override
    public <T> T scoped(String name, Supplier<T> work) {
        return next().scoped(name, work);
    }

    @Override
    public Tensor constant(WeightData data) {
        return next().constant(data);
    }

    @Override
    public Weight.Linear linearWeight(
            List<WeightData> weights, List<WeightData> biases, DType storage, Precision precision) {
        return next().linearWeight(weights, biases, storage, precision);
    }

    @Override
    public Weight.Linear linearWeight(List<WeightData> weights, List<WeightData> biases, DType storage) {
        return next().linearWeight(weights, biases, storage);
    }

    @Override
    public Weight.Linear updatedWeight(Weight.Linear before, List<WeightData> weights, List<WeightData> biases) {
        return next().updatedWeight(before, weights, biases);
    }

    @Override
    public Weight.Embedding embeddingWeight(WeightData table) {
        return next().embeddingWeight(table);
    }

    @Override
    public Weight.Convolution convolutionWeight(
            WeightData kernel, WeightData bias, ConvolutionShape shape, Precision precision) {
        return next().convolutionWeight(kernel, bias, shape, precision);
    }

    @Override
    public Weight.Convolution convolutionWeight(WeightData kernel, WeightData bias, ConvolutionShape shape) {
        return next().convolutionWeight(kernel, bias, shape);
    }

    @Override
    public Tensor linear(Tensor x, Weight.Linear weight, Fusion fusion) {
        return next().linear(x, weight, fusion);
    }

    @Override
    public Tensor mlp(Tensor x, Weight.Linear expand, Weight.Linear reduce, Fusion fusion) {
        return next().mlp(x, expand, reduce, fusion);
    }

    @Override
    public Tensor matmul(Tensor a, Tensor b) {
        return next().matmul(a, b);
    }

    @Override
    public Tensor matmulTransposed(Tensor a, Tensor b) {
        return next().matmulTransposed(a, b);
    }

    @Override
    public Tensor attention(
            Tensor queries,
            Tensor keys,
            Tensor values,
            Segments querySegments,
            Segments keySegments,
            AttentionShape shape) {
        return next().attention(queries, keys, values, querySegments, keySegments, shape);
    }

    @Override
    public Tensor channelAttention(Tensor queries, Tensor keys, Tensor values, Segments segments, int groups) {
        return next().channelAttention(queries, keys, values, segments, groups);
    }

    @Override
    public Tensor layerNorm(Tensor x, LayerNorm norm) {
        return next().layerNorm(x, norm);
    }

    @Override
    public Tensor softmax(Tensor x) {
        return next().softmax(x);
    }

    @Override
    public Tensor l2Normalize(Tensor x) {
        return next().l2Normalize(x);
    }

    @Override
    public Tensor activate(Tensor x, Activation activation) {
        return next().activate(x, activation);
    }

    @Override
    public Tensor add(Tensor a, Tensor b) {
        return next().add(a, b);
    }

    @Override
    public Tensor multiply(Tensor a, Tensor b) {
        return next().multiply(a, b);
    }

    @Override
    public Tensor embedding(Weight.Embedding table, int[] ids) {
        return next().embedding(table, ids);
    }

    @Override
    public Tensor gatherRows(Tensor x, int[] rows) {
        return next().gatherRows(x, rows);
    }

    @Override
    public Tensor concatRows(List<Tensor> parts) {
        return next().concatRows(parts);
    }

    @Override
    public Tensor preallocate(int rows, int columns) {
        return next().preallocate(rows, columns);
    }

    @Override
    public void writeRows(Tensor target, int[] rows, Tensor values) {
        next().writeRows(target, rows, values);
    }

    @Override
    public Tensor meanRows(Tensor x, Segments segments) {
        return next().meanRows(x, segments);
    }

    @Override
    public Tensor convolution(Tensor x, Grid grid, Weight.Convolution weight, Activation activation) {
        return next().convolution(x, grid, weight, activation);
    }

    @Override
    public Tensor convolution(Tensor x, Grid grid, Weight.Convolution weight, Tensor shortcut, Activation activation) {
        return next().convolution(x, grid, weight, shortcut, activation);
    }

    @Override
    public Tensor averagePool(Tensor x, Grid grid, int size, int stride) {
        return next().averagePool(x, grid, size, stride);
    }

    @Override
    public Tensor maxPool(Tensor x, Grid grid, int size, int stride, int padding) {
        return next().maxPool(x, grid, size, stride, padding);
    }

    @Override
    public Tensor transpose(Tensor x) {
        return next().transpose(x);
    }

    @Override
    public Tensor activationGradient(Tensor gradient, Tensor x, Activation activation) {
        return next().activationGradient(gradient, x, activation);
    }

    @Override
    public Tensor layerNormGradient(Tensor gradient, Tensor x, LayerNorm norm) {
        return next().layerNormGradient(gradient, x, norm);
    }

    @Override
    public List<Tensor> attentionGradients(
            Tensor gradient,
            Tensor queries,
            Tensor keys,
            Tensor values,
            Segments querySegments,
            Segments keySegments,
            AttentionShape shape) {
        return next().attentionGradients(gradient, queries, keys, values, querySegments, keySegments, shape);
    }
}
