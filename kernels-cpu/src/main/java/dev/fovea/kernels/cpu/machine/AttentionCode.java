package dev.fovea.kernels.cpu.machine;

import dev.fovea.kernels.cpu.machine.WrittenFunctions.Function;
import java.util.ArrayList;
import java.util.List;

/**
 * Multiplies in f32 for attention, with the vectors of any {@link InstructionSet}. Operands are read where they lie,
 * without packing them first: a head's keys and values are used for few queries, so packing takes as long as
 * multiplying.
 *
 * <pre>
 * void scores(keys, stride, queries, c, steps, cStride)
 *   c[rows, columns] = keys[rows, steps] queries[steps, columns]       queries end to end
 *
 * void mix(weights, values, stride, c, cStride, steps, factors)
 *   c[rows, columns] = factors[rows] * weights[steps, rows]ᵀ values[steps, columns]
 *                                                                      weights [steps, columns], the first rows of them
 *
 * void cross(left, stride, right, c, cStride, steps, rightStride)
 *   c[rows, columns] += left[steps, rows]ᵀ right[steps, columns]       of channels among themselves
 * </pre>
 *
 * Sums are taken step after step, with one multiply-add each, whatever the rows: the same bits for every height.
 *
 * <p>Not final, so that tests can plant mistakes and see that they are found.
 */
class AttentionCode {

    // General registers. The first seven belong to a function under both conventions, the others are saved.
    private static final Gp LEFT = Gp.R8;
    private static final Gp RIGHT = Gp.R9;
    private static final Gp STRIDE = Gp.RDX;
    private static final Gp TO = Gp.RCX;
    private static final Gp STEPS = Gp.R10;
    private static final Gp TO_STRIDE = Gp.R11;
    private static final Gp FACTORS = Gp.RAX;
    private static final Gp STRIDE_3 = Gp.R11;
    private static final Gp STRIDE_5 = Gp.RAX;
    private static final Gp STRIDE_7 = Gp.RSI;
    private static final Gp NINTH = Gp.RDI;
    private static final Gp SCORES_STRIDE = Gp.RBX;
    private static final Gp RIGHT_STRIDE = Gp.RAX;

    private final InstructionSet set;
    private final int rows;
    private final Assembler code;
    private final TileRegisters registers;

    /**
     * Prepares the kernels of a height.
     *
     * @param rows 1 to {@link InstructionSet#tallest}
     */
    AttentionCode(InstructionSet set, int rows, Assembler code) {
        this.set = set;
        this.rows = rows;
        this.code = code;
        registers = new TileRegisters(set);
    }

    /** Returns all functions, in the order in which they are written: scores, mixes, crosses, each from one row up. */
    static List<Function> functions(InstructionSet set, Convention convention) {
        List<Function> functions = new ArrayList<>();
        for (int rows = 1; rows <= set.tallest(); rows++) {
            int height = rows;
            functions.add(
                    new Function("scores" + rows, code -> new AttentionCode(set, height, code).emitScores(convention)));
        }
        for (int rows = 1; rows <= set.tallest(); rows++) {
            int height = rows;
            functions.add(new Function("mix" + rows, code -> new AttentionCode(set, height, code).emitMix(convention)));
        }
        for (int rows = 1; rows <= set.tallest(); rows++) {
            int height = rows;
            functions.add(
                    new Function("cross" + rows, code -> new AttentionCode(set, height, code).emitCross(convention)));
        }
        return functions;
    }

    private int panelRow() {
        return set.columns() * Float.BYTES;
    }

    // ---- operands ----

    /** Returns the element of a key that the step multiplies; rows are reached by multiples of their distance. */
    Address key(int row) {
        return switch (row) {
            case 0 -> Address.of(LEFT);
            case 1, 2, 4, 8 -> Address.of(LEFT, STRIDE, row, 0);
            case 3, 6 -> Address.of(LEFT, STRIDE_3, row / 3, 0);
            case 5, 10 -> Address.of(LEFT, STRIDE_5, row / 5, 0);
            case 7 -> Address.of(LEFT, STRIDE_7, 1, 0);
            case 9 -> Address.of(NINTH);
            default -> Address.of(NINTH, STRIDE, row - 9, 0);
        };
    }

    /** Returns a query's weight of the step. */
    Address weight(int row) {
        return Address.of(LEFT, row * Float.BYTES);
    }

    /** Returns what a row's sums are multiplied by. */
    Address factor(int row) {
        return Address.of(FACTORS, row * Float.BYTES);
    }

    /** Returns where half a row of the result lies, once {@link #TO} is at the row. */
    Address result(int half) {
        return Address.of(TO, half * set.bytes());
    }

