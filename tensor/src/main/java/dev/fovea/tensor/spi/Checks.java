package dev.fovea.tensor.spi;

import dev.fovea.tensor.Activation;
import dev.fovea.tensor.AttentionShape;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Owner;
import dev.fovea.tensor.Precision;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.numbers.Sizes;
import java.util.List;

/** Checks the operands of every operation of {@link Backend}; every backend calls this before it computes. */
public final class Checks {

    private Checks() {}

    /**
     * Throws an {@link IllegalArgumentException} that names the operation and both shapes unless the condition holds.
     */
    public static void that(boolean holds, String operation, Tensor a, Tensor b) {
        if (!holds) {
            throw new IllegalArgumentException(operation + " of " + a.shape() + " and " + b.shape());
        }
    }

    /** Checks the conditions of {@link Backend#tensor}. */
    public static void tensor(Owner owner, int rows, int columns, float[] values) {
        owner.accept("tensor", values);
        size("tensor", rows, columns);
        if (values.length < (long) rows * columns) {
            throw new IllegalArgumentException(
                    "tensor of " + rows + " rows and " + columns + " columns from " + values.length + " numbers");
        }
    }

    /** Throws unless there can be a tensor of that many rows and columns. */
    private static void size(String operation, int rows, int columns) {
        if (rows < 0 || columns < 0 || rows > Sizes.MOST || columns > Sizes.MOST) {
            throw new IllegalArgumentException(operation + " of " + rows + " rows and " + columns
                    + " columns, expected 0 to " + Sizes.MOST + " of each");
        }
    }

    /**
     * Checks the conditions of {@link Backend#constant}.
     *
     * @return the columns of the tensor; its rows are what is left
     */
    public static int constant(Owner owner, WeightData data) {
        owner.accept("constant", data);
        requireReadable("constant", data);
        int columns = data.shape().rank() == 0
                ? 1
                : Sizes.extent("constant " + data.name(), data.shape().extent(-1));
        if (columns > 0) {
            Sizes.extent("constant " + data.name(), data.shape().elements() / columns);
        }
        return columns;
    }

    /**
     * Checks the conditions of {@link Backend#linearWeight}; those of the matrices and biases are {@link
     * LinearLayout}'s.
     *
     * @param biases may be empty, and only a list of its own says so
     */
    public static void linearWeight(
            Owner owner, List<WeightData> weights, List<WeightData> biases, Precision precision) {
        owner.accept("linear", weights, biases, precision);
        weights.forEach(part -> requireReadable("linear", part));
        biases.forEach(part -> requireReadable("linear", part));
    }

    /** Checks the conditions of {@link Backend#updatedWeight}. */
    public static void updatedWeight(
            Owner owner, Weight.Linear before, List<WeightData> weights, List<WeightData> biases) {
        owner.accept("updatedWeight", before);
        linearWeight(owner, weights, biases, Precision.F32);
    }

    private static void requireReadable(String operation, WeightData data) {
        if (!data.data().scope().isAlive()
                || data.scales() != null && !data.scales().scope().isAlive()) {
            throw new IllegalStateException(
                    operation + ": " + data.name() + " of " + data.source() + " is closed; keep the checkpoint open");
        }
    }

    /** Checks the conditions of {@link Backend#linear}. */
    public static void linear(Owner owner, Tensor x, Weight.Linear weight, Fusion fusion) {
        owner.accept("linear", x, weight, fusion);
        linear(x, weight, fusion);
    }

    private static void linear(Tensor x, Weight.Linear weight, Fusion fusion) {
        LayerNorm norm = fusion.norm();
        Tensor residual = fusion.residual();
        if (x.columns() != weight.inputs()
                || norm != null && !fits(norm, x)
                || residual != null && (residual.rows() != x.rows() || residual.columns() != weight.outputs())) {
            throw new IllegalArgumentException("linear of " + x.shape() + " with " + weight.name() + ", "
                    + weight.inputs() + " inputs and " + weight.outputs() + " outputs"
                    + (norm == null
                            ? ""
                            : ", norm of " + norm.gamma().shape() + " and "
                                    + norm.beta().shape())
                    + (residual == null ? "" : ", residual " + residual.shape()));
        }
    }

    /** Returns whether a norm's parameters are one row each, as wide as what is normed. */
    private static boolean fits(LayerNorm norm, Tensor x) {
        return norm.gamma().rows() == 1
                && norm.beta().rows() == 1
                && norm.gamma().columns() == x.columns()
                && norm.beta().columns() == x.columns();
    }

    /** Checks the conditions of {@link Backend#mlp}; those of each of its layers are {@link Backend#linear}'s. */
    public static void mlp(Owner owner, Tensor x, Weight.Linear expand, Weight.Linear reduce, Fusion fusion) {
        owner.accept("mlp", x, expand, reduce, fusion);
        mlp(x, expand, reduce, fusion);
    }

