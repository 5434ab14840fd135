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
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.kit.Hostile.Slot;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * One call of an operation with a place for each of its operands.
 *
 * @param name the operation, as its refusals must name it
 * @param call does it
 */
record HostileCall(String name, List<Slot> slots, Operation call) {

    /** Calls a backend with operands that were made on it. */
    interface Operation {
        Object apply(Backend backend, Operands operands);
    }

    /** The operands in their order. */
    record Operands(Object[] values) {
        @SuppressWarnings("unchecked") // the point is to pass what does not belong there
        <T> T at(int index) {
            return (T) values[index];
        }

        int number(int index) {
            return (Integer) values[index];
        }
    }

    /** How to draw a call of each operation. */
    static Map<String, Function<Draw, HostileCall>> all() {
        Map<String, Function<Draw, HostileCall>> calls = new LinkedHashMap<>();
        tensors(calls);
        weights(calls);
        products(calls);
        attention(calls);
        rows(calls);
        moving(calls);
        pictures(calls);
        gradients(calls);
        return calls;
    }

    private static void add(
            Map<String, Function<Draw, HostileCall>> calls,
            String name,
            Function<Draw, List<Slot>> slots,
            Operation operation) {
        calls.put(name, draw -> new HostileCall(name.split(" ")[0], slots.apply(draw), operation));
    }

    private static void tensors(Map<String, Function<Draw, HostileCall>> calls) {
        add(
                calls,
                "tensor",
                draw -> List.of(
                        Hostile.number(3),
                        Hostile.number(5),
                        new Slot(
                                Hostile.Value.of("numbers", side -> new float[15]),
                                List.of(
                                        Hostile.Value.refused("null", side -> null),
                                        Hostile.Value.of("no numbers", side -> new float[0])))),
                (b, o) -> b.tensor(o.number(0), o.number(1), o.at(2)));
        add(
                calls,
                "preallocate",
                draw -> List.of(new Slot(Hostile.Value.of("3 x 5", side -> new int[] {3, 5}), sizes())),
                (b, o) -> b.preallocate(o.<int[]>at(0)[0], o.<int[]>at(0)[1]));
    }

    /** No sizes among them that a large machine has memory for. */
    private static List<Hostile.Value> sizes() {
        int[][] sizes = {
            {-1, 5},
            {5, -1},
            {-3, -3},
            {0, 0},
            {0, 1 << 30},
            {1 << 20, 0},
            {0, Integer.MAX_VALUE},
            {1 << 30, 1 << 30},
            {Integer.MAX_VALUE, Integer.MAX_VALUE},
            {Integer.MIN_VALUE, 2},
            {1 << 24, 1 << 24}
        };
        return java.util.Arrays.stream(sizes)
                .map(size -> Hostile.Value.of(size[0] + " x " + size[1], side -> size))
                .toList();
    }

    private static void weights(Map<String, Function<Draw, HostileCall>> calls) {
        add(calls, "constant", draw -> List.of(Hostile.weightData(draw, 3, 5)), (b, o) -> b.constant(o.at(0)));
        add(
                calls,
                "linear weight",
                draw -> List.of(
                        Hostile.weights(Hostile.weightData(draw, 3, 5)),
                        Hostile.weights(Hostile.weightData(draw, 3)),
                        new Slot(
                                Hostile.Value.of("as stored", side -> null),
                                List.of(
                                        Hostile.Value.of("i8", side -> DType.I8),
                                        Hostile.Value.of("f16", side -> DType.F16),
                                        Hostile.Value.of("i64", side -> DType.I64),
                                        Hostile.Value.of("bool", side -> DType.BOOL),
                                        Hostile.Value.of("f64", side -> DType.F64)))),
                (b, o) -> b.linearWeight(o.at(0), o.at(1), o.at(2)));
        add(
                calls,
                "embedding weight",
                draw -> List.of(Hostile.weightData(draw, 6, 5)),
                (b, o) -> b.embeddingWeight(o.at(0)));
        ConvolutionShape shape = new ConvolutionShape(2, 3, 3, 3, 1, 1, 1);
        add(
                calls,
                "convolution weight",
                draw -> List.of(
                        Hostile.weightData(draw, 3, 2, 3, 3),
                        new Slot(
                                Hostile.Value.of("no bias", side -> null),
                                Hostile.weightData(draw, 3).others().subList(1, 12)),
                        Hostile.choice(shape)
                                .with(List.of(Hostile.Value.of(
                                        "another shape", side -> new ConvolutionShape(2, 3, 3, 3, 1, 1, 2))))),
                (b, o) -> b.convolutionWeight(o.at(0), o.at(1), o.at(2)));
    }

