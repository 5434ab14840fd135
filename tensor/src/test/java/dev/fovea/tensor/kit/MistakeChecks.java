package dev.fovea.tensor.kit;

import dev.fovea.tensor.Activation;
import dev.fovea.tensor.AttentionShape;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.WeightData;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Sizes that do not fit: an {@link IllegalArgumentException} that names the operation, never numbers. */
final class MistakeChecks {

    private MistakeChecks() {}

    static List<Check> all() {
        List<Check> checks = new ArrayList<>();
        mistake(checks, "tensor", "too few numbers", b -> b.tensor(2, 3, new float[5]));
        mistake(checks, "tensor", "a negative size", b -> b.tensor(-1, 3, new float[3]));
        products(checks);
        attention(checks);
        channelAttention(checks);
        rows(checks);
        moving(checks);
        pictures(checks);
        return checks;
    }

    private static void mistake(List<Check> checks, String operation, String what, Consumer<Backend> call) {
        checks.add(Check.once("mistakes", operation + ": " + what, trial -> {
            Backend backend = trial.tested();
            try {
                backend.scoped("", () -> {
                    call.accept(backend);
                    return null;
                });
            } catch (IllegalArgumentException e) {
                if (e.getMessage() == null || !e.getMessage().contains(operation)) {
                    throw new AssertionError("the message does not name the operation: " + e.getMessage());
                }
                return;
            }
            throw new AssertionError("accepted");
        }));
    }

    private static Tensor zeros(Backend backend, int rows, int columns) {
        return backend.tensor(rows, columns, new float[rows * columns]);
    }

    private static WeightData weight(long... extents) {
        Shape shape = Shape.of(extents);
        return Draw.weight("weight", DType.F32, shape, new float[(int) shape.elements()]);
    }

    private static void products(List<Check> checks) {
        mistake(checks, "linear", "wrong width", b -> b.linear(zeros(b, 4, 5), layer(b), Fusion.NONE));
        mistake(
                checks,
                "linear",
                "residual of other rows",
                b -> b.linear(zeros(b, 4, 6), layer(b), Fusion.NONE.withResidual(zeros(b, 3, 7))));
        mistake(
                checks,
                "linear",
                "residual of another width",
                b -> b.linear(zeros(b, 4, 6), layer(b), Fusion.NONE.withResidual(zeros(b, 4, 6))));
        mistake(
                checks,
                "linear",
                "norm of another width",
                b -> b.linear(
                        zeros(b, 4, 6),
                        layer(b),
                        Fusion.NONE.withNorm(new LayerNorm(zeros(b, 1, 7), zeros(b, 1, 7), 1e-5f))));
        mistake(checks, "mlp", "wrong width", b -> b.mlp(zeros(b, 4, 5), layer(b), layer(b, 6, 7), Fusion.NONE));
        mistake(checks, "mlp", "layers do not fit", b -> b.mlp(zeros(b, 4, 6), layer(b), layer(b), Fusion.NONE));
        mistake(
                checks,
                "mlp",
                "residual of another width",
                b -> b.mlp(zeros(b, 4, 6), layer(b), layer(b, 6, 7), Fusion.NONE.withResidual(zeros(b, 4, 7))));
        mistake(checks, "matmul", "inner sizes differ", b -> b.matmul(zeros(b, 2, 3), zeros(b, 4, 2)));
        mistake(
                checks,
                "matmulTransposed",
                "inner sizes differ",
                b -> b.matmulTransposed(zeros(b, 2, 3), zeros(b, 2, 4)));
    }

    private static Weight.Linear layer(Backend backend) {
        return layer(backend, 7, 6);
    }

    private static Weight.Linear layer(Backend backend, int outputs, int inputs) {
        return backend.linearWeight(List.of(weight(outputs, inputs)), List.of(), null);
    }