    /** Sizes of {@link Backend#mlp}'s operands, for a wrapper that leaves ownership to what it wraps. */
    public static void mlp(Tensor x, Weight.Linear expand, Weight.Linear reduce, Fusion fusion) {
        if (x == null || expand == null || reduce == null || fusion == null) {
            throw new IllegalArgumentException("mlp: an operand is null");
        }
        LayerNorm norm = fusion.norm();
        Tensor residual = fusion.residual();
        if (x.columns() != expand.inputs()
                || reduce.inputs() != expand.outputs()
                || norm != null && !fits(norm, x)
                || residual != null && (residual.rows() != x.rows() || residual.columns() != reduce.outputs())) {
            throw new IllegalArgumentException("mlp of " + x.shape() + " with " + expand.name() + ", "
                    + expand.inputs() + " to " + expand.outputs() + ", and " + reduce.name() + ", " + reduce.inputs()
                    + " to " + reduce.outputs()
                    + (norm == null
                            ? ""
                            : ", norm of " + norm.gamma().shape() + " and "
                                    + norm.beta().shape())
                    + (residual == null ? "" : ", residual " + residual.shape()));
        }
    }

    /** Checks the conditions of {@link Backend#matmul}. */
    public static void matmul(Owner owner, Tensor a, Tensor b) {
        owner.accept("matmul", a, b);
        that(a.columns() == b.rows(), "matmul", a, b);
    }

    /** Checks the conditions of {@link Backend#matmulTransposed}. */
    public static void matmulTransposed(Owner owner, Tensor a, Tensor b) {
        owner.accept("matmulTransposed", a, b);
        that(a.columns() == b.columns(), "matmulTransposed", a, b);
    }

    /** Checks the conditions of {@link Backend#attention}. */
    public static void attention(
            Owner owner,
            Tensor queries,
            Tensor keys,
            Tensor values,
            Segments querySegments,
            Segments keySegments,
            AttentionShape shape) {
        attention("attention", owner, queries, keys, values, querySegments, keySegments, shape);
    }

    private static void attention(
            String operation,
            Owner owner,
            Tensor queries,
            Tensor keys,
            Tensor values,
            Segments querySegments,
            Segments keySegments,
            AttentionShape shape) {
        owner.accept(operation, queries, keys, values, querySegments, keySegments, shape);
        owner.accept(operation, shape.mask());
        if (shape.heads() < 1
                || queries.columns() != keys.columns()
                || queries.columns() % shape.heads() != 0
                || values.columns() % shape.heads() != 0
                || keys.rows() != values.rows()
                || querySegments.count() != keySegments.count()
                || querySegments.rowsNeeded() > queries.rows()
                || keySegments.rowsNeeded() > keys.rows()
                || (long) querySegments.count() * shape.heads() > Sizes.MOST) {
            throw new IllegalArgumentException(
                    operation + " of " + shape.heads() + " heads, queries " + queries.shape() + " in "
                            + querySegments.count() + " sequences up to row " + querySegments.rowsNeeded() + ", keys "
                            + keys.shape() + ", values " + values.shape() + " in " + keySegments.count()
                            + " sequences up to row " + keySegments.rowsNeeded());
        }
    }

    /** The most channels of a group: their square is still a size. */
    private static final int MOST_CHANNELS = 1 << 14;

    /** Operands of {@link Backend#channelAttention}. */
    public static void channelAttention(
            Owner owner, Tensor queries, Tensor keys, Tensor values, Segments segments, int groups) {
        owner.accept("channelAttention", queries, keys, values, segments);
        if (groups < 1
                || queries.columns() % groups != 0
                || queries.columns() / groups > MOST_CHANNELS
                || !queries.shape().equals(keys.shape())
                || !queries.shape().equals(values.shape())
                || segments.isMapped()
                || segments.totalLength() > queries.rows()
                || (long) segments.count() * groups > Sizes.MOST) {
            throw new IllegalArgumentException("channelAttention of " + groups + " groups, queries " + queries.shape()
                    + ", keys " + keys.shape() + ", values " + values.shape() + ", "
                    + (segments.isMapped() ? "mapped " : "") + segments.count() + " sequences of "
                    + segments.totalLength() + " rows; at most " + MOST_CHANNELS + " channels form a group");
        }
    }

    /** Checks the conditions of {@link Backend#layerNorm}. */
    public static void layerNorm(Owner owner, Tensor x, LayerNorm norm) {
        layerNorm("layerNorm", owner, x, norm);
    }

    private static void layerNorm(String operation, Owner owner, Tensor x, LayerNorm norm) {
        owner.accept(operation, x, norm);
        if (!fits(norm, x)) {
            throw new IllegalArgumentException(operation + " of " + x.shape() + " with gamma "
                    + norm.gamma().shape() + " and beta " + norm.beta().shape());
        }
    }