    private static void products(Map<String, Function<Draw, HostileCall>> calls) {
        add(
                calls,
                "linear",
                draw -> {
                    int rows = draw.size("rows", 33);
                    int inputs = draw.size("inputs", 65);
                    int outputs = draw.size("outputs", 65);
                    return List.of(
                            Hostile.tensor(draw, rows, inputs),
                            Hostile.linear(draw, inputs, outputs),
                            Hostile.fusion(draw, rows, inputs, outputs));
                },
                (b, o) -> b.linear(o.at(0), o.<Weight.Linear>at(1), o.<Fusion>at(2)));
        add(
                calls,
                "mlp",
                draw -> {
                    int rows = draw.chance("many rows") ? 400 : draw.size("rows", 33);
                    int inputs = draw.size("inputs", 24);
                    int between = draw.size("between", 33);
                    return List.of(
                            Hostile.tensor(draw, rows, inputs),
                            Hostile.linear(draw, inputs, between),
                            Hostile.linear(draw, between, inputs),
                            Hostile.fusion(draw, rows, inputs, inputs));
                },
                (b, o) -> b.mlp(o.at(0), o.<Weight.Linear>at(1), o.<Weight.Linear>at(2), o.<Fusion>at(3)));
        add(
                calls,
                "matmul",
                draw -> {
                    int between = draw.size("between", 33);
                    return List.of(
                            Hostile.tensor(draw, draw.size("rows", 33), between),
                            Hostile.tensor(draw, between, draw.size("columns", 33)));
                },
                (b, o) -> b.matmul(o.at(0), o.at(1)));
        add(
                calls,
                "matmulTransposed",
                draw -> {
                    int between = draw.size("between", 33);
                    return List.of(
                            Hostile.tensor(draw, draw.size("rows", 33), between),
                            Hostile.tensor(draw, draw.size("columns", 33), between));
                },
                (b, o) -> b.matmulTransposed(o.at(0), o.at(1)));
    }

    private static void attention(Map<String, Function<Draw, HostileCall>> calls) {
        add(
                calls,
                "attention",
                draw -> {
                    int queries = draw.between("queries", 2, 24);
                    int keys = draw.between("keys", 2, 24);
                    return List.of(
                            Hostile.tensor(draw, queries, 12),
                            Hostile.tensor(draw, keys, 12),
                            Hostile.tensor(draw, keys, 16),
                            Hostile.segments(queries),
                            Hostile.segments(keys),
                            Hostile.number(draw.oneOf("heads", 1, 2, 4)),
                            Hostile.choice(draw.oneOf("mask", AttentionShape.Mask.values())));
                },
                (b, o) -> b.attention(
                        o.at(0),
                        o.at(1),
                        o.at(2),
                        o.<Segments>at(3),
                        o.<Segments>at(4),
                        new AttentionShape(o.number(5), 0.3f, o.at(6))));
        add(
                calls,
                "channelAttention",
                draw -> {
                    int rows = draw.between("rows", 2, 40);
                    return List.of(
                            Hostile.tensor(draw, rows, 12),
                            Hostile.tensor(draw, rows, 12),
                            Hostile.tensor(draw, rows, 12),
                            Hostile.segments(rows),
                            Hostile.number(draw.oneOf("groups", 1, 3)));
                },
                (b, o) -> b.channelAttention(o.at(0), o.at(1), o.at(2), o.<Segments>at(3), o.number(4)));
    }

