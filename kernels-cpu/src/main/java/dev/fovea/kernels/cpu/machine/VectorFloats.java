package dev.fovea.kernels.cpu.machine;

/** Encodes arithmetic on lanes of floats, and their conversions. */
abstract sealed class VectorFloats extends VectorIntegers permits Assembler {

    VectorFloats(Encoder out, Listing listing) {
        super(out, listing);
    }

    /** Keeps the bits that are set in both. */
    public final void vandps(Vec to, Vec left, Operand right) {
        three("vandps", Form.BROADCAST_32 | Form.M0F | 0x54, to, left, right);
    }

    /** Keeps the bits of {@code right} that are not set in {@code left}. */
    public final void vandnps(Vec to, Vec left, Operand right) {
        three("vandnps", Form.BROADCAST_32 | Form.M0F | 0x55, to, left, right);
    }

    /** Sets the bits that are set in one of both. */
    public final void vorps(Vec to, Vec left, Operand right) {
        three("vorps", Form.BROADCAST_32 | Form.M0F | 0x56, to, left, right);
    }

    /** Sets the bits that differ; of a register with itself: sets it to zero. */
    public final void vxorps(Vec to, Vec left, Operand right) {
        three("vxorps", Form.BROADCAST_32 | Form.M0F | 0x57, to, left, right);
    }

    /** Adds. */
    public final void vaddps(Vec to, Vec left, Operand right) {
        three("vaddps", Form.BROADCAST_32 | Form.M0F | 0x58, to, left, right);
    }

    /** Multiplies. */
    public final void vmulps(Vec to, Vec left, Operand right) {
        three("vmulps", Form.BROADCAST_32 | Form.M0F | 0x59, to, left, right);
    }

    /** Subtracts. */
    public final void vsubps(Vec to, Vec left, Operand right) {
        three("vsubps", Form.BROADCAST_32 | Form.M0F | 0x5C, to, left, right);
    }

    /** Takes the smaller of each two; {@code right} where one is NaN. */
    public final void vminps(Vec to, Vec left, Operand right) {
        three("vminps", Form.BROADCAST_32 | Form.M0F | 0x5D, to, left, right);
    }

    /** Divides. */
    public final void vdivps(Vec to, Vec left, Operand right) {
        three("vdivps", Form.BROADCAST_32 | Form.M0F | 0x5E, to, left, right);
    }

    /** Takes the larger of each two; {@code right} where one is NaN. */
    public final void vmaxps(Vec to, Vec left, Operand right) {
        three("vmaxps", Form.BROADCAST_32 | Form.M0F | 0x5F, to, left, right);
    }

    /** Takes the square root. */
    public final void vsqrtps(Vec to, Operand from) {
        two("vsqrtps", Form.BROADCAST_32 | Form.M0F | 0x51, to, from);
    }

    /** Computes {@code to = to * right + left}, rounded once. */
    public final void vfmadd132ps(Vec to, Vec left, Operand right) {
        three("vfmadd132ps", Form.BROADCAST_32 | Form.P66 | Form.M0F38 | 0x98, to, left, right);
    }

    /** Computes {@code to = left * to + right}, rounded once. */
    public final void vfmadd213ps(Vec to, Vec left, Operand right) {
        three("vfmadd213ps", Form.BROADCAST_32 | Form.P66 | Form.M0F38 | 0xA8, to, left, right);
    }

    /** Computes {@code to = left * right + to}, rounded once. */
    public final void vfmadd231ps(Vec to, Vec left, Operand right) {
        three("vfmadd231ps", Form.BROADCAST_32 | Form.P66 | Form.M0F38 | 0xB8, to, left, right);
    }

    /** Computes {@code to = right - left * to}, rounded once. */
    public final void vfnmadd213ps(Vec to, Vec left, Operand right) {
        three("vfnmadd213ps", Form.BROADCAST_32 | Form.P66 | Form.M0F38 | 0xAC, to, left, right);
    }

    /** Computes {@code to = to - left * right}, rounded once. */
    public final void vfnmadd231ps(Vec to, Vec left, Operand right) {
        three("vfnmadd231ps", Form.BROADCAST_32 | Form.P66 | Form.M0F38 | 0xBC, to, left, right);
    }

    /** Computes {@code left * 2^floor(right)} (AVX-512). */
    public final void vscalefps(Vec to, Vec left, Operand right) {
        three("vscalefps", Form.EVEX_ONLY | Form.BROADCAST_32 | Form.P66 | Form.M0F38 | 0x2C, to, left, right);
    }

    /** Computes the exponent, {@code floor(log2(|from|))}, as a float (AVX-512). */
    public final void vgetexpps(Vec to, Operand from) {
        two("vgetexpps", Form.EVEX_ONLY | Form.BROADCAST_32 | Form.P66 | Form.M0F38 | 0x42, to, from);
    }

    /** Takes the mantissa, in an interval that the two lowest bits choose: 0 is [1, 2), 1 is [0.5, 2) (AVX-512). */
    public final void vgetmantps(Vec to, Operand from, int interval) {
        two("vgetmantps", Form.EVEX_ONLY | Form.BROADCAST_32 | Form.P66 | Form.M0F3A | 0x26, to, from, interval);
    }

    /**
     * Rounds to whole numbers: 0 to nearest even, 1 down, 2 up, 3 toward zero, plus 8 without the inexact flag; up to
     * ymm15.
     */
    public final void vroundps(Vec to, Operand from, int mode) {
        two("vroundps", Form.VEX_ONLY | Form.P66 | Form.M0F3A | 0x08, to, from, mode);
    }

