package dev.fovea.kernels.cpu.machine;

/**
 * Encodes the instructions that rearrange lanes. Most work in each 128 bits on its own; those of AVX2 and AVX-512 that
 * cross these blocks take some three cycles instead of one.
 */
abstract sealed class VectorShuffles extends VectorMoves permits VectorIntegers {

    VectorShuffles(Encoder out, Listing listing) {
        super(out, listing);
    }

    /** Picks lanes of {@code right} by the numbers in {@code left}, across the whole vector. */
    public final void vpermd(Vec to, Vec left, Operand right) {
        three("vpermd", Form.NO_XMM | Form.BROADCAST_32 | Form.P66 | Form.M0F38 | 0x36, to, left, right);
    }

    /** Picks floats of {@code right} by the numbers in {@code left}, across the whole vector. */
    public final void vpermps(Vec to, Vec left, Operand right) {
        three("vpermps", Form.NO_XMM | Form.BROADCAST_32 | Form.P66 | Form.M0F38 | 0x16, to, left, right);
    }

    /** Picks lanes of 64 bits within each 256, by two bits of the order for each. */
    public final void vpermq(Vec to, Operand from, int order) {
        two(
                "vpermq",
                Form.NO_XMM | Form.BROADCAST_64 | Form.W1 | Form.VEX_W1 | Form.P66 | Form.M0F3A | 0x00,
                to,
                from,
                order);
    }

    /** Picks floats of two registers, {@code to} and {@code right}, by the numbers in {@code left} (AVX-512). */
    public final void vpermt2ps(Vec to, Vec left, Operand right) {
        three("vpermt2ps", Form.EVEX_ONLY | Form.BROADCAST_32 | Form.P66 | Form.M0F38 | 0x7F, to, left, right);
    }

    /** Picks floats of two registers, {@code left} and {@code right}, by the numbers in {@code to} (AVX-512). */
    public final void vpermi2ps(Vec to, Vec left, Operand right) {
        three("vpermi2ps", Form.EVEX_ONLY | Form.BROADCAST_32 | Form.P66 | Form.M0F38 | 0x77, to, left, right);
    }

    /**
     * Picks blocks of four floats: the lower half of them from {@code left}, the upper from {@code right} (AVX-512).
     */
    public final void vshuff32x4(Vec to, Vec left, Operand right, int order) {
        three(
                "vshuff32x4",
                Form.EVEX_ONLY | Form.NO_XMM | Form.BROADCAST_32 | Form.P66 | Form.M0F3A | 0x23,
                to,
                left,
                right,
                order);
    }

    /**
     * Picks two of four blocks of 128 bits: 0 and 1 are of {@code left}, 2 and 3 of {@code right}; two bits of the
     * order for the lower half, two from bit 4 on for the upper; up to ymm15.
     */
    public final void vperm2f128(Vec to, Vec left, Operand right, int order) {
        three("vperm2f128", Form.VEX_ONLY | Form.NO_XMM | Form.P66 | Form.M0F3A | 0x06, to, left, right, order);
    }

    /**
     * Takes the floats of {@code right} whose lane in {@code by} has its top bit set, else of {@code left}; up to
     * ymm15.
     */
    public final void vblendvps(Vec to, Vec left, Operand right, Vec by) {
        String name = "vblendvps";
        require(left.width() == to.width(), name, "needs operands of one width, as its destination, not", left);
        require(by.width() == to.width(), name, "needs operands of one width, as its destination, not", by);
        require(by.index() < 16, name, NO_EVEX, by);
        undecorated(name, left);
        undecorated(name, right);
        undecorated(name, by);
        if (listing != null) {
            note(name + " " + to + ", " + left + ", " + right + ", " + by);
        }
        int form = Form.VEX_ONLY | Form.P66 | Form.M0F3A | 0x4A;
        int fourthRegister = by.index() << 4;
        vector(name, form, to.width(), to.index(), left.index(), right, to.mask(), to.zeroing(), fourthRegister);
    }

    /**
     * Takes the floats of {@code right} whose lane is set in the mask of {@code to}, else of {@code left} (AVX-512).
     */
    public final void vblendmps(Vec to, Vec left, Operand right) {
        three("vblendmps", Form.EVEX_ONLY | Form.BROADCAST_32 | Form.P66 | Form.M0F38 | 0x65, to, left, right);
    }

    /** Copies or stores 128 of 256 bits; up to ymm15. */
    public final void vextractf128(Operand to, Vec from, int part) {
        store(
                "vextractf128",
                Form.VEX_ONLY | Form.NO_XMM | Form.BYTES_16 | Form.P66 | Form.M0F3A | 0x19,
                to,
                from,
                part);
    }

    /** Copies or stores 128 bits (AVX-512). */
    public final void vextractf32x4(Operand to, Vec from, int part) {
        store(
                "vextractf32x4",
                Form.EVEX_ONLY | Form.NO_XMM | Form.BYTES_16 | Form.P66 | Form.M0F3A | 0x19,
                to,
                from,
                part);
    }

    /** Copies or stores 256 of 512 bits (AVX-512). */
    public final void vextractf64x4(Operand to, Vec from, int part) {
        store(
                "vextractf64x4",
                Form.EVEX_ONLY | Form.NO_XMM | Form.NO_YMM | Form.W1 | Form.BYTES_32 | Form.P66 | Form.M0F3A | 0x1B,
                to,
                from,
                part);
    }

