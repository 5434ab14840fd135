package dev.fovea.kernels.cpu.machine;

import java.util.Arrays;

/**
 * Writes the bytes of instructions. This is where the format of x86-64 lives; see Intel's <i>Software Developer's
 * Manual</i>, volume 2, chapter 2 ("Instruction format") for all of it, 2.1.3 and 2.1.5 for ModRM and SIB, 2.2.1 for
 * REX, 2.3 for VEX and 2.7 for EVEX.
 *
 * <p>An instruction is {@code prefix opcode ModRM [SIB] [displacement] [immediate]}.
 *
 * <ul>
 *   <li><b>ModRM</b> is the byte {@code mod:2 reg:3 rm:3}. {@code reg} is a register, or three more bits of opcode
 *       (written {@code /4}). {@code rm} is a register where {@code mod} is 3; otherwise it is the base register of a
 *       memory operand, followed by no displacement ({@code mod} 0), by one byte (1) or by four (2). Two bases are
 *       special: 4 (rsp, r12) says that a <b>SIB</b> byte {@code scale:2 index:3 base:3} follows, in which index 4
 *       means none; 5 (rbp, r13) with {@code mod} 0 means "relative to the next instruction", so these bases always
 *       have a displacement.
 *   <li><b>REX</b>, {@code 0100WRXB}, gives general registers their fourth bit: R that of {@code reg}, X that of the
 *       index, B that of {@code rm} or base. W makes the operation 64 bits wide.
 *   <li><b>VEX</b> (AVX, AVX2) also has a field {@code vvvv} for a third register, L for 256 bits, and two fields that
 *       stand for older prefix bytes (pp) and maps of opcodes (mm). It is {@code C5 RvvvvLpp}, or {@code C4 RXBmmmmm
 *       WvvvvLpp} where X, B, W or another map is needed. R, X, B and vvvv are inverted.
 *   <li><b>EVEX</b> (AVX-512) is {@code 62 RXBR'0mmm Wvvvv1pp zL'LbV'aaa}: R', V' and (for a register in {@code rm}) X
 *       are the fifth bits of registers, inverted as well; aaa is the mask, z its zeroing, b the broadcast of one
 *       element. Its one-byte displacements count in units of the memory operand's size N (<b>disp8*N</b>, section
 *       2.7.5), so that offset 64 of a zmm operand is the byte 1.
 * </ul>
 *
 * <p>Not final, so that tests can plant mistakes and see that they are found.
 */
class Encoder {

    /** Longer than any instruction. */
    private static final int LONGEST = 16;

    /** Where the processor finds the register in the field {@code rm}. */
    private static final int REGISTER = 3 << 6;

    private static final int SIB_FOLLOWS = 4;
    private static final int NO_INDEX = 4;
    private static final int RELATIVE = 5;

    private byte[] bytes = new byte[256];
    private int size;

    /**
     * Pairs of where four bytes are to be filled in and what they are relative to; {@link #targets} has their labels.
     */
    private int[] references = new int[16];

    private Label[] targets = new Label[8];
    private int referenceCount;

    int size() {
        return size;
    }

    /** Makes place for one instruction. */
    void reserve() {
        reserve(LONGEST);
    }