    private static void channelAttention(List<Check> checks) {
        channelAttention(checks, "groups do not divide the channels", 10, 10, 3, Segments.ofLengths(4));
        channelAttention(checks, "no groups", 10, 10, 0, Segments.ofLengths(4));
        channelAttention(checks, "keys of another width", 10, 5, 5, Segments.ofLengths(4));
        channelAttention(checks, "more rows than there are", 10, 10, 2, Segments.ofLengths(3, 2));
        Segments mapped = Segments.mapped(new int[] {0, 2}, new int[] {1, 3});
        channelAttention(checks, "rows that lie anywhere", 10, 10, 2, mapped);
    }

    private static void channelAttention(
            List<Check> checks, String what, int width, int keyWidth, int groups, Segments segments) {
        mistake(
                checks,
                "channelAttention",
                what,
                b -> b.channelAttention(
                        zeros(b, 4, width), zeros(b, 4, keyWidth), zeros(b, 4, width), segments, groups));
    }

    private static void attention(List<Check> checks) {
        attention(checks, "heads do not divide the columns", 4, 10, 4, 10, 10, 3, 4, 4);
        attention(checks, "no heads", 4, 10, 4, 10, 10, 0, 4, 4);
        attention(checks, "keys of another width", 4, 10, 4, 12, 10, 2, 4, 4);
        attention(checks, "values that the heads do not divide", 4, 10, 4, 10, 9, 2, 4, 4);
        attention(checks, "more queries than rows", 4, 10, 4, 10, 10, 2, 5, 4);
        attention(checks, "more keys than rows", 4, 10, 4, 10, 10, 2, 4, 5);
        mistake(
                checks,
                "attention",
                "values of other rows",
                b -> b.attention(
                        zeros(b, 4, 10),
                        zeros(b, 4, 10),
                        zeros(b, 3, 10),
                        Segments.ofLengths(4),
                        Segments.ofLengths(3),
                        new AttentionShape(2, 1, AttentionShape.Mask.NONE)));
        mistake(
                checks,
                "attention",
                "other numbers of sequences",
                b -> b.attention(
                        zeros(b, 4, 10),
                        zeros(b, 4, 10),
                        zeros(b, 4, 10),
                        Segments.ofLengths(4),
                        Segments.ofLengths(2, 2),
                        new AttentionShape(2, 1, AttentionShape.Mask.NONE)));
    }

    private static void attention(
            List<Check> checks,
            String what,
            int queryRows,
            int queryColumns,
            int keyRows,
            int keyColumns,
            int valueColumns,
            int heads,
            int queryLength,
            int keyLength) {
        mistake(
                checks,
                "attention",
                what,
                b -> b.attention(
                        zeros(b, queryRows, queryColumns),
                        zeros(b, keyRows, keyColumns),
                        zeros(b, keyRows, valueColumns),
                        Segments.ofLengths(queryLength),
                        Segments.ofLengths(keyLength),
                        new AttentionShape(heads, 1, AttentionShape.Mask.NONE)));
    }

    private static void rows(List<Check> checks) {
        mistake(
                checks,
                "layerNorm",
                "gamma of another width",
                b -> b.layerNorm(zeros(b, 4, 5), new LayerNorm(zeros(b, 1, 4), zeros(b, 1, 5), 1e-5f)));
        mistake(
                checks,
                "layerNorm",
                "beta of another width",
                b -> b.layerNorm(zeros(b, 4, 5), new LayerNorm(zeros(b, 1, 5), zeros(b, 1, 6), 1e-5f)));
        mistake(checks, "add", "rows that do not divide", b -> b.add(zeros(b, 5, 3), zeros(b, 2, 3)));
        mistake(checks, "add", "other columns", b -> b.add(zeros(b, 4, 6), zeros(b, 4, 3)));
        mistake(checks, "add", "the larger one second", b -> b.add(zeros(b, 2, 3), zeros(b, 4, 3)));
        mistake(checks, "multiply", "rows that do not divide", b -> b.multiply(zeros(b, 5, 3), zeros(b, 2, 3)));
        mistake(checks, "multiply", "rows of nothing", b -> b.multiply(zeros(b, 5, 3), zeros(b, 0, 3)));
    }