    private static void rows(Map<String, Function<Draw, HostileCall>> calls) {
        add(
                calls,
                "layerNorm",
                draw -> {
                    int columns = draw.between("columns", 8, 80);
                    return List.of(Hostile.tensor(draw, draw.size("rows", 33), columns), Hostile.norm(draw, columns));
                },
                (b, o) -> b.layerNorm(o.at(0), o.<LayerNorm>at(1)));
        add(calls, "softmax", HostileCall::matrix, (b, o) -> b.softmax(o.at(0)));
        add(calls, "l2Normalize", HostileCall::matrix, (b, o) -> b.l2Normalize(o.at(0)));
        add(
                calls,
                "activate",
                draw -> List.of(matrix(draw).getFirst(), Hostile.choice(draw.oneOf("by", Activation.values()))),
                (b, o) -> b.activate(o.at(0), o.<Activation>at(1)));
        add(calls, "add", HostileCall::twoMatrices, (b, o) -> b.add(o.at(0), o.at(1)));
        add(calls, "multiply", HostileCall::twoMatrices, (b, o) -> b.multiply(o.at(0), o.at(1)));
    }

    private static List<Slot> matrix(Draw draw) {
        return List.of(Hostile.byRows(draw, draw.size("rows", 33), draw.size("columns", 129)));
    }

    private static List<Slot> twoMatrices(Draw draw) {
        int rows = draw.size("rows", 33);
        int columns = draw.size("columns", 129);
        return List.of(Hostile.byRows(draw, rows, columns), Hostile.byRows(draw, rows, columns));
    }

    private static void moving(Map<String, Function<Draw, HostileCall>> calls) {
        add(
                calls,
                "embedding",
                draw -> List.of(
                        Hostile.embedding(draw, 9, draw.size("columns", 65)),
                        Hostile.rowNumbers(draw.size("ids", 17), 9)),
                (b, o) -> b.embedding(o.<Weight.Embedding>at(0), o.<int[]>at(1)));
        add(
                calls,
                "gatherRows",
                draw -> List.of(
                        Hostile.tensor(draw, 9, draw.size("columns", 65)),
                        Hostile.rowNumbers(draw.size("rows", 17), 9)),
                (b, o) -> b.gatherRows(o.at(0), o.<int[]>at(1)));
        add(
                calls,
                "concatRows",
                draw -> List.of(Hostile.tensors(draw, draw.size("columns", 65))),
                (b, o) -> b.concatRows(o.<List<Tensor>>at(0)));
        add(
                calls,
                "writeRows",
                draw -> {
                    int count = draw.between("rows", 1, 9);
                    int columns = draw.size("columns", 33);
                    return List.of(
                            Hostile.preallocated(9, columns),
                            Hostile.rowNumbers(count, 9),
                            Hostile.tensor(draw, count, columns));
                },
                (b, o) -> {
                    b.writeRows(o.at(0), o.<int[]>at(1), o.<Tensor>at(2));
                    return o.at(0);
                });
        add(
                calls,
                "meanRows",
                draw -> {
                    int rows = draw.between("rows", 2, 24);
                    return List.of(Hostile.tensor(draw, rows, draw.size("columns", 65)), Hostile.segments(rows));
                },
                (b, o) -> b.meanRows(o.at(0), o.<Segments>at(1)));
    }

    private static final ConvolutionShape[] SHAPES = {
        new ConvolutionShape(4, 6, 3, 3, 1, 1, 1),
        new ConvolutionShape(4, 4, 3, 3, 2, 0, 4),
        new ConvolutionShape(4, 6, 2, 2, 2, 0, 2),
        new ConvolutionShape(4, 6, 1, 1, 1, 0, 1),
        new ConvolutionShape(64, 64, 3, 3, 1, 1, 1)
    };

    /** Many channels may be multiplied in transformed squares, over all of which a NaN spreads. */
    private static Slot pixels(Draw draw, int rows, int channels) {
        Slot slot = Hostile.tensor(draw, rows, channels);
        return channels <= 32 ? slot : withoutNaN(slot);
    }

    private static Slot withoutNaN(Slot slot) {
        return new Slot(
                slot.right(),
                slot.others().stream()
                        .filter(value -> !value.what().contains("NaN"))
                        .toList());
    }

