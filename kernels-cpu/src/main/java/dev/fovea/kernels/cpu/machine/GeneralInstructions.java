package dev.fovea.kernels.cpu.machine;

/**
 * Encodes the instructions on general registers: moves, addresses, counters, jumps. All are 64 bits wide unless their name says otherwise.
 * Arithmetic sets the flags that jumps ask for; {@code mov}, {@code lea} and the shifts by register ({@code shlx}) leave them alone.
 */
abstract sealed class GeneralInstructions extends Instructions permits VectorMoves {

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

    /** Map of the second opcode byte, and what turns the short form of a conditional jump into its near form. */
    private static final int ESCAPE = 0x0F;

    private static final int CONDITIONAL_SHORT = 0x70;
    private static final int CONDITIONAL_NEAR = 0x80;

    GeneralInstructions(Encoder out, Listing listing) {
        super(out, listing);
    }

    /** Copies a register. */
    public final void mov(Gp to, Gp from) {
        binary("mov", 0x89, to, from);
    }

    /** Sets a register to a constant, in the shortest form that keeps all 64 bits. Leaves the flags alone. */
    public final void mov(Gp to, long value) {
        out.reserve();
        boolean isUnsigned = value >>> 32 == 0;
        if (listing != null) {
            note("mov " + (isUnsigned ? to.text32() : to.text()) + ", " + value);
        }
        int register = to.ordinal();
        if (isUnsigned) {
            out.rex(false, 0, register);
            out.int8(0xB8 | register & 7);
            out.int32((int) value);
        } else if (value == (int) value) {
            out.rex(true, 0, register);
            out.int8(0xC7);
            out.register(0, register);
            out.int32((int) value);
        } else {
            out.rex(true, 0, register);
            out.int8(0xB8 | register & 7);
            out.int64(value);
        }
    }

    /** Loads 64 bits. */
    public final void mov(Gp to, Address from) {
        if (listing != null) {
            note("mov " + to.text() + ", " + from);
        }
        memory(true, 0x8B, to.ordinal(), from);
    }

    /** Stores 64 bits. */
    public final void mov(Address to, Gp from) {
        if (listing != null) {
            note("mov " + to + ", " + from.text());
        }
        memory(true, 0x89, from.ordinal(), to);
    }

    /** Loads 32 bits and sets the upper half of the register to zero. */
    public final void mov32(Gp to, Address from) {
        if (listing != null) {
            note("mov " + to.text32() + ", " + from);
        }
        memory(false, 0x8B, to.ordinal(), from);
    }

    /** Stores the lower 32 bits. */
    public final void mov32(Address to, Gp from) {
        if (listing != null) {
            note("mov " + to + ", " + from.text32());
        }
        memory(false, 0x89, from.ordinal(), to);
    }

    /** Loads 32 bits and extends their sign. */
    public final void movsxd(Gp to, Address from) {
        if (listing != null) {
            note("movsxd " + to.text() + ", dword ptr " + from);
        }
        memory(true, 0x63, to.ordinal(), from);
    }

    /** Computes an address, without reading there. */
    public final void lea(Gp to, Address of) {
        if (listing != null) {
            note("lea " + to.text() + ", " + of);
        }
        memory(true, 0x8D, to.ordinal(), of);
    }

    /** Adds. */
    public final void add(Gp to, Gp from) {
        binary("add", 0x01, to, from);
    }

    /** Adds a constant. */
    public final void add(Gp to, int value) {
        constant("add", 0, to, value);
    }

    /** Subtracts. */
    public final void sub(Gp to, Gp from) {
        binary("sub", 0x29, to, from);
    }

    /** Subtracts a constant. */
    public final void sub(Gp to, int value) {
        constant("sub", 5, to, value);
    }

    /** Keeps the bits that are set in both. */
    public final void and(Gp to, Gp from) {
        binary("and", 0x21, to, from);
    }

    /** Keeps the bits that are set in the constant too, whose sign is extended. */
    public final void and(Gp to, int value) {
        constant("and", 4, to, value);
    }

    /** Sets the bits that are set in one of both. */
    public final void or(Gp to, Gp from) {
        binary("or", 0x09, to, from);
    }

    /** Sets the bits that are set in one only; of a register with itself: sets it to zero. */
    public final void xor(Gp to, Gp from) {
        binary("xor", 0x31, to, from);
    }

    /** Sets the flags as {@code left - right} does. */
    public final void cmp(Gp left, Gp right) {
        binary("cmp", 0x39, left, right);
    }

    /** Sets the flags as {@code left - right} does. */
    public final void cmp(Gp left, int right) {
        constant("cmp", 7, left, right);
    }

    /** Sets the flags as {@code left & right} does. */
    public final void test(Gp left, Gp right) {
        binary("test", 0x85, left, right);
    }

    /** Multiplies, keeping the lower 64 bits. */
    public final void imul(Gp to, Gp from) {
        out.reserve();
        if (listing != null) {
            note("imul " + to.text() + ", " + from.text());
        }
        out.rex(true, to.ordinal(), from.ordinal());
        out.int8(ESCAPE);
        out.int8(0xAF);
        out.register(to.ordinal(), from.ordinal());
    }

    /** Shifts left by 1 to 63 bits. */
    public final void shl(Gp register, int count) {
        shift("shl", 4, register, count);
    }

    /** Shifts right by 1 to 63 bits, zeros coming in. */
    public final void shr(Gp register, int count) {
        shift("shr", 5, register, count);
    }

    /** Shifts right by 1 to 63 bits, the sign coming in. */
    public final void sar(Gp register, int count) {
        shift("sar", 7, register, count);
    }