    private static void moving(List<Check> checks) {
        mistake(
                checks,
                "embedding",
                "an id too large",
                b -> b.embedding(b.embeddingWeight(weight(4, 3)), new int[] {0, 4}));
        mistake(
                checks,
                "embedding",
                "a negative id",
                b -> b.embedding(b.embeddingWeight(weight(4, 3)), new int[] {-1}));
        mistake(checks, "embedding", "a table of one axis", b -> b.embeddingWeight(weight(12)));
        mistake(checks, "gatherRows", "a row too large", b -> b.gatherRows(zeros(b, 4, 3), new int[] {4}));
        mistake(checks, "preallocate", "a negative size", b -> b.preallocate(3, -1));
        mistake(
                checks,
                "writeRows",
                "a row too large",
                b -> b.writeRows(b.preallocate(4, 3), new int[] {4}, zeros(b, 1, 3)));
        mistake(
                checks,
                "writeRows",
                "another width",
                b -> b.writeRows(b.preallocate(4, 3), new int[] {1}, zeros(b, 1, 2)));
        mistake(
                checks,
                "writeRows",
                "too few numbers of rows",
                b -> b.writeRows(b.preallocate(4, 3), new int[] {1}, zeros(b, 2, 3)));
        mistake(checks, "gatherRows", "a negative row", b -> b.gatherRows(zeros(b, 4, 3), new int[] {2, -1}));
        mistake(checks, "concatRows", "nothing", b -> b.concatRows(List.of()));
        mistake(checks, "concatRows", "other columns", b -> b.concatRows(List.of(zeros(b, 2, 3), zeros(b, 2, 4))));
        mistake(checks, "meanRows", "too few rows", b -> b.meanRows(zeros(b, 4, 3), Segments.ofLengths(2, 3)));
    }

    private static void pictures(List<Check> checks) {
        ConvolutionShape shape = new ConvolutionShape(2, 3, 3, 3, 1, 1, 1);
        mistake(
                checks,
                "convolution",
                "a grid of other rows",
                b -> b.convolution(
                        zeros(b, 12, 2),
                        new Grid(1, 3, 5),
                        b.convolutionWeight(weight(3, 2, 3, 3), null, shape),
                        Activation.IDENTITY));
        mistake(
                checks,
                "convolution",
                "other channels",
                b -> b.convolution(
                        zeros(b, 12, 3),
                        new Grid(1, 3, 4),
                        b.convolutionWeight(weight(3, 2, 3, 3), null, shape),
                        Activation.IDENTITY));
        mistake(
                checks,
                "convolution",
                "a kernel of another size",
                b -> b.convolutionWeight(weight(3, 2, 3, 4), null, shape));
        mistake(
                checks,
                "convolution",
                "a bias of another size",
                b -> b.convolutionWeight(weight(3, 2, 3, 3), weight(2), shape));
        mistake(
                checks,
                "averagePool",
                "a grid of other rows",
                b -> b.averagePool(zeros(b, 12, 2), new Grid(1, 3, 5), 2, 2));
        mistake(
                checks,
                "convolution",
                "a shortcut of other pixels",
                b -> b.convolution(
                        zeros(b, 12, 2),
                        new Grid(1, 3, 4),
                        b.convolutionWeight(weight(3, 2, 3, 3), null, shape),
                        zeros(b, 11, 3),
                        Activation.RELU));
        mistake(checks, "maxPool", "no window", b -> b.maxPool(zeros(b, 12, 2), new Grid(1, 3, 4), 0, 1, 0));
        mistake(checks, "maxPool", "all padding", b -> b.maxPool(zeros(b, 12, 2), new Grid(1, 3, 4), 2, 1, 2));
        mistake(checks, "averagePool", "no window", b -> b.averagePool(zeros(b, 12, 2), new Grid(1, 3, 4), 0, 1));
        mistake(checks, "averagePool", "no step", b -> b.averagePool(zeros(b, 12, 2), new Grid(1, 3, 4), 1, 0));
    }
}
