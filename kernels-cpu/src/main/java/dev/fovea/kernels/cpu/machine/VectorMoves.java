package dev.fovea.kernels.cpu.machine;

/**
 * Encodes moves of vectors: loads, stores, broadcasts, widening, narrowing, and masks. Under a mask ({@link
 * Vec#masked}) they load or store part of a vector, and do not fault on what lies beyond.
 */
abstract sealed class VectorMoves extends JumpInstructions permits VectorShuffles {

    VectorMoves(Encoder out, Listing listing) {
        super(out, listing);
    }

    /** Loads or copies floats; the address need not be aligned. */
    public final void vmovups(Vec to, Operand from) {
        two("vmovups", Form.M0F | 0x10, to, from);
    }

    /** Stores floats; the address need not be aligned. */
    public final void vmovups(Address to, Vec from) {
        store("vmovups", Form.M0F | 0x11, to, from);
    }

    /** Stores floats past the caches; the address must be a multiple of the vector's bytes. */
    public final void vmovntps(Address to, Vec from) {
        store("vmovntps", Form.NO_MASK | Form.M0F | 0x2B, to, from);
    }

    /** Loads one float and sets the rest of the register to zero; up to xmm15. */
    public final void vmovss(Vec to, Address from) {
        two("vmovss", Form.VEX_ONLY | Form.BYTES_4 | Form.NO_YMM | Form.PF3 | Form.M0F | 0x10, to, from);
    }

    /** Stores the lowest float; up to xmm15. */
    public final void vmovss(Address to, Vec from) {
        store("vmovss", Form.VEX_ONLY | Form.BYTES_4 | Form.NO_YMM | Form.PF3 | Form.M0F | 0x11, to, from);
    }

    /** Loads the floats whose lane in {@code by} has its top bit set, the others become zero. AVX, up to ymm15. */
    public final void vmaskmovps(Vec to, Vec by, Address from) {
        three("vmaskmovps", Form.VEX_ONLY | Form.P66 | Form.M0F38 | 0x2C, to, by, from);
    }

    /** Stores the floats whose lane in {@code by} has its top bit set. AVX, up to ymm15. */
    public final void vmaskmovps(Address to, Vec by, Vec from) {
        undecorated("vmaskmovps", by);
        undecorated("vmaskmovps", from);
        require(by.width() == from.width(), "vmaskmovps", "needs operands of one width, not", by);
        if (listing != null) {
            note("vmaskmovps " + to + ", " + by + ", " + from);
        }
        int form = Form.VEX_ONLY | Form.P66 | Form.M0F38 | 0x2E;
        vector("vmaskmovps", form, from.width(), from.index(), by.index(), to, to.mask(), false, NO_IMMEDIATE);
    }

    /** Loads or copies bits; up to ymm15, without a mask. See {@code vmovdqu32} for all registers. */
    public final void vmovdqu(Vec to, Operand from) {
        two("vmovdqu", Form.VEX_ONLY | Form.PF3 | Form.M0F | 0x6F, to, from);
    }

    /** Stores bits; up to ymm15, without a mask. */
    public final void vmovdqu(Address to, Vec from) {
        store("vmovdqu", Form.VEX_ONLY | Form.PF3 | Form.M0F | 0x7F, to, from);
    }

    /** Loads or copies lanes of 8 bits (AVX-512). */
    public final void vmovdqu8(Vec to, Operand from) {
        two("vmovdqu8", Form.EVEX_ONLY | Form.PF2 | Form.M0F | 0x6F, to, from);
    }

    /** Stores lanes of 8 bits (AVX-512). */
    public final void vmovdqu8(Address to, Vec from) {
        store("vmovdqu8", Form.EVEX_ONLY | Form.PF2 | Form.M0F | 0x7F, to, from);
    }

    /** Loads or copies lanes of 16 bits (AVX-512). */
    public final void vmovdqu16(Vec to, Operand from) {
        two("vmovdqu16", Form.EVEX_ONLY | Form.PF2 | Form.W1 | Form.M0F | 0x6F, to, from);
    }

    /** Stores lanes of 16 bits (AVX-512). */
    public final void vmovdqu16(Address to, Vec from) {
        store("vmovdqu16", Form.EVEX_ONLY | Form.PF2 | Form.W1 | Form.M0F | 0x7F, to, from);
    }

    /** Loads or copies lanes of 32 bits (AVX-512). */
    public final void vmovdqu32(Vec to, Operand from) {
        two("vmovdqu32", Form.EVEX_ONLY | Form.PF3 | Form.M0F | 0x6F, to, from);
    }

    /** Stores lanes of 32 bits (AVX-512). */
    public final void vmovdqu32(Address to, Vec from) {
        store("vmovdqu32", Form.EVEX_ONLY | Form.PF3 | Form.M0F | 0x7F, to, from);
    }

    /** Copies the lower 32 bits of a general register into the lowest lane; the others become zero. */
    public final void vmovd(Vec to, Gp from) {
        if (listing != null) {
            note("vmovd " + to + ", " + from.text32());
        }
        general(Form.NO_YMM | Form.P66 | Form.M0F | 0x6E, low("vmovd", to), from);
    }

