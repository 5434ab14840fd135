package dev.fovea.kernels.cpu.machine;

/**
 * Tells which registers a function gets its arguments in and which it must leave as they were, so that a kernel is
 * written once for all systems. Whole numbers and addresses only. Registers that neither carry arguments nor are
 * {@linkplain #preserves preserved} are free: on both systems rax, r10, r11, the mask registers, and zmm16 to zmm31.
 *
 * <p>See <i>System V Application Binary Interface, AMD64 Architecture Processor Supplement</i>, section 3.2, and
 * Microsoft's <i>x64 calling convention</i>. The latter wants tables for unwinding the stack, which code here has not:
 * it must not fault.
 */
public enum Convention {

    /** Linux and macOS. All vector registers are free. */
    SYSTEM_V,

    /**
     * Windows. The caller leaves 32 bytes above the return address for the callee. The lower halves of xmm6 to xmm15
     * are preserved.
     */
    WINDOWS;

    private static final int WORD = 8;
    private static final int VECTOR = 16;

    /** The first vector register that Windows preserves, and the first after them. */
    private static final int FIRST_PRESERVED = 6;

    private static final int FIRST_FREE = 16;

    /** Returns the convention of this system. */
    public static Convention current() {
        return System.getProperty("os.name").startsWith("Windows") ? WINDOWS : SYSTEM_V;
    }

    /** Returns the number of arguments that come in registers; the others are on the stack, see {@link Frame#load}. */
    public int registerArguments() {
        return this == WINDOWS ? 4 : 6;
    }

    /**
     * Returns the register of an argument.
     *
     * @param index counted from 0, below {@link #registerArguments}
     */
    public Gp argument(int index) {
        if (index < 0 || index >= registerArguments()) {
            throw new IllegalArgumentException("argument " + index + " is not in a register; " + this + " has "
                    + registerArguments() + " of them there, Frame.load reads the others");
        }
        return switch (index) {
            case 0 -> this == WINDOWS ? Gp.RCX : Gp.RDI;
            case 1 -> this == WINDOWS ? Gp.RDX : Gp.RSI;
            case 2 -> this == WINDOWS ? Gp.R8 : Gp.RDX;
            case 3 -> this == WINDOWS ? Gp.R9 : Gp.RCX;
            case 4 -> Gp.R8;
            default -> Gp.R9;
        };
    }

    /** Returns whether a function that changes a register must restore it. */
    public boolean preserves(Gp register) {
        return switch (register) {
            case RBX, RSP, RBP, R12, R13, R14, R15 -> true;
            case RSI, RDI -> this == WINDOWS;
            default -> false;
        };
    }

    /**
     * Returns what a function does at its beginning and its end.
     *
     * @param vectors the number of vector registers it uses, counted from zmm0
     * @param used the general registers it changes; those that need no saving may be left out
     */
    public Frame frame(int vectors, Gp... used) {
        int pushed = 0;
        for (Gp register : used) {
            if (register == Gp.RSP) {
                throw new IllegalArgumentException("the stack pointer cannot be saved on the stack");
            }
            pushed += preserves(register) ? 1 : 0;
        }
        return new Frame(this, used.clone(), pushed, vectors);
    }

    /** Saves registers at the beginning of a function and restores them at its end. */
    public static final class Frame {

        private final Convention convention;
        private final Gp[] used;
        private final int pushed;
        private final int savedVectors;
        private final boolean hasVectors;

        private Frame(Convention convention, Gp[] used, int pushed, int vectors) {
            this.convention = convention;
            this.used = used;
            this.pushed = pushed;
            savedVectors = convention == WINDOWS ? Math.max(0, Math.min(vectors, FIRST_FREE) - FIRST_PRESERVED) : 0;
            hasVectors = vectors > 0;
        }

        /** Writes the beginning of the function. */
        public void enter(Assembler a) {
            for (Gp register : used) {
                if (convention.preserves(register)) {
                    a.push(register);
                }
            }
            if (savedVectors > 0) {
                a.sub(Gp.RSP, VECTOR * savedVectors);
                for (int i = 0; i < savedVectors; i++) {
                    a.vmovups(Address.of(Gp.RSP, VECTOR * i), Vec.xmm(FIRST_PRESERVED + i));
                }
            }
        }

        /**
         * Loads an argument, wherever it came, between {@link #enter} and {@link #leave}; its register must not be
         * overwritten yet.
         */
        public void load(Assembler a, Gp to, int argument) {
            if (argument < convention.registerArguments()) {
                if (to != convention.argument(argument)) {
                    a.mov(to, convention.argument(argument));
                }
                return;
            }
            // The return address, then the arguments; on Windows with room for those in registers too.
            int slot = 1 + (convention == WINDOWS ? argument : argument - convention.registerArguments());
            a.mov(to, Address.of(Gp.RSP, VECTOR * savedVectors + WORD * (pushed + slot)));
        }

        /** Writes the end of the function: restores registers and returns. */
        public void leave(Assembler a) {
            if (savedVectors > 0) {
                for (int i = 0; i < savedVectors; i++) {
                    a.vmovups(Vec.xmm(FIRST_PRESERVED + i), Address.of(Gp.RSP, VECTOR * i));
                }
                a.add(Gp.RSP, VECTOR * savedVectors);
            }
            for (int i = used.length - 1; i >= 0; i--) {
                if (convention.preserves(used[i])) {
                    a.pop(used[i]);
                }
            }
            if (hasVectors) {
                a.vzeroupper();
            }
            a.ret();
        }
    }
}