    /** Rounds as {@link #vroundps} does, to multiples of {@code 2^-(mode / 16)} (AVX-512). */
    public final void vrndscaleps(Vec to, Operand from, int mode) {
        two("vrndscaleps", Form.EVEX_ONLY | Form.BROADCAST_32 | Form.P66 | Form.M0F3A | 0x08, to, from, mode);
    }

    /**
     * Compares: 0 equal, 1 less, 2 less or equal, 3 unordered, 4 to 7 their opposites, 14 greater. True lanes are set
     * in the mask (AVX-512).
     */
    public final void vcmpps(Mask to, Vec left, Operand right, int predicate) {
        compare("vcmpps", Form.EVEX_ONLY | Form.BROADCAST_32 | Form.M0F | 0xC2, to, left, right, predicate);
    }

    /** Compares as the other form does; true lanes become all ones, the others zero; up to ymm15. */
    public final void vcmpps(Vec to, Vec left, Operand right, int predicate) {
        three("vcmpps", Form.VEX_ONLY | Form.M0F | 0xC2, to, left, right, predicate);
    }

    /** Converts floats to ints, rounding to nearest even; what does not fit becomes -2^31. */
    public final void vcvtps2dq(Vec to, Operand from) {
        two("vcvtps2dq", Form.BROADCAST_32 | Form.P66 | Form.M0F | 0x5B, to, from);
    }

    /** Converts floats to ints, rounding toward zero; what does not fit becomes -2^31. */
    public final void vcvttps2dq(Vec to, Operand from) {
        two("vcvttps2dq", Form.BROADCAST_32 | Form.PF3 | Form.M0F | 0x5B, to, from);
    }

    /** Converts ints to floats, rounding to nearest even. */
    public final void vcvtdq2ps(Vec to, Operand from) {
        two("vcvtdq2ps", Form.BROADCAST_32 | Form.M0F | 0x5B, to, from);
    }

    /** Widens the lowest float of {@code right} to a double; the upper one is that of {@code left}. Up to xmm15. */
    public final void vcvtss2sd(Vec to, Vec left, Operand right) {
        three("vcvtss2sd", Form.VEX_ONLY | Form.BYTES_4 | Form.NO_YMM | Form.PF3 | Form.M0F | 0x5A, to, left, right);
    }

    /** Narrows the lowest double of {@code right} to a float; the others are those of {@code left}. Up to xmm15. */
    public final void vcvtsd2ss(Vec to, Vec left, Operand right) {
        three("vcvtsd2ss", Form.VEX_ONLY | Form.BYTES_8 | Form.NO_YMM | Form.PF2 | Form.M0F | 0x5A, to, left, right);
    }

    /** Takes the root of the lowest double of {@code right}; the upper one is that of {@code left}. Up to xmm15. */
    public final void vsqrtsd(Vec to, Vec left, Operand right) {
        three("vsqrtsd", Form.VEX_ONLY | Form.BYTES_8 | Form.NO_YMM | Form.PF2 | Form.M0F | 0x51, to, left, right);
    }

    /** Divides the lowest doubles; the upper one is that of {@code left}. Up to xmm15. */
    public final void vdivsd(Vec to, Vec left, Operand right) {
        three("vdivsd", Form.VEX_ONLY | Form.BYTES_8 | Form.NO_YMM | Form.PF2 | Form.M0F | 0x5E, to, left, right);
    }

    /** Widens f16 to floats. The source is half as wide. */
    public final void vcvtph2ps(Vec to, Operand from) {
        two("vcvtph2ps", Form.HALF | Form.P66 | Form.M0F38 | 0x13, to, from);
    }

    /**
     * Narrows floats to f16, rounding as {@link #vroundps} does, 4 to nearest even by default. The destination is half
     * as wide.
     */
    public final void vcvtps2ph(Operand to, Vec from, int mode) {
        store("vcvtps2ph", Form.HALF | Form.P66 | Form.M0F3A | 0x1D, to, from, mode);
    }

    /**
     * Multiplies two bf16 of {@code left} and two of {@code right} and adds both to a float (AVX512-BF16). Denormals
     * count as zero.
     */
    public final void vdpbf16ps(Vec to, Vec left, Operand right) {
        three("vdpbf16ps", Form.EVEX_ONLY | Form.BROADCAST_32 | Form.PF3 | Form.M0F38 | 0x52, to, left, right);
    }

    /**
     * Narrows floats to bf16, rounding to nearest even: {@code right} to the lower half, {@code left} to the upper
     * (AVX512-BF16).
     */
    public final void vcvtne2ps2bf16(Vec to, Vec left, Operand right) {
        three("vcvtne2ps2bf16", Form.EVEX_ONLY | Form.BROADCAST_32 | Form.PF2 | Form.M0F38 | 0x72, to, left, right);
    }

    /**
     * Narrows floats to bf16, rounding to nearest even, into a register half as wide (AVX512-BF16). Denormals become
     * zero.
     */
    public final void vcvtneps2bf16(Vec to, Vec from) {
        String name = "vcvtneps2bf16";
        int bytes = Math.max(16, from.width().bytes() / 2);
        require(to.width().bytes() == bytes, name, "needs a destination half as wide as its source, not", to);
        undecorated(name, from);
        if (listing != null) {
            note(name + " " + to + ", " + from);
        }
        int form = Form.EVEX_ONLY | Form.PF3 | Form.M0F38 | 0x72;
        vector(name, form, from.width(), to.index(), 0, from, to.mask(), to.zeroing(), NO_IMMEDIATE);
    }
}
