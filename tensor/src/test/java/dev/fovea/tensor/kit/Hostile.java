package dev.fovea.tensor.kit;

import dev.fovea.tensor.Activation;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.WeightData;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;

/**
 * Operands that fit, and what a caller might pass instead of each: on any backend, so that two can be asked the same.
 */
final class Hostile {

    private static final int[] INTS = {
        -1, 0, 1, 2, Integer.MIN_VALUE, Integer.MAX_VALUE, 1 << 30, (1 << 30) + 1, 46341, 65536
    };

    private Hostile() {}

    /** Where an operand is made: the backend that is called, and another one of its kind. */
    record Side(Backend backend, Backend other) {}

    /**
     * One value for an operand.
     *
     * @param what for people
     * @param isRefused whether every backend must refuse it, whatever the other operands are
     * @param make makes it; an {@link IllegalArgumentException} says that there is no such thing
     */
    record Value(String what, boolean isRefused, Function<Side, Object> make) {

        static Value of(String what, Function<Side, Object> make) {
            return new Value(what, false, make);
        }

        static Value refused(String what, Function<Side, Object> make) {
            return new Value(what, true, make);
        }

        /** Something else made of this one. */
        Value then(String name, Function<Object, Object> change) {
            return new Value(name + what, isRefused, side -> change.apply(make.apply(side)));
        }
    }

    /**
     * A place for an operand: what fits there, and what else may be tried.
     *
     * @param right fits as long as the other operands do too
     */
    record Slot(Value right, List<Value> others) {
        Slot with(List<Value> more) {
            List<Value> all = new ArrayList<>(others);
            all.addAll(more);
            return new Slot(right, all);
        }
    }

    private static Value nothing() {
        return Value.refused("null", side -> null);
    }

    // ---- tensors ----

    static Slot tensor(Draw draw, int rows, int columns) {
        Value right = numbers(draw, rows, columns, false);
        return new Slot(
                right,
                List.of(
                        nothing(),
                        Value.refused("of another backend", side -> right.make.apply(new Side(side.other, null))),
                        Value.refused("of an ended scope", side -> dead(side.backend, rows, columns)),
                        numbers(draw, rows, columns, true),
                        numbers(draw, rows + 1, columns, false),
                        numbers(draw, rows, columns + 1, false),
                        numbers(draw, 1, columns, false),
                        numbers(draw, rows, 1, false),
                        numbers(draw, 0, columns, false),
                        numbers(draw, rows, 0, false),
                        numbers(draw, 1, 1, false),
                        numbers(draw, 0, 0, false),
                        numbers(draw, 3000, 0, false),
                        numbers(draw, 0, 1 << 14, false)));
    }

    /** An operand whose result has as many rows: without rows it may be as wide as anything. */
    static Slot byRows(Draw draw, int rows, int columns) {
        return tensor(draw, rows, columns).with(List.of(numbers(draw, 0, 1 << 30, false)));
    }

    private static Value numbers(Draw draw, int rows, int columns, boolean strange) {
        float[] values = draw.ordinary(rows * columns);
        if (strange && values.length > 0) {
            values[values.length / 2] = Float.NaN;
        }
        boolean large = (long) rows * columns == 0 && rows + columns > 1000;
        Matrix matrix = large
                ? new Matrix(values, rows, columns, Matrix.View.WHOLE, "large")
                : draw.matrix("x", rows, columns, values, strange ? "with NaN" : "ordinary");
        return Value.of(
                "[" + rows + ", " + columns + "]" + (strange ? " with NaN" : ""),
                side -> matrix.seenIn(matrix.placeSurroundings(side.backend)));
    }

    private static Tensor dead(Backend backend, int rows, int columns) {
        Tensor[] made = new Tensor[1];
        backend.scoped("", () -> {
            made[0] = backend.tensor(rows, columns, new float[rows * columns]);
            return null;
        });
        return made[0];
    }