    // ---- the kernels ----

    /** Writes {@code scores}. */
    final void emitScores(Convention convention) {
        Convention.Frame frame = convention.frame(set.registers(), STRIDE_7, NINTH, SCORES_STRIDE);
        frame.enter(code);
        KernelArguments.load(code, convention, LEFT, STRIDE, RIGHT, TO, STEPS, SCORES_STRIDE);
        code.lea(STRIDE_3, Address.of(STRIDE, STRIDE, 2, 0));
        code.lea(STRIDE_5, Address.of(STRIDE, STRIDE, 4, 0));
        code.lea(STRIDE_7, Address.of(STRIDE_3, STRIDE, 4, 0));
        code.lea(NINTH, Address.of(LEFT, STRIDE, 8, 0));
        code.add(NINTH, STRIDE);
        startSums();
        Label loop = loop();
        for (int half = 0; half < InstructionSet.HALVES; half++) {
            code.vmovups(registers.panel(half), Address.of(RIGHT, half * set.bytes()));
        }
        for (int row = 0; row < rows; row++) {
            multiply(row, key(row));
        }
        code.add(LEFT, Float.BYTES);
        code.add(NINTH, Float.BYTES);
        code.add(RIGHT, panelRow());
        code.dec(STEPS);
        code.jnz(loop);
        for (int row = 0; row < rows; row++) {
            for (int half = 0; half < InstructionSet.HALVES; half++) {
                code.vmovups(result(half), registers.sum(row, half));
            }
            code.add(TO, SCORES_STRIDE);
        }
        frame.leave(code);
    }

    /** Writes {@code mix}. */
    final void emitMix(Convention convention) {
        Convention.Frame frame = convention.frame(set.registers());
        frame.enter(code);
        KernelArguments.load(code, convention, LEFT, RIGHT, STRIDE, TO, TO_STRIDE, STEPS, FACTORS);
        startSums();
        Label loop = loop();
        for (int half = 0; half < InstructionSet.HALVES; half++) {
            code.vmovups(registers.panel(half), Address.of(RIGHT, half * set.bytes()));
        }
        for (int row = 0; row < rows; row++) {
            multiply(row, weight(row));
        }
        code.add(LEFT, panelRow());
        code.add(RIGHT, STRIDE);
        code.dec(STEPS);
        code.jnz(loop);
        for (int row = 0; row < rows; row++) {
            code.vbroadcastss(registers.word(row), factor(row));
            for (int half = 0; half < InstructionSet.HALVES; half++) {
                Vec sum = registers.sum(row, half);
                code.vmulps(sum, sum, registers.word(row));
                code.vmovups(result(half), sum);
            }
            code.add(TO, TO_STRIDE);
        }
        frame.leave(code);
    }

    /** Writes {@code cross}. */
    final void emitCross(Convention convention) {
        Convention.Frame frame = convention.frame(set.registers());
        frame.enter(code);
        KernelArguments.load(code, convention, LEFT, STRIDE, RIGHT, TO, TO_STRIDE, STEPS, RIGHT_STRIDE);
        for (int row = 0; row < rows; row++) {
            for (int half = 0; half < InstructionSet.HALVES; half++) {
                code.vmovups(registers.sum(row, half), result(half));
            }
            code.add(TO, TO_STRIDE);
        }
        Label loop = loop();
        for (int half = 0; half < InstructionSet.HALVES; half++) {
            code.vmovups(registers.panel(half), Address.of(RIGHT, half * set.bytes()));
        }
        for (int row = 0; row < rows; row++) {
            multiply(row, weight(row));
        }
        code.add(LEFT, STRIDE);
        code.add(RIGHT, RIGHT_STRIDE);
        code.dec(STEPS);
        code.jnz(loop);
        for (int row = rows - 1; row >= 0; row--) {
            code.sub(TO, TO_STRIDE);
            for (int half = 0; half < InstructionSet.HALVES; half++) {
                code.vmovups(result(half), registers.sum(row, half));
            }
        }
        frame.leave(code);
    }

    private void startSums() {
        for (int row = 0; row < rows; row++) {
            for (int half = 0; half < InstructionSet.HALVES; half++) {
                Vec sum = registers.sum(row, half);
                code.vxorps(sum, sum, sum);
            }
        }
    }

    private Label loop() {
        Label loop = code.label();
        code.align(16);
        code.bind(loop);
        return loop;
    }

    private void multiply(int row, Address word) {
        code.vbroadcastss(registers.word(row), word);
        for (int half = 0; half < InstructionSet.HALVES; half++) {
            code.vfmadd231ps(registers.sum(row, half), registers.word(row), registers.panel(half));
        }
    }
}