    /** Copies the lowest 32 bits into a general register; its upper half becomes zero. */
    public final void vmovd(Gp to, Vec from) {
        if (listing != null) {
            note("vmovd " + to.text32() + ", " + from);
        }
        general(Form.NO_YMM | Form.P66 | Form.M0F | 0x7E, low("vmovd", from), to);
    }

    /** Loads 32 bits into the lowest lane; the others become zero. */
    public final void vmovd(Vec to, Address from) {
        two("vmovd", Form.NO_MASK | Form.BYTES_4 | Form.NO_YMM | Form.P66 | Form.M0F | 0x6E, low("vmovd", to), from);
    }

    /** Stores the lowest 32 bits. */
    public final void vmovd(Address to, Vec from) {
        store("vmovd", Form.NO_MASK | Form.BYTES_4 | Form.NO_YMM | Form.P66 | Form.M0F | 0x7E, to, low("vmovd", from));
    }

    /** Copies a general register into the lowest 64 bits; the others become zero. */
    public final void vmovq(Vec to, Gp from) {
        if (listing != null) {
            note("vmovq " + to + ", " + from.text());
        }
        general(Form.NO_YMM | Form.P66 | Form.W1 | Form.VEX_W1 | Form.M0F | 0x6E, low("vmovq", to), from);
    }

    /** Copies the lowest 64 bits into a general register. */
    public final void vmovq(Gp to, Vec from) {
        if (listing != null) {
            note("vmovq " + to.text() + ", " + from);
        }
        general(Form.NO_YMM | Form.P66 | Form.W1 | Form.VEX_W1 | Form.M0F | 0x7E, low("vmovq", from), to);
    }

    /** Loads 64 bits into the lowest lane; the others become zero. */
    public final void vmovq(Vec to, Address from) {
        int form = to.index() < 16 ? Form.PF3 | Form.M0F | 0x7E : Form.P66 | Form.W1 | Form.M0F | 0x6E;
        two("vmovq", form | Form.NO_MASK | Form.BYTES_8 | Form.NO_YMM, low("vmovq", to), from);
    }

    /** Stores the lowest 64 bits. */
    public final void vmovq(Address to, Vec from) {
        int form = from.index() < 16 ? Form.P66 | Form.M0F | 0xD6 : Form.P66 | Form.W1 | Form.M0F | 0x7E;
        store("vmovq", form | Form.NO_MASK | Form.BYTES_8 | Form.NO_YMM, to, low("vmovq", from));
    }

    /** Repeats one float, of memory or the lowest of an xmm register, in all lanes. */
    public final void vbroadcastss(Vec to, Operand from) {
        two("vbroadcastss", Form.BYTES_4 | Form.P66 | Form.M0F38 | 0x18, to, from);
    }

    /** Repeats 32 bits, of memory or the lowest of an xmm register, in all lanes. */
    public final void vpbroadcastd(Vec to, Operand from) {
        two("vpbroadcastd", Form.BYTES_4 | Form.P66 | Form.M0F38 | 0x58, to, from);
    }

    /** Repeats 16 bits, of memory or the lowest of an xmm register, in all lanes. */
    public final void vpbroadcastw(Vec to, Operand from) {
        two("vpbroadcastw", Form.BYTES_2 | Form.P66 | Form.M0F38 | 0x79, to, from);
    }

    /** Repeats 8 bits, of memory or the lowest of an xmm register, in all lanes. */
    public final void vpbroadcastb(Vec to, Operand from) {
        two("vpbroadcastb", Form.BYTES_1 | Form.P66 | Form.M0F38 | 0x78, to, from);
    }

    /** Repeats the lowest 32 bits of a general register in all lanes (AVX-512). */
    public final void vpbroadcastd(Vec to, Gp from) {
        if (listing != null) {
            note("vpbroadcastd " + to + ", " + from.text32());
        }
        general(Form.EVEX_ONLY | Form.P66 | Form.M0F38 | 0x7C, to, from);
    }

    /** Repeats the lowest 16 bits of a general register in all lanes (AVX-512). */
    public final void vpbroadcastw(Vec to, Gp from) {
        if (listing != null) {
            note("vpbroadcastw " + to + ", " + from.text32());
        }
        general(Form.EVEX_ONLY | Form.P66 | Form.M0F38 | 0x7B, to, from);
    }

    /** Repeats the lowest 8 bits of a general register in all lanes (AVX-512). */
    public final void vpbroadcastb(Vec to, Gp from) {
        if (listing != null) {
            note("vpbroadcastb " + to + ", " + from.text32());
        }
        general(Form.EVEX_ONLY | Form.P66 | Form.M0F38 | 0x7A, to, from);
    }

    /** Widens bytes to ints, their sign extended. The source is a quarter as wide. */
    public final void vpmovsxbd(Vec to, Operand from) {
        two("vpmovsxbd", Form.QUARTER | Form.P66 | Form.M0F38 | 0x21, to, from);
    }

    /** Widens bytes to ints, as unsigned numbers. The source is a quarter as wide. */
    public final void vpmovzxbd(Vec to, Operand from) {
        two("vpmovzxbd", Form.QUARTER | Form.P66 | Form.M0F38 | 0x31, to, from);
    }