    static Slot preallocated(int rows, int columns) {
        Value right = Value.of("preallocated", side -> side.backend.preallocate(rows, columns));
        return new Slot(
                right,
                List.of(
                        nothing(),
                        Value.refused("preallocated by another backend", side -> side.other.preallocate(rows, columns)),
                        Value.refused("of an ended scope", side -> dead(side.backend, rows, columns)),
                        Value.of("too few rows", side -> side.backend.preallocate(1, columns)),
                        Value.of("too few columns", side -> side.backend.preallocate(rows, columns - 1)),
                        Value.of("no rows", side -> side.backend.preallocate(0, columns))));
    }

    static Slot tensors(Draw draw, int columns) {
        Slot first = tensor(draw, 3, columns);
        Slot second = tensor(draw, 2, columns);
        List<Value> others = new ArrayList<>();
        others.add(nothing());
        others.add(Value.of("an empty list", side -> List.of()));
        for (Value other : second.others) {
            others.add(pair(first.right, other));
            others.add(pair(other, first.right));
        }
        // Their rows add up to 2^32, which is 0 as an int.
        others.add(Value.of(
                "4,097 tensors of many rows",
                side -> Collections.nCopies(4097, side.backend.tensor(1 << 20, 0, new float[0]))));
        return new Slot(pair(first.right, second.right), others);
    }

    private static Value pair(Value a, Value b) {
        return new Value(a.what + " and " + b.what, a.isRefused || b.isRefused, side -> {
            List<Object> list = new ArrayList<>();
            list.add(a.make.apply(side));
            list.add(b.make.apply(side));
            return list;
        });
    }

    // ---- what goes with tensors ----

    static Slot norm(Draw draw, int columns) {
        Slot gamma = tensor(draw, 1, columns);
        Slot beta = tensor(draw, 1, columns);
        List<Value> others = new ArrayList<>();
        others.add(nothing());
        for (int i = 0; i < gamma.others.size(); i++) {
            others.add(norm(gamma.others.get(i), beta.right));
            others.add(norm(gamma.right, beta.others.get(i)));
            others.add(norm(gamma.others.get(i), beta.others.get(i)));
        }
        return new Slot(norm(gamma.right, beta.right), others);
    }

    private static Value norm(Value gamma, Value beta) {
        return new Value(
                "norm " + gamma.what + " " + beta.what,
                gamma.isRefused || beta.isRefused,
                side -> new LayerNorm((Tensor) gamma.make.apply(side), (Tensor) beta.make.apply(side), 1e-5f));
    }

    static Slot fusion(Draw draw, int rows, int inputs, int outputs) {
        Slot norm = norm(draw, inputs);
        Slot residual = tensor(draw, rows, outputs);
        List<Value> others = new ArrayList<>();
        others.add(nothing());
        others.add(Value.refused("no activation", side -> new Fusion(null, null, null)));
        for (Value other : norm.others.subList(1, norm.others.size())) {
            others.add(other.then("fused ", made -> Fusion.NONE.withNorm((LayerNorm) made)));
        }
        for (Value other : residual.others.subList(1, residual.others.size())) {
            others.add(other.then("residual ", made -> Fusion.NONE.withResidual((Tensor) made)));
        }
        Value right = Value.of(
                "everything fused",
                side -> new Fusion((LayerNorm) norm.right.make.apply(side), Activation.QUICK_GELU, (Tensor)
                        residual.right.make.apply(side)));
        return new Slot(draw.chance("fused") ? right : Value.of("NONE", side -> Fusion.NONE), others);
    }

