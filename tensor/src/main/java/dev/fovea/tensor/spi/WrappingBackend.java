package dev.fovea.tensor.spi;

import dev.fovea.tensor.Activation;
import dev.fovea.tensor.AttentionShape;
import dev.fovea.tensor.Backend;
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
 * Lets another backend compute and observes it: subclasses override {@link #around}, which sees every operation.
 * Tensors and weights are those of the backend inside, so a model notices nothing.
 */
public abstract class WrappingBackend implements Backend {

    private final Backend inner;

    /**
     * @param inner the backend that computes; closing the wrapper closes it
     */
    protected WrappingBackend(Backend inner) {
        this.inner = inner;
    }

    /**
     * Describes one call of an operation and what it costs. A multiplication and an addition are one FLOP each, and so
     * is any function of one value. What is fused into a product (bias, norm, activation, residual) and what only moves
     * values counts nothing.
     *
     * @param operation the {@link Backend}'s method
     * @param weight the {@linkplain Weight#name name} of its weight, or an empty string
     * @param flop arithmetic operations by the definition, not by what a clever kernel needs
     * @param bytes every input, weight and output once: the least that must move
     */
    public record Call(String operation, String weight, double flop, double bytes) {}

    /** Returns the backend that computes. */
    public final Backend inner() {
        return inner;
    }

    /**
     * Runs one operation.
     *
     * @param call what it is
     * @param operation computes the result
     * @return the operation's result
     */
    protected abstract <T> T around(Call call, Supplier<T> operation);

    private <T> T around(String operation, Supplier<Call> description, Supplier<T> work) {
        Call call;
        try {
            call = description.get();
        } catch (RuntimeException wrongOperand) { // the backend inside refuses it in words of its own
            call = new Call(operation, "", 0, 0);
        }
        return around(call, work);
    }

    @Override
    public int threads() {
        return inner.threads();
    }

    @Override
    public <T> T onCallingThread(Supplier<T> work) {
        return inner.onCallingThread(work);
    }

    @Override
    public String description() {
        return inner.description();
    }

    @Override
    public Tensor tensor(int rows, int columns, float[] values) {
        return inner.tensor(rows, columns, values);
    }

    @Override
    public <T> T scoped(String name, Supplier<T> work) {
        return inner.scoped(name, work);
    }

    @Override
    public void release(Tensor tensor) {
        inner.release(tensor);
    }

    @Override
    public Tensor constant(WeightData data) {
        return inner.constant(data);
    }

    @Override
    public Weight.Linear linearWeight(
            List<WeightData> weights, List<WeightData> biases, DType storage, Precision precision) {
        return inner.linearWeight(weights, biases, storage, precision);
    }

    @Override
    public Weight.Linear updatedWeight(Weight.Linear before, List<WeightData> weights, List<WeightData> biases) {
        return inner.updatedWeight(before, weights, biases);
    }

    @Override
    public Weight.Embedding embeddingWeight(WeightData table) {
        return inner.embeddingWeight(table);
    }

    @Override
    public Weight.Convolution convolutionWeight(
            WeightData kernel, WeightData bias, ConvolutionShape shape, Precision precision) {
        return inner.convolutionWeight(kernel, bias, shape, precision);
    }

    // ---- products ----

    @Override
    public Tensor linear(Tensor x, Weight.Linear weight, Fusion fusion) {
        return around(
                "linear",
                () -> {
                    double outputs = (double) x.rows() * weight.outputs();
                    double moved = x.elements() + outputs * (fusion.residual() == null ? 1 : 2);
                    return new Call(
                            "linear",
                            weight.name(),
                            2 * outputs * weight.inputs(),
                            Float.BYTES * moved + weight.bytes());
                },
                () -> inner.linear(x, weight, fusion));
    }

    @Override
    public Tensor mlp(Tensor x, Weight.Linear expand, Weight.Linear reduce, Fusion fusion) {
        return around(
                "mlp",
                () -> {
                    double products = (double) x.rows() * expand.outputs() * (expand.inputs() + reduce.outputs());
                    double moved =
                            x.elements() + (double) x.rows() * reduce.outputs() * (fusion.residual() == null ? 1 : 2);
                    return new Call(
                            "mlp", expand.name(), 2 * products, Float.BYTES * moved + expand.bytes() + reduce.bytes());
                },
                () -> inner.mlp(x, expand, reduce, fusion));
    }

    @Override
    public Tensor matmul(Tensor a, Tensor b) {
        return around("matmul", () -> product("matmul", a, b, b.columns()), () -> inner.matmul(a, b));
    }

    @Override
    public Tensor matmulTransposed(Tensor a, Tensor b) {
        return around(
                "matmulTransposed",
                () -> product("matmulTransposed", a, b, b.rows()),
                () -> inner.matmulTransposed(a, b));
    }

    private static Call product(String operation, Tensor a, Tensor b, int outputs) {
        double results = (double) a.rows() * outputs;
        return new Call(
                operation, "", 2 * results * a.columns(), Float.BYTES * (a.elements() + b.elements() + results));
    }

    @Override
    public Tensor attention(
            Tensor queries,
            Tensor keys,
            Tensor values,
            Segments querySegments,
            Segments keySegments,
            AttentionShape shape) {
        return around(
                "attention",
                () -> {
                    double seen = seenKeys(querySegments, keySegments, shape);
                    double results = (double) queries.rows() * values.columns();
                    return new Call(
                            "attention",
                            "",
                            2 * seen * (queries.columns() + values.columns()),
                            Float.BYTES * (queries.elements() + keys.elements() + values.elements() + results));
                },
                () -> inner.attention(queries, keys, values, querySegments, keySegments, shape));
    }

    /** Counts the pairs of a query and a key that it sees. */
    private static double seenKeys(Segments querySegments, Segments keySegments, AttentionShape shape) {
        double seen = 0;
        for (int segment = 0; segment < Math.min(querySegments.count(), keySegments.count()); segment++) {
            int length = querySegments.length(segment);
            for (int query = 0; query < length; query++) {
                seen += shape.visibleKeys(query, length, keySegments.length(segment));
            }
        }
        return seen;
    }

    // ---- rows on their own ----

    /** Returns the call of an operation that maps each value to another. */
    private static Call each(String operation, Tensor x, int flop) {
        return new Call(operation, "", (double) flop * x.elements(), 2.0 * Float.BYTES * x.elements());
    }

    @Override
    public Tensor channelAttention(Tensor queries, Tensor keys, Tensor values, Segments segments, int groups) {
        return around(
                "channelAttention",
                () -> {
                    double products = (double) queries.elements() * queries.columns() / Math.max(1, groups);
                    return new Call("channelAttention", "", 4 * products, 4.0 * Float.BYTES * queries.elements());
                },
                () -> inner.channelAttention(queries, keys, values, segments, groups));
    }

    @Override
    public Tensor layerNorm(Tensor x, LayerNorm norm) {
        return around(
                "layerNorm",
                () -> {
                    // Mean; difference, square, sum; difference, scale, gamma, beta.
                    return each("layerNorm", x, 8);
                },
                () -> inner.layerNorm(x, norm));
    }

    @Override
    public Tensor softmax(Tensor x) {
        return around(
                "softmax",
                () -> {
                    // Maximum, difference, exponential, sum, quotient.
                    return each("softmax", x, 5);
                },
                () -> inner.softmax(x));
    }

    @Override
    public Tensor l2Normalize(Tensor x) {
        return around("l2Normalize", () -> each("l2Normalize", x, 3), () -> inner.l2Normalize(x));
    }

    // ---- element by element ----

    @Override
    public Tensor activate(Tensor x, Activation activation) {
        return around("activate", () -> each("activate", x, 1), () -> inner.activate(x, activation));
    }

    private static Call pairs(String operation, Tensor a, Tensor b) {
        return new Call(operation, "", a.elements(), (double) Float.BYTES * (2 * a.elements() + b.elements()));
    }

    @Override
    public Tensor add(Tensor a, Tensor b) {
        return around("add", () -> pairs("add", a, b), () -> inner.add(a, b));
    }

    @Override
    public Tensor multiply(Tensor a, Tensor b) {
        return around("multiply", () -> pairs("multiply", a, b), () -> inner.multiply(a, b));
    }

    // ---- moving rows ----

    @Override
    public Tensor embedding(Weight.Embedding table, int[] ids) {
        return around(
                "embedding",
                () -> {
                    double elements = (double) ids.length * table.columns();
                    return new Call(
                            "embedding",
                            table.name(),
                            0,
                            elements * (table.dtype().bytes() + Float.BYTES));
                },
                () -> inner.embedding(table, ids));
    }

    @Override
    public Tensor gatherRows(Tensor x, int[] rows) {
        return around(
                "gatherRows",
                () -> new Call("gatherRows", "", 0, 2.0 * Float.BYTES * rows.length * x.columns()),
                () -> inner.gatherRows(x, rows));
    }

    @Override
    public Tensor concatRows(List<Tensor> parts) {
        return around(
                "concatRows",
                () -> {
                    double elements =
                            parts.stream().mapToDouble(Tensor::elements).sum();
                    return new Call("concatRows", "", 0, 2 * Float.BYTES * elements);
                },
                () -> inner.concatRows(parts));
    }

    @Override
    public Tensor preallocate(int rows, int columns) {
        return inner.preallocate(rows, columns);
    }

    @Override
    public void writeRows(Tensor target, int[] rows, Tensor values) {
        around("writeRows", () -> new Call("writeRows", "", 0, 2.0 * Float.BYTES * values.elements()), () -> {
            inner.writeRows(target, rows, values);
            return null;
        });
    }

    @Override
    public Tensor meanRows(Tensor x, Segments segments) {
        return around(
                "meanRows",
                () -> {
                    double elements = (double) segments.totalLength() * x.columns();
                    double results = (double) segments.count() * x.columns();
                    return new Call("meanRows", "", elements, Float.BYTES * (elements + results));
                },
                () -> inner.meanRows(x, segments));
    }

    // ---- pictures ----

    @Override
    public Tensor convolution(Tensor x, Grid grid, Weight.Convolution weight, Activation activation) {
        return around(
                "convolution",
                () -> convolutionCall(x, grid, weight, 1),
                () -> inner.convolution(x, grid, weight, activation));
    }

    @Override
    public Tensor convolution(Tensor x, Grid grid, Weight.Convolution weight, Tensor shortcut, Activation activation) {
        return around(
                "convolution",
                () -> convolutionCall(x, grid, weight, 2),
                () -> inner.convolution(x, grid, weight, shortcut, activation));
    }

    /**
     * @param passes how often as many numbers as come out are read or written
     */
    private static Call convolutionCall(Tensor x, Grid grid, Weight.Convolution weight, int passes) {
        ConvolutionShape shape = weight.shape();
        double results = (double) shape.output(grid).rows() * shape.outputChannels();
        double taps = (double) shape.channelsPerGroup() * shape.kernelHeight() * shape.kernelWidth();
        return new Call(
                "convolution",
                weight.name(),
                2 * results * taps,
                Float.BYTES * (x.elements() + passes * results) + weight.bytes());
    }

    @Override
    public Tensor averagePool(Tensor x, Grid grid, int size, int stride) {
        return around(
                "averagePool",
                () -> poolCall("averagePool", x, grid, size, stride, 0),
                () -> inner.averagePool(x, grid, size, stride));
    }

    @Override
    public Tensor maxPool(Tensor x, Grid grid, int size, int stride, int padding) {
        return around(
                "maxPool",
                () -> poolCall("maxPool", x, grid, size, stride, padding),
                () -> inner.maxPool(x, grid, size, stride, padding));
    }

    private static Call poolCall(String operation, Tensor x, Grid grid, int size, int stride, int padding) {
        // The backend inside refuses windows that are none, in its own words.
        double results = size < 1 || stride < 1 || padding < 0
                ? 0
                : (double) Checks.pooled(grid, size, stride, padding).rows() * x.columns();
        return new Call(operation, "", results * size * size, Float.BYTES * (x.elements() + results));
    }

    // ---- what gradients are made of ----

    @Override
    public Tensor transpose(Tensor x) {
        return around("transpose", () -> each("transpose", x, 0), () -> inner.transpose(x));
    }

    @Override
    public Tensor activationGradient(Tensor gradient, Tensor x, Activation activation) {
        return around(
                "activationGradient",
                () -> new Call("activationGradient", "", 2.0 * x.elements(), 3.0 * Float.BYTES * x.elements()),
                () -> inner.activationGradient(gradient, x, activation));
    }

    @Override
    public Tensor layerNormGradient(Tensor gradient, Tensor x, LayerNorm norm) {
        return around(
                "layerNormGradient",
                () -> {
                    // Mean and deviation as in layerNorm; gamma, two means, two differences, two products.
                    return new Call("layerNormGradient", "", 16.0 * x.elements(), 3.0 * Float.BYTES * x.elements());
                },
                () -> inner.layerNormGradient(gradient, x, norm));
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
        return around(
                "attentionGradients",
                () -> {
                    double seen = seenKeys(querySegments, keySegments, shape);
                    double moved =
                            gradient.elements() + 2.0 * (queries.elements() + keys.elements() + values.elements());
                    return new Call(
                            "attentionGradients",
                            "",
                            2 * seen * (3 * queries.columns() + 2 * values.columns()),
                            Float.BYTES * moved);
                },
                () -> inner.attentionGradients(gradient, queries, keys, values, querySegments, keySegments, shape));
    }

    @Override
    public void close() {
        inner.close();
    }
}
