package dev.fovea.kernels.cpu.machine;

/**
 * Encodes the instructions on general registers: moves, addresses, counters. All are 64 bits wide unless their
 * name says otherwise. Arithmetic sets the flags that jumps ask for; {@code mov}, {@code lea} and the shifts by
 * register ({@code shlx}) leave them alone.
 */
abstract sealed class GeneralInstructions extends Instructions permits JumpInstructions {

    /** What begins the opcodes of two bytes. */
    static final int ESCAPE = 0x0F;

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

    /** Adds 64 bits of memory. */
    public final void add(Gp to, Address from) {
        if (listing != null) {
            note("add " + to.text() + ", " + from);
        }
        memory(true, 0x03, to.ordinal(), from);
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

    /** Sets the flags as {@code left - right} does, of which the latter is 64 bits of memory. */
    public final void cmp(Gp left, Address right) {
        if (listing != null) {
            note("cmp " + left.text() + ", " + right);
        }
        memory(true, 0x3B, left.ordinal(), right);
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

    /** Multiplies by a constant, keeping the lower 64 bits. */
    public final void imul(Gp to, Gp from, int value) {
        out.reserve();
        if (listing != null) {
            note("imul " + to.text() + ", " + from.text() + ", " + value);
        }
        boolean isShort = Encoder.isByte(value);
        out.rex(true, to.ordinal(), from.ordinal());
        out.int8(isShort ? 0x6B : 0x69);
        out.register(to.ordinal(), from.ordinal());
        byteOrInt(isShort, value);
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

    /**
     * Keeps the lowest bits, as many as {@code count} says: turns a count of lanes into a mask for {@code kmov}. Needs
     * BMI2.
     */
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

    /** Prefetches a cache line that is used once, displacing as little as possible. */
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
        byteOrInt(isShort, value);
    }

    private void byteOrInt(boolean isByte, int value) {
        if (isByte) {
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
}