    static Slot segments(int rows) {
        return new Slot(
                Value.of("2 sequences", side -> Segments.ofLengths(rows / 2, rows - rows / 2)),
                List.of(
                        nothing(),
                        Value.of("a sequence too long", side -> Segments.ofLengths(rows / 2, rows)),
                        Value.of("one sequence", side -> Segments.ofLengths(rows)),
                        Value.of("three sequences", side -> Segments.ofLengths(1, 0, 1)),
                        Value.of("empty sequences", side -> Segments.ofLengths(0, 0)),
                        Value.of("no sequence", side -> Segments.ofLengths()),
                        Value.of("a row beyond", side -> Segments.mapped(new int[] {0, 1, 2}, new int[] {0, rows})),
                        Value.of(
                                "rows anywhere", side -> Segments.mapped(new int[] {0, 1, 2}, new int[] {rows - 1, 0})),
                        Value.of(
                                "the last row of all",
                                side -> Segments.mapped(new int[] {0, 1, 2}, new int[] {0, Integer.MAX_VALUE})),
                        Value.of(
                                "a row far beyond",
                                side -> Segments.mapped(new int[] {0, 1, 2}, new int[] {0, (1 << 30) - 1})),
                        Value.of(
                                "lengths that wrap around",
                                side -> Segments.ofLengths(1 << 30, 1 << 30, 1 << 30, 1 << 30)),
                        Value.of("many sequences", side -> Segments.uniform(2000, 0)),
                        Value.of("fewer than none", side -> Segments.uniform(-1, 3))));
    }

    static Slot rowNumbers(int count, int rows) {
        int[] right = new int[count];
        for (int i = 0; i < count; i++) {
            right[i] = (i * 7 + 3) % rows;
        }
        List<Value> others = new ArrayList<>(List.of(
                nothing(),
                Value.of("no number", side -> new int[0]),
                Value.of("one number", side -> new int[1]),
                Value.of("more numbers", side -> new int[count + 1])));
        for (int number : new int[] {-1, rows, Integer.MAX_VALUE, Integer.MIN_VALUE, 1 << 30}) {
            int[] wrong = right.clone();
            wrong[count - 1] = number;
            others.add(Value.of("number " + number, side -> wrong));
        }
        return new Slot(Value.of("numbers", side -> right), others);
    }

    static Slot grid(int images, int height, int width) {
        List<Value> others = new ArrayList<>();
        others.add(nothing());
        int[][] sizes = {
            {images, width, height + 1},
            {images, height * width, 1},
            {1, images * height, width},
            {0, 0, 0},
            {0, height, width},
            {images, 0, width},
            {-1, -height, width},
            {-images, height, -width},
            {1 << 16, 1 << 16, 1},
            {1 << 16, 1 << 16, 0},
            {1, 1 << 30, 4},
            {1 << 30, 2, 2},
            {1, 1, 1},
            {Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE},
            {Integer.MIN_VALUE, 1, 0}
        };
        for (int[] size : sizes) {
            others.add(Value.of(
                    "grid " + size[0] + " " + size[1] + " " + size[2], side -> new Grid(size[0], size[1], size[2])));
        }
        return new Slot(Value.of("grid", side -> new Grid(images, height, width)), others);
    }

    static Slot number(int right) {
        List<Value> others = new ArrayList<>();
        for (int number : INTS) {
            others.add(Value.of(Integer.toString(number), side -> number));
        }
        return new Slot(Value.of(Integer.toString(right), side -> right), others);
    }

    /** A value that is never null where it fits, such as an activation. */
    static <T> Slot choice(T right) {
        return new Slot(Value.of(right.toString(), side -> right), List.of(nothing()));
    }

    // ---- weights ----

    static WeightData data(Draw draw, DType dtype, long... extents) {
        Shape shape = Shape.of(extents);
        return Draw.weight("weight", dtype, shape, draw.ordinary((int) shape.elements()));
    }