    /** Copies {@code left} with one half replaced by 128 bits of {@code right}; up to ymm15. */
    public final void vinsertf128(Vec to, Vec left, Operand right, int part) {
        three(
                "vinsertf128",
                Form.VEX_ONLY | Form.NO_XMM | Form.BYTES_16 | Form.P66 | Form.M0F3A | 0x18,
                to,
                left,
                right,
                part);
    }

    /** Copies {@code left} with one half replaced by 256 bits of {@code right} (AVX-512). */
    public final void vinsertf64x4(Vec to, Vec left, Operand right, int part) {
        three(
                "vinsertf64x4",
                Form.EVEX_ONLY | Form.NO_XMM | Form.NO_YMM | Form.W1 | Form.BYTES_32 | Form.P66 | Form.M0F3A | 0x1A,
                to,
                left,
                right,
                part);
    }

    /** Takes by turns the lower bytes of both operands, in each 128 bits. */
    public final void vpunpcklbw(Vec to, Vec left, Operand right) {
        three("vpunpcklbw", Form.P66 | Form.M0F | 0x60, to, left, right);
    }

    /** Takes by turns the upper bytes of both operands, in each 128 bits. */
    public final void vpunpckhbw(Vec to, Vec left, Operand right) {
        three("vpunpckhbw", Form.P66 | Form.M0F | 0x68, to, left, right);
    }

    /** Takes by turns the lower shorts of both operands, in each 128 bits. */
    public final void vpunpcklwd(Vec to, Vec left, Operand right) {
        three("vpunpcklwd", Form.P66 | Form.M0F | 0x61, to, left, right);
    }

    /** Takes by turns the upper shorts of both operands, in each 128 bits. */
    public final void vpunpckhwd(Vec to, Vec left, Operand right) {
        three("vpunpckhwd", Form.P66 | Form.M0F | 0x69, to, left, right);
    }

    /** Takes by turns the lower ints of both operands, in each 128 bits. */
    public final void vpunpckldq(Vec to, Vec left, Operand right) {
        three("vpunpckldq", Form.BROADCAST_32 | Form.P66 | Form.M0F | 0x62, to, left, right);
    }

    /** Takes by turns the upper ints of both operands, in each 128 bits. */
    public final void vpunpckhdq(Vec to, Vec left, Operand right) {
        three("vpunpckhdq", Form.BROADCAST_32 | Form.P66 | Form.M0F | 0x6A, to, left, right);
    }

    /** Takes by turns the lower 64 bits of both operands, in each 128 bits. */
    public final void vpunpcklqdq(Vec to, Vec left, Operand right) {
        three("vpunpcklqdq", Form.W1 | Form.BROADCAST_64 | Form.P66 | Form.M0F | 0x6C, to, left, right);
    }

    /** Takes by turns the upper 64 bits of both operands, in each 128 bits. */
    public final void vpunpckhqdq(Vec to, Vec left, Operand right) {
        three("vpunpckhqdq", Form.W1 | Form.BROADCAST_64 | Form.P66 | Form.M0F | 0x6D, to, left, right);
    }

    /** Takes by turns the lower two floats of both operands, in each 128 bits. */
    public final void vunpcklps(Vec to, Vec left, Operand right) {
        three("vunpcklps", Form.BROADCAST_32 | Form.M0F | 0x14, to, left, right);
    }

    /** Takes by turns the upper two floats of both operands, in each 128 bits. */
    public final void vunpckhps(Vec to, Vec left, Operand right) {
        three("vunpckhps", Form.BROADCAST_32 | Form.M0F | 0x15, to, left, right);
    }

    /** Picks two floats of {@code left}, then two of {@code right}, in each 128 bits. */
    public final void vshufps(Vec to, Vec left, Operand right, int order) {
        three("vshufps", Form.BROADCAST_32 | Form.M0F | 0xC6, to, left, right, order);
    }

    /** Picks bytes of {@code left} by the numbers in {@code right}, in each 128 bits; 128 and more give zero. */
    public final void vpshufb(Vec to, Vec left, Operand right) {
        three("vpshufb", Form.P66 | Form.M0F38 | 0x00, to, left, right);
    }

    /** Picks ints in each 128 bits, by two bits of the order for each. */
    public final void vpshufd(Vec to, Operand from, int order) {
        two("vpshufd", Form.BROADCAST_32 | Form.P66 | Form.M0F | 0x70, to, from, order);
    }

    /** Narrows the ints of both operands to shorts, clamped, in each 128 bits. */
    public final void vpackssdw(Vec to, Vec left, Operand right) {
        three("vpackssdw", Form.BROADCAST_32 | Form.P66 | Form.M0F | 0x6B, to, left, right);
    }

    /** Narrows the ints of both operands to unsigned shorts, clamped, in each 128 bits. */
    public final void vpackusdw(Vec to, Vec left, Operand right) {
        three("vpackusdw", Form.BROADCAST_32 | Form.P66 | Form.M0F38 | 0x2B, to, left, right);
    }

    /** Narrows the shorts of both operands to bytes, clamped, in each 128 bits. */
    public final void vpacksswb(Vec to, Vec left, Operand right) {
        three("vpacksswb", Form.P66 | Form.M0F | 0x63, to, left, right);
    }

    /** Narrows the shorts of both operands to unsigned bytes, clamped, in each 128 bits. */
    public final void vpackuswb(Vec to, Vec left, Operand right) {
        three("vpackuswb", Form.P66 | Form.M0F | 0x67, to, left, right);
    }
}
