package dev.fovea.kernels.cpu.machine;

import dev.fovea.kernels.cpu.machine.WrittenFunctions.Function;
import dev.fovea.tensor.Activation;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Writes the loops over rows for one {@link InstructionSet} and makes them executable, once: {@link ExponentialCode},
 * {@link RowLoopCode}, {@link DecoderCode} and {@link ProductSumCode}. Nothing checks the addresses that they are
 * called with. Strides are in bytes, counts in floats; all counts are at least 1 unless something else is said. A call
 * takes some 50 microseconds at most, so that it does not hold up the garbage collector; callers cut what is longer,
 * as far as the order of its sums allows.
 */
public final class LoopFunctions {

    /** The most floats that a call should go over. */
    public static final int MOST_FLOATS = 1 << 16;

    /** Bytes of a pair of addresses, as {@link #sumOfProducts} takes them: the first, then the second. */
    public static final int PAIR_BYTES = ProductSumCode.PAIR_BYTES;

    private static final WrittenOnce<InstructionSet, LoopFunctions> WRITTEN =
            new WrittenOnce<>(set -> write(set, functions(set, Convention.current())));

    private final InstructionSet set;

    /** Keeps the functions where they are. */
    private final WrittenFunctions functions;

    private final MemorySegment[] activations = new MemorySegment[Activation.values().length];
    private final MemorySegment exp;
    private final MemorySegment expColumns;
    private final MemorySegment add;
    private final MemorySegment multiply;
    private final MemorySegment larger;
    private final MemorySegment copy;
    private final MemorySegment scale;
    private final MemorySegment layerNorm;
    private final MemorySegment sum;
    private final MemorySegment sumOfSquares;
    private final MemorySegment max;
    private final MemorySegment dots;
    private final MemorySegment weightedSum;
    private final MemorySegment sumOfProducts;

    private LoopFunctions(InstructionSet set, List<String> names, WrittenFunctions functions) {
        this.set = set;
        this.functions = functions;
        for (Activation activation : Activation.values()) {
            if (activation != Activation.IDENTITY) {
                activations[activation.ordinal()] = function(names, name(activation));
            }
        }
        exp = function(names, "exp");
        expColumns = function(names, "expcolumns");
        add = function(names, "add");
        multiply = function(names, "multiply");
        larger = function(names, "larger");
        copy = function(names, "copy");
        scale = function(names, "scale");
        layerNorm = function(names, "layernorm");
        sum = function(names, "sum");
        sumOfSquares = function(names, "sumofsquares");
        max = function(names, "max");
        dots = function(names, "dots");
        weightedSum = function(names, "weightedsum");
        sumOfProducts = function(names, "sumofproducts");
    }

    private MemorySegment function(List<String> names, String name) {
        return functions.get(names.indexOf(name));
    }

    private static String name(Activation activation) {
        return activation.name().toLowerCase(Locale.ROOT).replace("_", "");
    }

    /**
     * Returns the functions for vectors of some width, or null where the processor has none or executable memory is
     * refused.
     */
    public static LoopFunctions of(int vectorBytes) {
        InstructionSet set = InstructionSet.ofLoops(vectorBytes, Processor.current());
        return set == null ? null : WRITTEN.get(set);
    }

    /** Returns whether the processor has what the functions for vectors of some width are written for. */
    public static boolean areThere(int vectorBytes) {
        return InstructionSet.ofLoops(vectorBytes, Processor.current()) != null;
    }

    /** Returns the bytes of the widest vectors that the processor has and functions are written for; 0 for none. */
    public static int widestVector() {
        for (InstructionSet set : new InstructionSet[] {InstructionSet.AVX512, InstructionSet.AVX2}) {
            if (areThere(set.bytes())) {
                return set.bytes();
            }
        }
        return 0;
    }

    /** Returns the bytes of a vector. */
    public int vectorBytes() {
        return set.bytes();
    }

    /** Returns the most rows of a tile that registers of this width suffice for. */
    public int tallestTile() {
        return set.tallest();
    }

    /** Writes functions, all that {@link #functions} names. */
    static LoopFunctions write(InstructionSet set, List<Function> functions) throws ExecutableMemory.Refused {
        List<String> names = functions.stream().map(Function::name).toList();
        return new LoopFunctions(set, names, WrittenFunctions.write(functions));
    }

