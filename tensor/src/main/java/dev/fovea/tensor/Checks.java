package dev.fovea.tensor;

import java.util.List;

/** The conditions of the {@link Backend}'s operations, checked by every backend before it computes. */
public final class Checks {

    private Checks() {}

    /** Throws an {@link IllegalArgumentException} that names the operation and both shapes unless the condition holds. */
    public static void that(boolean holds, String operation, Tensor a, Tensor b) {
        if (!holds) {
            throw new IllegalArgumentException(operation + " of " + a.shape() + " and " + b.shape());
        }
    }

    /** Conditions of {@link Backend#tensor}. */
    public static void tensor(int rows, int columns, float[] values) {
        if (rows < 0 || columns < 0 || values.length < (long) rows * columns) {
            throw new IllegalArgumentException(
                    "tensor of " + rows + " rows and " + columns + " columns from " + values.length + " numbers");
        }
    }

    /** Conditions of {@link Backend#linear}. */
    public static void linear(Tensor x, Weight.Linear weight, Fusion fusion) {
        boolean fits = x.columns() == weight.inputs();
        LayerNorm norm = fusion.norm();
        fits &= norm == null
                || norm.gamma().columns() == x.columns() && norm.beta().columns() == x.columns();
        Tensor residual = fusion.residual();
        fits &= residual == null || residual.rows() == x.rows() && residual.columns() == weight.outputs();
        if (!fits) {
            throw new IllegalArgumentException("linear of " + x.shape() + " with " + weight.name() + ", "
                    + weight.inputs() + " inputs and " + weight.outputs() + " outputs"
                    + (norm == null ? "" : ", norm of " + norm.gamma().shape())
                    + (residual == null ? "" : ", residual " + residual.shape()));
        }
    }

    /** Conditions of {@link Backend#mlp}; those of each of its layers are {@link Backend#linear}'s. */
    public static void mlp(Tensor x, Weight.Linear expand, Weight.Linear reduce, Fusion fusion) {
        Tensor residual = fusion.residual();
        if (x.columns() != expand.inputs()
                || reduce.inputs() != expand.outputs()
                || residual != null && (residual.rows() != x.rows() || residual.columns() != reduce.outputs())) {
            throw new IllegalArgumentException("mlp of " + x.shape() + " with " + expand.name() + ", "
                    + expand.inputs() + " to " + expand.outputs() + ", and " + reduce.name() + ", " + reduce.inputs()
                    + " to " + reduce.outputs() + (residual == null ? "" : ", residual " + residual.shape()));
        }
        linear(x, expand, fusion.withResidual(null));
    }

    /** Conditions of {@link Backend#attention}. */
    public static void attention(
            Tensor queries,
            Tensor keys,
            Tensor values,
            Segments querySegments,
            Segments keySegments,
            AttentionShape shape) {
        if (shape.heads() < 1
                || queries.columns() != keys.columns()
                || queries.columns() % shape.heads() != 0
                || values.columns() % shape.heads() != 0
                || keys.rows() != values.rows()
                || querySegments.count() != keySegments.count()
                || querySegments.rowsNeeded() > queries.rows()
                || keySegments.rowsNeeded() > keys.rows()) {
            throw new IllegalArgumentException(
                    "attention of " + shape.heads() + " heads, queries " + queries.shape() + " in "
                            + querySegments.count() + " sequences up to row " + querySegments.rowsNeeded() + ", keys "
                            + keys.shape() + ", values " + values.shape() + " in " + keySegments.count()
                            + " sequences up to row " + keySegments.rowsNeeded());
        }
    }

    /** Operands of {@link Backend#channelAttention}. */
    public static void channelAttention(Tensor queries, Tensor keys, Tensor values, Segments segments, int groups) {
        if (groups < 1
                || queries.columns() % groups != 0
                || !queries.shape().equals(keys.shape())
                || !queries.shape().equals(values.shape())
                || segments.isMapped()
                || segments.totalLength() > queries.rows()) {
            throw new IllegalArgumentException("channelAttention of " + groups + " groups, queries " + queries.shape()
                    + ", keys " + keys.shape() + ", values " + values.shape() + ", "
                    + (segments.isMapped() ? "mapped " : "") + "sequences of " + segments.totalLength() + " rows");
        }
    }

    /** Conditions of {@link Backend#add} and {@link Backend#multiply}. */
    public static void repeats(Tensor a, Tensor b, String operation) {
        boolean rows = a.rows() == b.rows() || b.rows() > 0 && a.rows() % b.rows() == 0;
        that(rows && (b.columns() == a.columns() || b.columns() == 1), operation, a, b);
    }

