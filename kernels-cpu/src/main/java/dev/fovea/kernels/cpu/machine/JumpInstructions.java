package dev.fovea.kernels.cpu.machine;

/**
 * Encodes jumps and calls, and the instructions without operands. A jump back to a label nearby has one byte for the
 * distance, all others have four.
 */
abstract sealed class JumpInstructions extends GeneralInstructions permits VectorMoves {

    /** Conditions of jumps, the low four bits of their opcodes. */
    private static final int BELOW = 2;

    private static final int ABOVE_OR_EQUAL = 3;
    private static final int ZERO = 4;
    private static final int NOT_ZERO = 5;
    private static final int BELOW_OR_EQUAL = 6;
    private static final int ABOVE = 7;
    private static final int LESS = 12;
    private static final int GREATER_OR_EQUAL = 13;
    private static final int LESS_OR_EQUAL = 14;
    private static final int GREATER = 15;

    private static final int JUMP_SHORT = 0xEB;
    private static final int JUMP_NEAR = 0xE9;
    private static final int CALL = 0xE8;

    /** The opcodes of conditional jumps, without the condition. The near form has two bytes. */
    private static final int CONDITIONAL_SHORT = 0x70;

    private static final int CONDITIONAL_NEAR = 0x80;

    JumpInstructions(Encoder out, Listing listing) {
        super(out, listing);
    }

    /** Goes on at a label. */
    public final void jmp(Label target) {
        jump("jmp", JUMP_SHORT, JUMP_NEAR, target);
    }

    /** Calls what is at a label; {@code ret} comes back. */
    public final void call(Label target) {
        if (listing != null) {
            note("call " + target);
        }
        out.reserve();
        out.int8(CALL);
        out.reference(target, 0, out.size() + 4);
    }

    /** Jumps if the result was zero, or both were equal. */
    public final void jz(Label target) {
        jump("jz", ZERO, target);
    }

    /** Jumps if the result was not zero, or both were not equal. */
    public final void jnz(Label target) {
        jump("jnz", NOT_ZERO, target);
    }

    /** Jumps if the left of {@code cmp} was less, as signed numbers. */
    public final void jl(Label target) {
        jump("jl", LESS, target);
    }

    /** Jumps if the left of {@code cmp} was less or equal, as signed numbers. */
    public final void jle(Label target) {
        jump("jle", LESS_OR_EQUAL, target);
    }

    /** Jumps if the left of {@code cmp} was greater, as signed numbers. */
    public final void jg(Label target) {
        jump("jg", GREATER, target);
    }

    /** Jumps if the left of {@code cmp} was greater or equal, as signed numbers. */
    public final void jge(Label target) {
        jump("jge", GREATER_OR_EQUAL, target);
    }

    /** Jumps if the left of {@code cmp} was less, as unsigned numbers. */
    public final void jb(Label target) {
        jump("jb", BELOW, target);
    }

    /** Jumps if the left of {@code cmp} was less or equal, as unsigned numbers. */
    public final void jbe(Label target) {
        jump("jbe", BELOW_OR_EQUAL, target);
    }

    /** Jumps if the left of {@code cmp} was greater, as unsigned numbers. */
    public final void ja(Label target) {
        jump("ja", ABOVE, target);
    }

    /** Jumps if the left of {@code cmp} was greater or equal, as unsigned numbers. */
    public final void jae(Label target) {
        jump("jae", ABOVE_OR_EQUAL, target);
    }

    /** Returns to the caller. */
    public final void ret() {
        bytes("ret", 1, 0xC3);
    }

    /**
     * Asks what the processor has: leaf in {@code eax}, subleaf in {@code ecx}, answers in {@code eax, ebx, ecx, edx}.
     */
    public final void cpuid() {
        bytes("cpuid", 2, 0xA20F);
    }

    /** Reads which registers the system saves: number 0 in {@code ecx}, answer in {@code edx:eax}. */
    public final void xgetbv() {
        bytes("xgetbv", 3, 0xD0010F);
    }

    /**
     * Calls the Linux kernel: number in {@code rax}, arguments in {@code rdi, rsi, rdx}; loses {@code rcx} and {@code
     * r11}.
     */
    public final void syscall() {
        bytes("syscall", 2, 0x050F);
    }

    /** Waits until all stores before are visible to other threads, those past the caches ({@code vmovntps}) too. */
    public final void sfence() {
        bytes("sfence", 3, 0xF8AE0F);
    }

    /** Does nothing. */
    public final void nop() {
        bytes("nop", 1, 0x90);
    }

    private void jump(String name, int condition, Label target) {
        jump(name, CONDITIONAL_SHORT | condition, ESCAPE | (CONDITIONAL_NEAR | condition) << 8, target);
    }

    /** Encodes a jump: back to a label nearby in two bytes, otherwise with room for any distance. */
    private void jump(String name, int shortOpcode, int nearOpcode, Label target) {
        if (listing != null) {
            note(name + " " + target);
        }
        target.requireOwner(out);
        out.reserve();
        if (target.isBound() && Encoder.isByte(target.position() - out.size() - 2)) {
            out.int8(shortOpcode);
            out.int8(target.position() - out.size() - 1);
        } else {
            out.int8(nearOpcode);
            if (nearOpcode > 0xFF) {
                out.int8(nearOpcode >> 8);
            }
            out.reference(target, 0, out.size() + 4);
        }
    }

    /** Encodes an instruction without operands, its bytes in a number, the first one lowest. */
    final void bytes(String name, int count, int bytes) {
        if (listing != null) {
            note(name);
        }
        out.reserve();
        for (int i = 0; i < count; i++) {
            out.int8(bytes >> 8 * i);
        }
    }
}
