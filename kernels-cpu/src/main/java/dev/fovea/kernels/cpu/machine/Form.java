package dev.fovea.kernels.cpu.machine;

/**
 * Describes how a vector instruction is encoded, as the manual's line does. {@code EVEX.66.0F38.W0 B8 /r} with tuple
 * type Full becomes {@code P66 | M0F38 | BROADCAST_32 | 0xB8}; what is not said is the usual case: no prefix, W = 0,
 * both a VEX and an EVEX form, memory operands as wide as the vector. An {@code int} of flags instead of objects, so
 * that nothing is built before the first instruction.
 */
final class Form {

    /** Map of opcodes, the field mm: what used to be the escape bytes 0F, 0F 38 and 0F 3A before the opcode. */
    static final int M0F = 1 << 8;

    static final int M0F38 = 2 << 8;
    static final int M0F3A = 3 << 8;

    /** Field pp: what used to be a prefix byte that changes the instruction. */
    static final int P66 = 1 << 10;

    static final int PF3 = 2 << 10;
    static final int PF2 = 3 << 10;

    /** Bit W of the EVEX prefix, mostly "lanes of 64 bits". */
    static final int W1 = 1 << 12;

    /** Bit W of the VEX prefix, which ignores it more often. */
    static final int VEX_W1 = 1 << 13;

    /** Says that there is no VEX form, that is none before AVX-512. */
    static final int EVEX_ONLY = 1 << 14;

    /** Says that there is no EVEX form: no zmm, no register above 15, no mask, no broadcast. */
    static final int VEX_ONLY = 1 << 15;

    /**
     * Bytes of memory operands, the unit N of compressed displacements: the vector's, a half, a quarter of them, or so
     * many.
     */
    static final int HALF = 1 << 16;

    static final int QUARTER = 2 << 16;
    static final int BYTES_1 = 8 << 16;
    static final int BYTES_2 = 9 << 16;
    static final int BYTES_4 = 10 << 16;
    static final int BYTES_8 = 11 << 16;
    static final int BYTES_16 = 12 << 16;
    static final int BYTES_32 = 13 << 16;

    /** Says that the EVEX form can repeat one element of memory, of 4 or 8 bytes, in all lanes. */
    static final int BROADCAST_32 = 1 << 20;

    static final int BROADCAST_64 = 1 << 21;

    /** Says that there is no form for xmm. */
    static final int NO_XMM = 1 << 22;

    /** Says that there is no form for ymm. */
    static final int NO_YMM = 1 << 23;

    /** Says that the EVEX form takes no mask. */
    static final int NO_MASK = 1 << 24;

    private Form() {}

    static boolean is(int form, int flag) {
        return (form & flag) != 0;
    }

    static int opcode(int form) {
        return form & 0xFF;
    }

    static int map(int form) {
        return form >> 8 & 3;
    }

    static int prefix(int form) {
        return form >> 10 & 3;
    }

    static boolean canBroadcast(int form) {
        return is(form, BROADCAST_32 | BROADCAST_64);
    }

    /** Returns the bytes of the element that is repeated. */
    static int elementBytes(int form) {
        return is(form, BROADCAST_64) ? 8 : 4;
    }

    /** Returns the bytes that a memory operand has where nothing is repeated. */
    static int memoryBytes(int form, int vectorBytes) {
        int code = form >> 16 & 15;
        return code < 8 ? vectorBytes >> code : 1 << code - 8;
    }
}