    /** Shifts left by a register. Needs BMI2, which every processor with AVX2 has. */
    public final void shlx(Gp to, Gp from, Gp count) {
        bits("shlx", Form.P66 | Form.M0F38 | Form.VEX_W1 | 0xF7, to, from, count);
    }

    /** Shifts right by a register, zeros coming in. Needs BMI2. */
    public final void shrx(Gp to, Gp from, Gp count) {
        bits("shrx", Form.PF2 | Form.M0F38 | Form.VEX_W1 | 0xF7, to, from, count);
    }

    /** Keeps so many of the lowest bits: turns a count of lanes into a mask for {@code kmov}. Needs BMI2. */
    public final void bzhi(Gp to, Gp from, Gp count) {
        bits("bzhi", Form.M0F38 | Form.VEX_W1 | 0xF5, to, from, count);
    }

    /** Adds 1. */
    public final void inc(Gp register) {
        unary("inc", 0, register);
    }

    /** Subtracts 1. */
    public final void dec(Gp register) {
        unary("dec", 1, register);
    }

    /** Puts a register on the stack. */
    public final void push(Gp register) {
        stack("push", 0x50, register);
    }

    /** Takes a register off the stack. */
    public final void pop(Gp register) {
        stack("pop", 0x58, register);
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

    /** Asks what the processor has: leaf in {@code eax}, subleaf in {@code ecx}, answers in {@code eax, ebx, ecx, edx}. */
    public final void cpuid() {
        bytes("cpuid", 2, 0xA20F);
    }

    /** Reads which registers the system saves: number 0 in {@code ecx}, answer in {@code edx:eax}. */
    public final void xgetbv() {
        bytes("xgetbv", 3, 0xD0010F);
    }

    /** Calls the Linux kernel: number in {@code rax}, arguments in {@code rdi, rsi, rdx}; loses {@code rcx} and {@code r11}. */
    public final void syscall() {
        bytes("syscall", 2, 0x050F);
    }

    /** Does nothing. */
    public final void nop() {
        bytes("nop", 1, 0x90);
    }

    /** Brings a cache line into all caches. Never faults, wherever the address points. */
    public final void prefetcht0(Address line) {
        prefetch("prefetcht0", 1, line);
    }

    /** Brings a cache line into the second cache and those beyond. */
    public final void prefetcht1(Address line) {
        prefetch("prefetcht1", 2, line);
    }

    /** Brings a cache line into the last cache. */
    public final void prefetcht2(Address line) {
        prefetch("prefetcht2", 3, line);
    }

    /** Brings a cache line near that is used once, displacing as little as possible. */
    public final void prefetchnta(Address line) {
        prefetch("prefetchnta", 0, line);
    }

    private void binary(String name, int opcode, Gp to, Gp from) {
        out.reserve();
        if (listing != null) {
            note(name + " " + to.text() + ", " + from.text());
        }
        out.rex(true, from.ordinal(), to.ordinal());
        out.int8(opcode);
        out.register(from.ordinal(), to.ordinal());
    }

    private void constant(String name, int digit, Gp to, int value) {
        if (listing != null) {
            note(name + " " + to.text() + ", " + value);
        }
        boolean isShort = Encoder.isByte(value);
        digit(isShort ? 0x83 : 0x81, digit, to);
        if (isShort) {
            out.int8(value);
        } else {
            out.int32(value);
        }
    }

    private void shift(String name, int digit, Gp register, int count) {
        require(count >= 1 && count <= 63, name, "shifts by 1 to 63, not by", count);
        if (listing != null) {
            note(name + " " + register.text() + ", " + count);
        }
        digit(count == 1 ? 0xD1 : 0xC1, digit, register);
        if (count != 1) {
            out.int8(count);
        }
    }

    private void unary(String name, int digit, Gp register) {
        if (listing != null) {
            note(name + " " + register.text());
        }
        digit(0xFF, digit, register);
    }

    /** Encodes an operation on one register, of which the field {@code reg} is a part of the opcode. */
    private void digit(int opcode, int digit, Gp register) {
        out.reserve();
        out.rex(true, 0, register.ordinal());
        out.int8(opcode);
        out.register(digit, register.ordinal());
    }

    private void stack(String name, int opcode, Gp register) {
        out.reserve();
        if (listing != null) {
            note(name + " " + register.text());
        }
        out.rex(false, 0, register.ordinal());
        out.int8(opcode | register.ordinal() & 7);
    }

    private void bits(String name, int form, Gp to, Gp from, Gp count) {
        if (listing != null) {
            note(name + " " + to.text() + ", " + from.text() + ", " + count.text());
        }
        vexRegisters(form, to.ordinal(), count.ordinal(), from.ordinal());
    }

    private void memory(boolean isWide, int opcode, int reg, Address memory) {
        plain(memory);
        out.reserve();
        out.rex(isWide, reg, memory);
        out.int8(opcode);
        out.memory(reg, memory, 1, 0);
    }

    private void prefetch(String name, int hint, Address line) {
        plain(line);
        if (listing != null) {
            note(name + " " + line);
        }
        out.reserve();
        out.rex(false, 0, line);
        out.int8(ESCAPE);
        out.int8(0x18);
        out.memory(hint, line, 1, 0);
    }

    private static void plain(Address memory) {
        if (memory.isBroadcast() || memory.mask() != null) {
            throw new IllegalArgumentException("only vector instructions take a broadcast or a mask: " + memory);
        }
    }

    private void jump(String name, int condition, Label target) {
        jump(name, CONDITIONAL_SHORT | condition, ESCAPE | (CONDITIONAL_NEAR | condition) << 8, target);
    }

    /** Encodes a jump: back to a label nearby in two bytes, otherwise with room for any distance. */
    private void jump(String name, int shortOpcode, int nearOpcode, Label target) {
        if (listing != null) {
            note(name + " " + target);
        }
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