    /** Returns all functions of an instruction set. */
    static List<Function> functions(InstructionSet set, Convention convention) {
        List<Function> functions = new ArrayList<>();
        for (Activation activation : Activation.values()) {
            if (activation != Activation.IDENTITY) {
                functions.add(new Function(
                        name(activation), code -> new ExponentialCode(set, code).emit(activation, convention)));
            }
        }
        functions.add(new Function("exp", code -> new ExponentialCode(set, code).emitExp(convention)));
        functions.add(new Function("expcolumns", code -> new ExponentialCode(set, code).emitExpColumns(convention)));
        for (RowLoopCode.Combination combination : RowLoopCode.Combination.values()) {
            functions.add(new Function(
                    combination.name().toLowerCase(Locale.ROOT),
                    code -> new RowLoopCode(set, code).emit(combination, convention)));
        }
        functions.add(new Function("copy", code -> new RowLoopCode(set, code).emitMap(false, convention)));
        functions.add(new Function("scale", code -> new RowLoopCode(set, code).emitMap(true, convention)));
        functions.add(new Function("layernorm", code -> new RowLoopCode(set, code).emitLayerNorm(convention)));
        functions.add(new Function("sum", code -> new RowLoopCode(set, code).emitSum(convention)));
        functions.add(new Function("sumofsquares", code -> new RowLoopCode(set, code).emitSumOfSquares(convention)));
        functions.add(new Function("max", code -> new RowLoopCode(set, code).emitMax(convention)));
        functions.add(new Function("dots", code -> new DecoderCode(set, code).emitDots(convention)));
        functions.add(new Function("weightedsum", code -> new DecoderCode(set, code).emitWeightedSum(convention)));
        functions.add(new Function("sumofproducts", code -> new ProductSumCode(set, code).emit(convention)));
        return functions;
    }

    private long vectors(int count) {
        return Math.ceilDiv(count, set.bytes() / Float.BYTES);
    }

    /**
     * Computes {@code x = activation(x)}, in place.
     *
     * @param activation not {@link Activation#IDENTITY}
     * @param count rounded up to whole vectors
     */
    public void activate(Activation activation, long x, int count) {
        KernelArguments.call(activations[activation.ordinal()], x, vectors(count), 0, 0, 0, 0);
    }

    /**
     * Computes {@code out = start + sum of first * second}, element by element.
     *
     * @param pairs {@code [terms][2]} addresses of rows
     * @param terms at least 1
     */
    public void sumOfProducts(long pairs, int terms, long start, long out, int count) {
        KernelArguments.call(sumOfProducts, pairs, terms, start, out, count, 0);
    }

    /**
     * Computes {@code x = e^(factor * (x - base))}, in place.
     *
     * @param count rounded up to whole vectors
     */
    public void exp(long x, float factor, float base, int count) {
        KernelArguments.call(exp, x, vectors(count), bits(factor), bits(base), 0, 0);
    }

    /** Computes {@code x = e^(factor * (x - largest of its column))} for two vectors of columns, and their totals. */
    public void expColumns(long x, int rows, float factor, long totals) {
        KernelArguments.call(expColumns, x, rows, bits(factor), totals, 0, 0);
    }

    /** Computes {@code out = a + b}, row by row. */
    public void add(long a, long aStride, long b, long bStride, long out, long outStride, int rows, int count) {
        KernelArguments.call(add, a, aStride, b, bStride, out, outStride, rows, count);
    }

    /** Computes {@code out = a * b}. */
    public void multiply(long a, long b, long out, int count) {
        KernelArguments.call(multiply, a, 0, b, 0, out, 0, 1, count);
    }

    /** Computes {@code out = max(a, b)}; NaN where one of them is. */
    public void larger(long a, long b, long out, int count) {
        KernelArguments.call(larger, a, 0, b, 0, out, 0, 1, count);
    }

    /** Copies {@code to = from}, row by row. */
    public void copy(long from, long fromStride, long to, long toStride, int rows, int count) {
        KernelArguments.call(copy, from, fromStride, to, toStride, rows, count);
    }

    /** Computes {@code out = a * factor + term}. */
    public void scale(long a, float factor, float term, long out, int count) {
        KernelArguments.call(scale, a, 0, out, 0, 1, count, bits(factor), bits(term));
    }

    /** Computes the layer norm of one row. */
    public void layerNorm(long x, long gamma, long beta, float epsilon, long out, int count) {
        KernelArguments.call(layerNorm, x, gamma, beta, out, count, bits(epsilon));
    }

    /** Returns the sum of a row, which may be empty. */
    public float sum(long x, int count) {
        return KernelArguments.callForFloat(sum, x, count);
    }

    /** Returns the sum of the squares of a row, which may be empty. */
    public float sumOfSquares(long x, int count) {
        return KernelArguments.callForFloat(sumOfSquares, x, count);
    }

    /** Returns the largest element of a row; negative infinity for an empty one. */
    public float max(long x, int count) {
        return KernelArguments.callForFloat(max, x, count);
    }

    /** Computes {@code scores[row] = a . rows[row]}. */
    public void dots(long a, long from, long stride, int rows, int count, long scores) {
        KernelArguments.call(dots, a, from, stride, rows, count, scores);
    }

    /** Computes {@code out = sum of weights[row] * rows[row]}, added to {@code out} unless {@code isFresh}. */
    public void weightedSum(long weights, long from, long stride, int rows, int count, boolean isFresh, long out) {
        KernelArguments.call(weightedSum, weights, from, stride, rows, count, isFresh ? 1 : 0, out, 0);
    }

    private static long bits(float value) {
        return Float.floatToRawIntBits(value);
    }
}