    static Slot weightData(Draw draw, int... extents) {
        long[] sizes = new long[extents.length];
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] = extents[i];
        }
        long[] larger = sizes.clone();
        larger[0]++;
        long[] wider = sizes.clone();
        wider[sizes.length - 1]++;
        WeightData right = data(draw, DType.F32, sizes);
        WeightData half = data(draw, DType.F16, sizes);
        WeightData more = data(draw, DType.F32, larger);
        WeightData wide = data(draw, DType.F32, wider);
        WeightData flat = data(draw, DType.F32, right.shape().elements());
        return new Slot(
                Value.of("data", side -> right),
                List.of(
                        nothing(),
                        Value.refused("data that is closed", side -> closed(right)),
                        Value.of("f16", side -> half),
                        Value.of("a row more", side -> more),
                        Value.of("a column more", side -> wide),
                        Value.of("flat", side -> flat),
                        Value.of("a scalar", side -> WeightData.of("scalar", Shape.of(), 1)),
                        Value.of("no rows", side -> WeightData.of("none", Shape.of(0, sizes[sizes.length - 1]))),
                        Value.of("no columns", side -> WeightData.of("none", Shape.of(sizes[0], 0))),
                        Value.of("no rows of 2^40", side -> WeightData.of("none", Shape.of(0, 1L << 40))),
                        Value.of("2^40 rows of nothing", side -> WeightData.of("none", Shape.of(1L << 40, 0))),
                        Value.of(
                                "integers",
                                side -> new WeightData("ids", DType.I32, right.shape(), right.data(), "memory"))));
    }

    private static WeightData closed(WeightData data) {
        try (Arena arena = Arena.ofShared()) {
            return new WeightData(
                    data.name(),
                    data.dtype(),
                    data.shape(),
                    arena.allocate(data.data().byteSize(), 8),
                    data.source());
        }
    }

    static Slot weights(Slot data) {
        return lists(data);
    }

    /** One in a list, and what else a list can be. */
    private static Slot lists(Slot element) {
        List<Value> others = new ArrayList<>();
        others.add(nothing());
        others.add(Value.of("an empty list", side -> List.of()));
        for (Value other : element.others) {
            others.add(pair(element.right, other));
            others.add(new Value("list of " + other.what, other.isRefused, side -> {
                List<Object> list = new ArrayList<>();
                list.add(other.make.apply(side));
                return list;
            }));
        }
        return new Slot(element.right.then("list of ", List::of), others);
    }

    private static Slot prepared(Slot right, Function<Backend, Object> other) {
        Function<Side, Object> make = right.right.make;
        return new Slot(
                right.right,
                List.of(
                        nothing(),
                        Value.refused("of another backend", side -> make.apply(new Side(side.other, null))),
                        Value.of("of another size", side -> other.apply(side.backend))));
    }

    static Slot linear(Draw draw, int inputs, int outputs) {
        WeightData matrix = data(draw, DType.F32, outputs, inputs);
        WeightData bias = data(draw, DType.F32, outputs);
        WeightData larger = data(draw, DType.F32, outputs, inputs + 1);
        DType storage = draw.oneOf("storage", null, DType.F16, DType.I8);
        return prepared(
                new Slot(
                        Value.of("weight", side -> side.backend.linearWeight(List.of(matrix), List.of(bias), storage)),
                        List.of()),
                backend -> backend.linearWeight(List.of(larger), List.of(), storage));
    }

    static Slot embedding(Draw draw, int entries, int columns) {
        WeightData table = data(draw, DType.F32, entries, columns);
        WeightData smaller = data(draw, DType.F32, 1, columns);
        return prepared(
                new Slot(Value.of("table", side -> side.backend.embeddingWeight(table)), List.of()),
                backend -> backend.embeddingWeight(smaller));
    }

    static Slot convolution(Draw draw, ConvolutionShape shape) {
        WeightData kernel = kernel(draw, shape);
        ConvolutionShape other = new ConvolutionShape(shape.inputChannels() * 2, shape.outputChannels(), 1, 1, 1, 0, 1);
        WeightData otherKernel = kernel(draw, other);
        ConvolutionShape far = new ConvolutionShape(
                shape.inputChannels(), shape.outputChannels(), 1, 1, Integer.MAX_VALUE, 1 << 30, 1);
        WeightData farKernel = kernel(draw, far);
        return prepared(
                        new Slot(
                                Value.of("kernel", side -> side.backend.convolutionWeight(kernel, null, shape)),
                                List.of()),
                        backend -> backend.convolutionWeight(otherKernel, null, other))
                .with(List.of(
                        Value.of("padding of 2^30", side -> side.backend.convolutionWeight(farKernel, null, far))));
    }

    static WeightData kernel(Draw draw, ConvolutionShape shape) {
        return data(
                draw,
                DType.F32,
                shape.outputChannels(),
                shape.channelsPerGroup(),
                shape.kernelHeight(),
                shape.kernelWidth());
    }
}