    void reserve(int more) {
        if (size + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, size + more));
        }
    }

    void int8(int value) {
        bytes[size++] = (byte) value;
    }

    void int32(int value) {
        int8(value);
        int8(value >> 8);
        int8(value >> 16);
        int8(value >> 24);
    }

    void int64(long value) {
        int32((int) value);
        int32((int) (value >> 32));
    }

    /** Writes REX, where it says something, for an instruction with a register in {@code reg} and one in {@code rm}. */
    void rex(boolean wide, int reg, int rm) {
        rex((wide ? 8 : 0) | (reg >> 3) << 2 | rm >> 3);
    }

    /** Writes REX, where it says something, for an instruction with a register in {@code reg} and a memory operand. */
    void rex(boolean wide, int reg, Address memory) {
        rex((wide ? 8 : 0) | (reg >> 3) << 2 | high(memory.index()) << 1 | high(memory.base()));
    }

    private void rex(int bits) {
        if (bits != 0) {
            int8(0x40 | bits);
        }
    }

    /** Returns the fourth bit of a general register, 0 for none. */
    private static int high(Gp register) {
        return register == null ? 0 : register.ordinal() >> 3;
    }

    /** Writes ModRM for a register in {@code rm}. */
    void register(int reg, int rm) {
        int8(REGISTER | (reg & 7) << 3 | rm & 7);
    }

    /**
     * Writes ModRM, SIB and displacement of a memory operand.
     *
     * @param unit what a one-byte displacement counts in: 1, but for EVEX
     * @param immediateBytes bytes of the instruction that follow
     */
    void memory(int reg, Address memory, int unit, int immediateBytes) {
        int field = (reg & 7) << 3;
        if (memory.label() != null) {
            int8(field | RELATIVE);
            reference(memory.label(), memory.displacement(), size + 4 + immediateBytes);
            return;
        }
        int base = memory.base().ordinal() & 7;
        int displacement = memory.displacement();
        boolean isShort = displacement % unit == 0 && isByte(displacement / unit);
        int mode = displacement == 0 && base != RELATIVE ? 0 : isShort ? 1 : 2;
        if (memory.index() == null && base != SIB_FOLLOWS) {
            int8(mode << 6 | field | base);
        } else {
            int index = memory.index() == null ? NO_INDEX : memory.index().ordinal() & 7;
            int8(mode << 6 | field | SIB_FOLLOWS);
            int8(Integer.numberOfTrailingZeros(memory.scale()) << 6 | index << 3 | base);
        }
        if (mode == 1) {
            int8(displacement / unit);
        } else if (mode == 2) {
            int32(displacement);
        }
    }

    static boolean isByte(int value) {
        return value == (byte) value;
    }

    /**
     * Writes VEX and opcode.
     *
     * @param second the register in {@code vvvv}, 0 for none
     * @param rm the register in {@code rm}; not used where there is memory
     * @param memory the memory operand or null
     */
    void vex(int form, int length, int reg, int second, int rm, Address memory) {
        int r = reg >> 3;
        int x = memory == null ? 0 : high(memory.index());
        int b = memory == null ? rm >> 3 : high(memory.base());
        int w = Form.is(form, Form.VEX_W1) ? 1 : 0;
        int last = (second ^ 15) << 3 | length << 2 | Form.prefix(form);
        if (x == 0 && b == 0 && w == 0 && Form.map(form) == 1) {
            int8(0xC5);
            int8((r ^ 1) << 7 | last);
        } else {
            int8(0xC4);
            int8((r ^ 1) << 7 | (x ^ 1) << 6 | (b ^ 1) << 5 | Form.map(form));
            int8(w << 7 | last);
        }
        int8(Form.opcode(form));
    }

    /** Writes EVEX and opcode; see {@link #vex}. */
    void evex(int form, int length, int reg, int second, int rm, Address memory, Mask mask, boolean zeroing) {
        int x = memory == null ? rm >> 4 : high(memory.index());
        int b = memory == null ? rm >> 3 & 1 : high(memory.base());
        int8(0x62);
        int8((reg >> 3 & 1 ^ 1) << 7 | (x ^ 1) << 6 | (b ^ 1) << 5 | (reg >> 4 ^ 1) << 4 | Form.map(form));
        int8((Form.is(form, Form.W1) ? 0x80 : 0) | (second & 15 ^ 15) << 3 | 4 | Form.prefix(form));
        int8((zeroing ? 0x80 : 0)
                | length << 5
                | (memory != null && memory.isBroadcast() ? 0x10 : 0)
                | (second >> 4 ^ 1) << 3
                | maskBits(mask));
        int8(Form.opcode(form));
    }

    /** Returns the field aaa. */
    int maskBits(Mask mask) {
        return mask == null ? 0 : mask.index();
    }

    /** Returns the unit of one-byte displacements of an EVEX instruction. */
    int displacementUnit(int form, int vectorBytes, boolean isBroadcast) {
        return isBroadcast ? Form.elementBytes(form) : Form.memoryBytes(form, vectorBytes);
    }

    /** Writes four bytes that lead from a place to a label, once that is known. */
    void reference(Label target, int plus, int from) {
        target.requireOwner(this);
        if (referenceCount == targets.length) {
            targets = Arrays.copyOf(targets, 2 * referenceCount);
            references = Arrays.copyOf(references, 4 * referenceCount);
        }
        references[2 * referenceCount] = size;
        references[2 * referenceCount + 1] = from - plus;
        targets[referenceCount++] = target;
        int32(0);
    }

    /** Returns all that was written, with all labels filled in. */
    byte[] code() {
        byte[] code = Arrays.copyOf(bytes, size);
        for (int i = 0; i < referenceCount; i++) {
            int distance = targets[i].position() - references[2 * i + 1];
            for (int k = 0; k < 4; k++) {
                code[references[2 * i] + k] = (byte) (distance >> 8 * k);
            }
        }
        return code;
    }
}