    /** Checks the conditions of {@link Backend#activationGradient}. */
    public static void activationGradient(Owner owner, Tensor gradient, Tensor x, Activation activation) {
        owner.accept("activationGradient", gradient, x, activation);
        that(gradient.shape().equals(x.shape()), "activationGradient", gradient, x);
    }

    /** Checks the conditions of {@link Backend#layerNormGradient}. */
    public static void layerNormGradient(Owner owner, Tensor gradient, Tensor x, LayerNorm norm) {
        owner.accept("layerNormGradient", gradient);
        layerNorm("layerNormGradient", owner, x, norm);
        that(gradient.shape().equals(x.shape()), "layerNormGradient", gradient, x);
    }

    /** Checks the conditions of {@link Backend#attentionGradients}. */
    public static void attentionGradients(
            Owner owner,
            Tensor gradient,
            Tensor queries,
            Tensor keys,
            Tensor values,
            Segments querySegments,
            Segments keySegments,
            AttentionShape shape) {
        owner.accept("attentionGradients", gradient);
        attention("attentionGradients", owner, queries, keys, values, querySegments, keySegments, shape);
        that(
                gradient.rows() == queries.rows() && gradient.columns() == values.columns(),
                "attentionGradients",
                gradient,
                queries);
    }

    /** Checks the conditions of {@link Backend#add} and {@link Backend#multiply}. */
    public static void repeats(Owner owner, Tensor a, Tensor b, String operation) {
        owner.accept(operation, a, b);
        boolean rows = a.rows() == b.rows() || b.rows() > 0 && a.rows() % b.rows() == 0;
        that(rows && (b.columns() == a.columns() || b.columns() == 1), operation, a, b);
    }

    /**
     * Checks the conditions of {@link Backend#embedding}.
     *
     * @return the ids; the caller's array may change meanwhile
     */
    public static int[] embedding(Owner owner, Weight.Embedding table, int[] ids) {
        owner.accept("embedding", table, ids);
        return rowNumbers(ids.clone(), table.entries(), "embedding of " + table.name());
    }

    /**
     * Checks the conditions of {@link Backend#gatherRows}.
     *
     *
     * @return a copy of the indices, since the caller's array may change meanwhile
     */
    public static int[] gatherRows(Owner owner, Tensor x, int[] rows) {
        owner.accept("gatherRows", x, rows);
        return rowNumbers(rows.clone(), x.rows(), "gatherRows");
    }

    private static int[] rowNumbers(int[] numbers, int rows, String what) {
        for (int number : numbers) {
            if (number < 0 || number >= rows) {
                throw new IllegalArgumentException(what + ": " + number + " is not in 0 to " + (rows - 1));
            }
        }
        Sizes.extent(what, numbers.length);
        return numbers;
    }

    /** Checks the conditions of {@link Backend#preallocate}. */
    public static void preallocate(Owner owner, int rows, int columns) {
        owner.accept("preallocate");
        size("preallocate", rows, columns);
    }

    /**
     * Checks the conditions of {@link Backend#writeRows}.
     *
     *
     * @return a copy of the indices, since the caller's array may change meanwhile
     */
    public static int[] writeRows(Owner owner, Tensor target, int[] rows, Tensor values) {
        owner.accept("writeRows", target, rows, values);
        that(target.columns() == values.columns() && rows.length == values.rows(), "writeRows", target, values);
        return rowNumbers(rows.clone(), target.rows(), "writeRows");
    }

    /** Checks the conditions of {@link Backend#embeddingWeight}. */
    public static void embeddingWeight(Owner owner, WeightData table) {
        owner.accept("embedding", table);
        requireReadable("embedding", table);
        if (table.shape().rank() != 2) {
            throw new IllegalArgumentException(
                    "embedding: " + table.name() + " is " + table.shape() + ", expected [entries, columns]");
        }
        table.requireNumbers();
        Sizes.extent("embedding " + table.name(), table.shape().extent(0));
        Sizes.extent("embedding " + table.name(), table.shape().extent(1));
    }

    /**
     * Checks the conditions of {@link Backend#concatRows}.
     *
     * @return the parts; the caller's list may change meanwhile
     */
    public static List<Tensor> concatRows(Owner owner, List<Tensor> parts) {
        owner.accept("concatRows", parts); // a null in it, before the copy complains
        List<Tensor> own = List.copyOf(parts);
        owner.accept("concatRows", own);
        if (own.isEmpty()) {
            throw new IllegalArgumentException("concatRows of nothing");
        }
        for (Tensor part : own) {
            that(part.columns() == own.getFirst().columns(), "concatRows", own.getFirst(), part);
        }
        rows(own);
        return own;
    }