    private static void pictures(Map<String, Function<Draw, HostileCall>> calls) {
        add(
                calls,
                "convolution",
                draw -> {
                    ConvolutionShape shape = draw.oneOf("shape", SHAPES);
                    int side = shape.inputChannels() > 32 ? 9 : 5;
                    return List.of(
                            pixels(draw, side * (side - 1), shape.inputChannels()),
                            Hostile.grid(1, side, side - 1),
                            Hostile.convolution(draw, shape),
                            Hostile.choice(draw.oneOf("activation", Activation.values())));
                },
                (b, o) -> b.convolution(o.at(0), o.<Grid>at(1), o.<Weight.Convolution>at(2), o.<Activation>at(3)));
        add(
                calls,
                "convolution with a shortcut",
                draw -> {
                    ConvolutionShape shape = draw.oneOf("shape", SHAPES);
                    int side = shape.inputChannels() > 32 ? 9 : 5;
                    int pixels = shape.output(new Grid(1, side, side - 1)).rows();
                    return List.of(
                            pixels(draw, side * (side - 1), shape.inputChannels()),
                            Hostile.grid(1, side, side - 1),
                            Hostile.convolution(draw, shape),
                            Hostile.tensor(draw, pixels, shape.outputChannels()),
                            Hostile.choice(draw.oneOf("activation", Activation.values())));
                },
                (b, o) -> b.convolution(
                        o.at(0), o.<Grid>at(1), o.<Weight.Convolution>at(2), o.at(3), o.<Activation>at(4)));
        add(
                calls,
                "averagePool",
                draw -> List.of(
                        Hostile.tensor(draw, 60, draw.size("columns", 33)),
                        Hostile.grid(2, 5, 6),
                        Hostile.number(2),
                        Hostile.number(1)),
                (b, o) -> b.averagePool(o.at(0), o.<Grid>at(1), o.number(2), o.number(3)));
        add(
                calls,
                "maxPool",
                draw -> List.of(
                        Hostile.tensor(draw, 60, draw.size("columns", 33)),
                        Hostile.grid(2, 5, 6),
                        Hostile.number(3),
                        Hostile.number(2),
                        Hostile.number(1)),
                (b, o) -> b.maxPool(o.at(0), o.<Grid>at(1), o.number(2), o.number(3), o.number(4)));
    }

    private static void gradients(Map<String, Function<Draw, HostileCall>> calls) {
        add(calls, "transpose", HostileCall::matrix, (b, o) -> b.transpose(o.at(0)));
        add(
                calls,
                "activationGradient",
                draw -> {
                    List<Slot> operands = new ArrayList<>(twoMatrices(draw));
                    operands.add(Hostile.choice(draw.oneOf("by", Activation.values())));
                    return operands;
                },
                (b, o) -> b.activationGradient(o.at(0), o.at(1), o.<Activation>at(2)));
        add(
                calls,
                "layerNormGradient",
                draw -> {
                    int rows = draw.size("rows", 33);
                    int columns = draw.between("columns", 8, 80);
                    return List.of(
                            Hostile.tensor(draw, rows, columns),
                            Hostile.tensor(draw, rows, columns),
                            Hostile.norm(draw, columns));
                },
                (b, o) -> b.layerNormGradient(o.at(0), o.at(1), o.<LayerNorm>at(2)));
        add(
                calls,
                "attentionGradients",
                draw -> {
                    int queries = draw.between("queries", 2, 24);
                    int keys = draw.between("keys", 2, 24);
                    // What a mask hides is multiplied by zero or left out, which only differs for infinities and NaN.
                    return List.of(
                            withoutNaN(Hostile.tensor(draw, queries, 16)),
                            withoutNaN(Hostile.tensor(draw, queries, 12)),
                            withoutNaN(Hostile.tensor(draw, keys, 12)),
                            withoutNaN(Hostile.tensor(draw, keys, 16)),
                            Hostile.segments(queries),
                            Hostile.segments(keys),
                            Hostile.number(draw.oneOf("heads", 1, 2, 4)),
                            Hostile.choice(draw.oneOf("mask", AttentionShape.Mask.values())));
                },
                (b, o) -> b.attentionGradients(
                                o.at(0),
                                o.at(1),
                                o.at(2),
                                o.at(3),
                                o.<Segments>at(4),
                                o.<Segments>at(5),
                                new AttentionShape(o.number(6), 0.3f, o.at(7)))
                        .getFirst());
    }
}
