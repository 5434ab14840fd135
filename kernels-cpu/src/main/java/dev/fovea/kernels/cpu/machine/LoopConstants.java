package dev.fovea.kernels.cpu.machine;

/**
 * Holds the constants of a function, each repeated in all lanes: in registers as long as there are some, the others in
 * memory behind the code, where instructions read them as their last operand.
 */
final class LoopConstants {

    private final InstructionSet set;
    private final Assembler code;
    private final int firstRegister;
    private final int inRegisters;
    private final float[] values;
    private final Label table;

    /**
     * Writes the loading of the first constants into registers.
     *
     * @param firstRegister the first of the vector registers that they may take, up to the last one
     * @param values those first that are needed in registers
     */
    LoopConstants(InstructionSet set, Assembler code, int firstRegister, float... values) {
        this.set = set;
        this.code = code;
        this.firstRegister = firstRegister;
        this.values = values.clone();
        inRegisters = Math.min(values.length, set.registers() - firstRegister);
        table = code.label();
        for (int i = 0; i < inRegisters; i++) {
            code.vbroadcastss(set.register(firstRegister + i), Address.of(table).plus(wholeBytes() + i * Float.BYTES));
        }
    }

    /** Returns the bytes of the constants that are not in registers. */
    private int wholeBytes() {
        return (values.length - inRegisters) * set.bytes();
    }

    private int index(float value) {
        for (int i = 0; i < values.length; i++) {
            if (Float.floatToRawIntBits(values[i]) == Float.floatToRawIntBits(value)) {
                return i;
            }
        }
        throw new IllegalArgumentException(value + " is none of the constants");
    }

    /** Returns a constant as the last operand of an instruction. */
    Operand of(float value) {
        int index = index(value);
        return index < inRegisters
                ? set.register(firstRegister + index)
                : Address.of(table).plus((index - inRegisters) * set.bytes());
    }

    /**
     * Returns the register of a constant.
     *
     * @throws IllegalArgumentException if it is in memory
     */
    Vec register(float value) {
        if (of(value) instanceof Vec register) {
            return register;
        }
        throw new IllegalArgumentException(value + " is in memory");
    }

    /** Writes the constants, behind the end of the function. */
    void write() {
        code.align(set.bytes());
        code.bind(table);
        for (int i = inRegisters; i < values.length; i++) {
            for (int lane = 0; lane < set.bytes() / Float.BYTES; lane++) {
                code.floats(values[i]);
            }
        }
        for (int i = 0; i < inRegisters; i++) {
            code.floats(values[i]);
        }
    }
}