    /** Returns the rows of all tensors together. */
    public static int rows(List<Tensor> parts) {
        return Sizes.sum("concatRows", parts.stream().mapToInt(Tensor::rows).toArray());
    }

    /** Checks the conditions of {@link Backend#meanRows}. */
    public static void meanRows(Owner owner, Tensor x, Segments segments) {
        owner.accept("meanRows", x, segments);
        if (segments.rowsNeeded() > x.rows()) {
            throw new IllegalArgumentException(
                    "meanRows of " + x.shape() + " in sequences up to row " + segments.rowsNeeded());
        }
    }

    /** Checks the conditions of {@link Backend#convolutionWeight}. */
    public static void convolutionWeight(
            Owner owner, WeightData kernel, WeightData bias, ConvolutionShape shape, Precision precision) {
        owner.accept("convolution", kernel, shape, precision);
        requireReadable("convolution", kernel);
        Shape expected =
                Shape.of(shape.outputChannels(), shape.channelsPerGroup(), shape.kernelHeight(), shape.kernelWidth());
        if (!kernel.shape().equals(expected) || bias != null && bias.shape().elements() != shape.outputChannels()) {
            throw new IllegalArgumentException("convolution: " + kernel.name() + " is " + kernel.shape() + ", expected "
                    + expected + (bias == null ? "" : ", its bias " + bias.shape()));
        }
        if (bias != null) {
            requireReadable("convolution", bias);
        }
    }

    /**
     * Checks the conditions of {@link Backend#convolution}.
     *
     * @return the grid that it makes
     */
    public static Grid convolution(Owner owner, Tensor x, Grid grid, Weight.Convolution weight, Activation activation) {
        owner.accept("convolution", x, grid, weight, activation);
        return convolution(x, grid, weight.shape());
    }

    private static Grid convolution(Tensor x, Grid grid, ConvolutionShape shape) {
        if (x.rows() != grid.rows() || x.columns() != shape.inputChannels()) {
            throw new IllegalArgumentException("convolution of " + x.shape() + " as " + grid + " by " + shape);
        }
        return output("convolution", grid, shape);
    }

    private static Grid output(String operation, Grid grid, ConvolutionShape shape) {
        try {
            return shape.output(grid);
        } catch (IllegalArgumentException tooLarge) {
            throw new IllegalArgumentException(operation + ": " + tooLarge.getMessage(), tooLarge);
        }
    }

    /** Checks the conditions of {@link Backend#convolution(Tensor, Grid, Weight.Convolution, Tensor, Activation)}. */
    public static void convolution(
            Owner owner, Tensor x, Grid grid, Weight.Convolution weight, Tensor shortcut, Activation activation) {
        owner.accept("convolution", x, grid, weight, shortcut, activation);
        ConvolutionShape shape = weight.shape();
        int rows = convolution(x, grid, shape).rows();
        if (shortcut.rows() != rows || shortcut.columns() != shape.outputChannels()) {
            throw new IllegalArgumentException("convolution makes [" + rows + ", " + shape.outputChannels()
                    + "] and is added to " + shortcut.shape());
        }
    }

    /**
     * Checks the conditions of {@link Backend#averagePool}.
     *
     * @return the grid that it makes
     */
    public static Grid averagePool(Owner owner, Tensor x, Grid grid, int size, int stride) {
        owner.accept("averagePool", x, grid);
        if (x.rows() != grid.rows() || size < 1 || stride < 1) {
            throw new IllegalArgumentException("averagePool of " + x.shape() + " as " + grid + ", windows of " + size
                    + " pixels, " + stride + " apart");
        }
        return output("averagePool", grid, window(size, stride, 0));
    }

    /**
     * Checks the conditions of {@link Backend#maxPool}.
     *
     * @return the grid that it makes
     */
    public static Grid maxPool(Owner owner, Tensor x, Grid grid, int size, int stride, int padding) {
        owner.accept("maxPool", x, grid);
        if (x.rows() != grid.rows() || size < 1 || stride < 1 || padding < 0 || padding >= size) {
            throw new IllegalArgumentException("maxPool of " + x.shape() + " as " + grid + ", windows of " + size
                    + " pixels, " + stride + " apart, " + padding + " over the edge");
        }
        return output("maxPool", grid, window(size, stride, padding));
    }

    /** Returns the grid that {@link Backend#averagePool} makes. */
    public static Grid pooled(Grid grid, int size, int stride) {
        return pooled(grid, size, stride, 0);
    }

    /** Returns the grid that {@link Backend#maxPool} makes. */
    public static Grid pooled(Grid grid, int size, int stride, int padding) {
        return window(size, stride, padding).output(grid);
    }

    private static ConvolutionShape window(int size, int stride, int padding) {
        return new ConvolutionShape(1, 1, size, size, stride, padding, 1);
    }
}