    /** Widens shorts to ints, their sign extended. The source is half as wide. */
    public final void vpmovsxwd(Vec to, Operand from) {
        two("vpmovsxwd", Form.HALF | Form.P66 | Form.M0F38 | 0x23, to, from);
    }

    /** Widens shorts to ints, as unsigned numbers. The source is half as wide. */
    public final void vpmovzxwd(Vec to, Operand from) {
        two("vpmovzxwd", Form.HALF | Form.P66 | Form.M0F38 | 0x33, to, from);
    }

    /** Widens bytes to shorts, their sign extended. The source is half as wide. */
    public final void vpmovsxbw(Vec to, Operand from) {
        two("vpmovsxbw", Form.HALF | Form.P66 | Form.M0F38 | 0x20, to, from);
    }

    /** Widens bytes to shorts, as unsigned numbers. The source is half as wide. */
    public final void vpmovzxbw(Vec to, Operand from) {
        two("vpmovzxbw", Form.HALF | Form.P66 | Form.M0F38 | 0x30, to, from);
    }

    /** Narrows ints to bytes, keeping the lowest bits (AVX-512). */
    public final void vpmovdb(Operand to, Vec from) {
        store("vpmovdb", Form.EVEX_ONLY | Form.QUARTER | Form.PF3 | Form.M0F38 | 0x31, to, from);
    }

    /** Narrows ints to bytes, clamped to -128..127 (AVX-512). */
    public final void vpmovsdb(Operand to, Vec from) {
        store("vpmovsdb", Form.EVEX_ONLY | Form.QUARTER | Form.PF3 | Form.M0F38 | 0x21, to, from);
    }

    /** Narrows unsigned ints to bytes, clamped to 0..255 (AVX-512). */
    public final void vpmovusdb(Operand to, Vec from) {
        store("vpmovusdb", Form.EVEX_ONLY | Form.QUARTER | Form.PF3 | Form.M0F38 | 0x11, to, from);
    }

    /** Narrows ints to shorts, keeping the lowest bits (AVX-512). */
    public final void vpmovdw(Operand to, Vec from) {
        store("vpmovdw", Form.EVEX_ONLY | Form.HALF | Form.PF3 | Form.M0F38 | 0x33, to, from);
    }

    /** Narrows ints to shorts, clamped to -32768..32767 (AVX-512). */
    public final void vpmovsdw(Operand to, Vec from) {
        store("vpmovsdw", Form.EVEX_ONLY | Form.HALF | Form.PF3 | Form.M0F38 | 0x23, to, from);
    }

    /** Sets a mask of 16 lanes from a general register (AVX-512). */
    public final void kmovw(Mask to, Gp from) {
        if (listing != null) {
            note("kmovw " + to + ", " + from.text32());
        }
        vexRegisters(Form.M0F | 0x92, to.index(), 0, from.ordinal());
    }

    /** Copies a mask of 16 lanes into a general register (AVX-512). */
    public final void kmovw(Gp to, Mask from) {
        if (listing != null) {
            note("kmovw " + to.text32() + ", " + from);
        }
        vexRegisters(Form.M0F | 0x93, to.ordinal(), 0, from.index());
    }

    /** Sets a mask of 32 lanes from a general register (AVX-512). */
    public final void kmovd(Mask to, Gp from) {
        if (listing != null) {
            note("kmovd " + to + ", " + from.text32());
        }
        vexRegisters(Form.PF2 | Form.M0F | 0x92, to.index(), 0, from.ordinal());
    }

    /** Copies a mask of 32 lanes into a general register (AVX-512). */
    public final void kmovd(Gp to, Mask from) {
        if (listing != null) {
            note("kmovd " + to.text32() + ", " + from);
        }
        vexRegisters(Form.PF2 | Form.M0F | 0x93, to.ordinal(), 0, from.index());
    }

    /** Sets a mask of 64 lanes from a general register (AVX-512). */
    public final void kmovq(Mask to, Gp from) {
        if (listing != null) {
            note("kmovq " + to + ", " + from.text());
        }
        vexRegisters(Form.PF2 | Form.VEX_W1 | Form.M0F | 0x92, to.index(), 0, from.ordinal());
    }

    /** Copies a mask of 64 lanes into a general register (AVX-512). */
    public final void kmovq(Gp to, Mask from) {
        if (listing != null) {
            note("kmovq " + to.text() + ", " + from);
        }
        vexRegisters(Form.PF2 | Form.VEX_W1 | Form.M0F | 0x93, to.ordinal(), 0, from.index());
    }

    /** Sets the upper parts of all vector registers to zero, so that older code after this one runs at full speed. */
    public final void vzeroupper() {
        bytes("vzeroupper", 3, 0x77F8C5);
    }

    /** Checks that a register is one that scalars live in. */
    private static Vec low(String name, Vec register) {
        require(register.width() == Vec.Width.XMM, name, "needs an xmm register, not", register);
        require(register.mask() == null, name, "takes no mask, not", register);
        return register;
    }
}