    /** Conditions of {@link Backend#topK}. */
    public static void topK(Tensor x, int k) {
        if (k < 0 || k > x.columns()) {
            throw new IllegalArgumentException("topK: the " + k + " largest of " + x.columns() + " columns");
        }
    }

    /** Conditions of {@link Backend#gatherRows} and {@link Backend#embedding}. */
    public static void rowNumbers(int[] numbers, int rows, String what) {
        for (int number : numbers) {
            if (number < 0 || number >= rows) {
                throw new IllegalArgumentException(what + ": " + number + " is not in 0 to " + (rows - 1));
            }
        }
    }

    /** Conditions of {@link Backend#room}. */
    public static void room(int rows, int columns) {
        if (rows < 0 || columns < 0) {
            throw new IllegalArgumentException("room for " + rows + " rows and " + columns + " columns");
        }
    }

    /** Conditions of {@link Backend#writeRows}. */
    public static void writeRows(Tensor room, int[] rows, Tensor values) {
        that(room.columns() == values.columns() && rows.length == values.rows(), "writeRows", room, values);
        rowNumbers(rows, room.rows(), "writeRows");
    }

    /** Conditions of {@link Backend#embeddingWeight}. */
    public static void embeddingWeight(WeightData table) {
        if (table.shape().rank() != 2) {
            throw new IllegalArgumentException(
                    "embedding: " + table.name() + " is " + table.shape() + ", expected [entries, columns]");
        }
    }

    /** Conditions of {@link Backend#concatRows}. */
    public static void concatRows(List<Tensor> parts) {
        if (parts.isEmpty()) {
            throw new IllegalArgumentException("concatRows of nothing");
        }
        for (Tensor part : parts) {
            that(part.columns() == parts.getFirst().columns(), "concatRows", parts.getFirst(), part);
        }
    }

    /** Conditions of {@link Backend#convolutionWeight}. */
    public static void convolutionWeight(WeightData kernel, WeightData bias, ConvolutionShape shape) {
        Shape expected =
                Shape.of(shape.outputChannels(), shape.channelsPerGroup(), shape.kernelHeight(), shape.kernelWidth());
        if (!kernel.shape().equals(expected) || bias != null && bias.shape().elements() != shape.outputChannels()) {
            throw new IllegalArgumentException("convolution: " + kernel.name() + " is " + kernel.shape() + ", expected "
                    + expected + (bias == null ? "" : ", its bias " + bias.shape()));
        }
    }

    /** Conditions of {@link Backend#convolution}. */
    public static void convolution(Tensor x, Grid grid, ConvolutionShape shape) {
        if (x.rows() != grid.rows() || x.columns() != shape.inputChannels()) {
            throw new IllegalArgumentException("convolution of " + x.shape() + " as " + grid + " by " + shape);
        }
    }

    /** Conditions of {@link Backend#convolution(Tensor, Grid, Weight.Convolution, Tensor, Activation)}. */
    public static void convolution(Tensor x, Grid grid, ConvolutionShape shape, Tensor shortcut) {
        convolution(x, grid, shape);
        int rows = shape.output(grid).rows();
        if (shortcut.rows() != rows || shortcut.columns() != shape.outputChannels()) {
            throw new IllegalArgumentException("convolution makes [" + rows + ", " + shape.outputChannels()
                    + "] and is added to " + shortcut.shape());
        }
    }

    /** Conditions of {@link Backend#averagePool}. */
    public static void averagePool(Tensor x, Grid grid, int size, int stride) {
        if (x.rows() != grid.rows() || size < 1 || stride < 1) {
            throw new IllegalArgumentException("averagePool of " + x.shape() + " as " + grid + ", windows of " + size
                    + " pixels, " + stride + " apart");
        }
    }

    /** Conditions of {@link Backend#maxPool}. */
    public static void maxPool(Tensor x, Grid grid, int size, int stride, int padding) {
        if (x.rows() != grid.rows() || size < 1 || stride < 1 || padding < 0 || padding >= size) {
            throw new IllegalArgumentException("maxPool of " + x.shape() + " as " + grid + ", windows of " + size
                    + " pixels, " + stride + " apart, " + padding + " over the edge");
        }
    }

    /** The grid that {@link Backend#averagePool} makes. */
    public static Grid pooled(Grid grid, int size, int stride) {
        return pooled(grid, size, stride, 0);
    }

    /** The grid that {@link Backend#maxPool} makes. */
    public static Grid pooled(Grid grid, int size, int stride, int padding) {
        return new ConvolutionShape(1, 1, size, size, stride, padding, 1).output(grid);
    }
}
