package dev.fovea.kernels.cpu.machine;

import dev.fovea.kernels.cpu.machine.WrittenFunctions.Function;
import dev.fovea.tensor.Precision;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Computes the products of attention in machine code, in f32 (see {@link AttentionCode}). Nothing checks addresses.
 */
public final class AttentionKernels {

    private static final WrittenOnce<InstructionSet, AttentionKernels> WRITTEN =
            new WrittenOnce<>(set -> write(set, functions(set, Convention.current())));

    /** Words of every column that {@link #turn} brings along at a time. */
    private static final int WORDS_OF_BLOCK = 16;

    private final InstructionSet set;
    private final WrittenFunctions functions;

    private AttentionKernels(InstructionSet set, WrittenFunctions functions) {
        this.set = set;
        this.functions = functions;
    }

    /**
     * Returns the products for panels of some columns, written once, or null where the processor has no instructions
     * for them or executable memory is refused.
     */
    public static AttentionKernels of(int columns) {
        InstructionSet set = InstructionSet.ofLoops(columns / InstructionSet.HALVES * Float.BYTES, Processor.current());
        return set == null ? null : WRITTEN.get(set);
    }

    static AttentionKernels write(InstructionSet set, List<Function> functions) throws ExecutableMemory.Refused {
        return new AttentionKernels(set, WrittenFunctions.write(functions));
    }

    /** Returns all functions for an instruction set: those of {@link AttentionCode}, and the turning. */
    static List<Function> functions(InstructionSet set, Convention convention) {
        List<Function> functions = new ArrayList<>(AttentionCode.functions(set, convention));
        if (set == InstructionSet.AVX512) {
            GroupLayout layout = ProductCode.layout(Precision.F32, set);
            functions.add(new Function("turn", code -> new PanelCode(layout, code).emitTurn(convention)));
        }
        return functions;
    }

    /** Returns the columns of a panel of queries or values. */
    public int columns() {
        return set.columns();
    }

    /** Returns the most rows of a tile; there are tiles of all heights up to it. */
    public int tallestTile() {
        return set.tallest();
    }

    /**
     * Computes {@code scores[rows, columns] = keys[rows, steps] queries[steps, columns]}.
     *
     * @param rows 1 to {@link #tallestTile()}
     * @param stride bytes from one key to the next
     * @param scoresStride bytes from one row of the result to the next
     * @param steps at least 1
     */
    public void scores(int rows, long keys, long stride, long queries, long scores, long scoresStride, int steps) {
        KernelArguments.call(functions.get(rows - 1), keys, stride, queries, scores, steps, scoresStride);
    }

    /**
     * Computes {@code out[rows, columns] = factors[rows] * weights[steps, rows]ᵀ values[steps, columns]}.
     *
     * @param rows 1 to {@link #tallestTile()}
     * @param weights a row of {@link #columns()} for each step, of which the first {@code rows} are taken
     * @param stride bytes from one value to the next
     * @param outStride bytes from one row of the result to the next
     * @param steps at least 1
     */
    public void mix(
            int rows, long weights, long values, long stride, long out, long outStride, int steps, long factors) {
        KernelArguments.call(
                functions.get(set.tallest() + rows - 1), weights, values, stride, out, outStride, steps, factors, 0);
    }

    /**
     * Computes {@code out[rows, columns] += left[steps, rows]ᵀ right[steps, columns]}.
     *
     * @param rows 1 to {@link #tallestTile()}
     * @param leftStride bytes from one step of the left operand to the next
     * @param rightStride bytes from one step of the right operand to the next
     * @param outStride bytes from one row of the result to the next
     * @param steps at least 1
     */
    public void cross(
            int rows, long left, long leftStride, long right, long rightStride, long out, long outStride, int steps) {
        MemorySegment function = functions.get(2 * set.tallest() + rows - 1);
        KernelArguments.call(function, left, leftStride, right, out, outStride, steps, rightStride, 0);
    }

    /** Returns whether there is {@link #turn}: on AVX-512. */
    public boolean canTurn() {
        return functions.count() > 3 * set.tallest();
    }

    /**
     * Transposes a panel, {@code to[step][column] = from[column][step]}.
     *
     * @param stride bytes from one of the {@link #columns()} columns to the next
     * @param steps a multiple of 16
     */
    public void turn(long from, long stride, long to, int steps) {
        KernelArguments.call(functions.get(3 * set.tallest()), from, stride, to, steps / WORDS_OF_BLOCK, 0, 0);
    }
}
