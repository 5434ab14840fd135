package dev.fovea.kernels.cpu.machine;

/** Encodes arithmetic on lanes of integers, the dot products of bytes and shorts among it. */
abstract sealed class VectorIntegers extends VectorShuffles permits VectorFloats {

    VectorIntegers(Encoder out, Listing listing) {
        super(out, listing);
    }

    /** Sets the bits that differ; up to ymm15. */
    public final void vpxor(Vec to, Vec left, Operand right) {
        three("vpxor", Form.VEX_ONLY | Form.P66 | Form.M0F | 0xEF, to, left, right);
    }

    /** Sets the bits that are set in one of both; up to ymm15. */
    public final void vpor(Vec to, Vec left, Operand right) {
        three("vpor", Form.VEX_ONLY | Form.P66 | Form.M0F | 0xEB, to, left, right);
    }

    /** Keeps the bits that are set in both; up to ymm15. */
    public final void vpand(Vec to, Vec left, Operand right) {
        three("vpand", Form.VEX_ONLY | Form.P66 | Form.M0F | 0xDB, to, left, right);
    }

    /** Sets the bits that differ (AVX-512). */
    public final void vpxord(Vec to, Vec left, Operand right) {
        three("vpxord", Form.EVEX_ONLY | Form.BROADCAST_32 | Form.P66 | Form.M0F | 0xEF, to, left, right);
    }

    /** Sets the bits that are set in one of both (AVX-512). */
    public final void vpord(Vec to, Vec left, Operand right) {
        three("vpord", Form.EVEX_ONLY | Form.BROADCAST_32 | Form.P66 | Form.M0F | 0xEB, to, left, right);
    }

    /** Keeps the bits that are set in both (AVX-512). */
    public final void vpandd(Vec to, Vec left, Operand right) {
        three("vpandd", Form.EVEX_ONLY | Form.BROADCAST_32 | Form.P66 | Form.M0F | 0xDB, to, left, right);
    }

    /**
     * Computes any function of three bits: the bits of {@code to}, {@code left} and {@code right} are the index into
     * the table's eight (AVX-512).
     */
    public final void vpternlogd(Vec to, Vec left, Operand right, int table) {
        three("vpternlogd", Form.EVEX_ONLY | Form.BROADCAST_32 | Form.P66 | Form.M0F3A | 0x25, to, left, right, table);
    }

    /** Adds ints. */
    public final void vpaddd(Vec to, Vec left, Operand right) {
        three("vpaddd", Form.BROADCAST_32 | Form.P66 | Form.M0F | 0xFE, to, left, right);
    }

    /** Subtracts ints. */
    public final void vpsubd(Vec to, Vec left, Operand right) {
        three("vpsubd", Form.BROADCAST_32 | Form.P66 | Form.M0F | 0xFA, to, left, right);
    }

    /** Multiplies ints, keeping the lower 32 bits; two operations, ten cycles. */
    public final void vpmulld(Vec to, Vec left, Operand right) {
        three("vpmulld", Form.BROADCAST_32 | Form.P66 | Form.M0F38 | 0x40, to, left, right);
    }

    /** Takes the larger of each two ints. */
    public final void vpmaxsd(Vec to, Vec left, Operand right) {
        three("vpmaxsd", Form.BROADCAST_32 | Form.P66 | Form.M0F38 | 0x3D, to, left, right);
    }

    /** Takes the smaller of each two ints. */
    public final void vpminsd(Vec to, Vec left, Operand right) {
        three("vpminsd", Form.BROADCAST_32 | Form.P66 | Form.M0F38 | 0x39, to, left, right);
    }

    /** Takes the larger of each two shorts. */
    public final void vpmaxsw(Vec to, Vec left, Operand right) {
        three("vpmaxsw", Form.P66 | Form.M0F | 0xEE, to, left, right);
    }

    /** Takes the smaller of each two shorts. */
    public final void vpminsw(Vec to, Vec left, Operand right) {
        three("vpminsw", Form.P66 | Form.M0F | 0xEA, to, left, right);
    }

    /** Shifts ints right, zeros coming in. Of memory only with AVX-512. */
    public final void vpsrld(Vec to, Operand from, int count) {
        shift("vpsrld", Form.BROADCAST_32 | Form.P66 | Form.M0F | 0x72, 2, to, from, count);
    }

    /** Shifts ints right, the sign coming in. Of memory only with AVX-512. */
    public final void vpsrad(Vec to, Operand from, int count) {
        shift("vpsrad", Form.BROADCAST_32 | Form.P66 | Form.M0F | 0x72, 4, to, from, count);
    }

    /** Shifts ints left. Of memory only with AVX-512. */
    public final void vpslld(Vec to, Operand from, int count) {
        shift("vpslld", Form.BROADCAST_32 | Form.P66 | Form.M0F | 0x72, 6, to, from, count);
    }

    /** Shifts ints of {@code left} right by the counts in {@code right}, zeros coming in. */
    public final void vpsrlvd(Vec to, Vec left, Operand right) {
        three("vpsrlvd", Form.BROADCAST_32 | Form.P66 | Form.M0F38 | 0x45, to, left, right);
    }

    /** Shifts ints of {@code left} left by the counts in {@code right}. */
    public final void vpsllvd(Vec to, Vec left, Operand right) {
        three("vpsllvd", Form.BROADCAST_32 | Form.P66 | Form.M0F38 | 0x47, to, left, right);
    }

    /** Multiplies shorts and adds each pair of products into an int. */
    public final void vpmaddwd(Vec to, Vec left, Operand right) {
        three("vpmaddwd", Form.P66 | Form.M0F | 0xF5, to, left, right);
    }

    /**
     * Multiplies unsigned bytes of {@code left} and signed ones of {@code right} and adds each pair into a short, which
     * saturates.
     */
    public final void vpmaddubsw(Vec to, Vec left, Operand right) {
        three("vpmaddubsw", Form.P66 | Form.M0F38 | 0x04, to, left, right);
    }

    /**
     * Multiplies four unsigned bytes of {@code left} and four signed ones of {@code right} and adds all to an int
     * (AVX512-VNNI).
     */
    public final void vpdpbusd(Vec to, Vec left, Operand right) {
        three("vpdpbusd", Form.EVEX_ONLY | Form.BROADCAST_32 | Form.P66 | Form.M0F38 | 0x50, to, left, right);
    }

    /** Multiplies two shorts of {@code left} and two of {@code right} and adds both to an int (AVX512-VNNI). */
    public final void vpdpwssd(Vec to, Vec left, Operand right) {
        three("vpdpwssd", Form.EVEX_ONLY | Form.BROADCAST_32 | Form.P66 | Form.M0F38 | 0x52, to, left, right);
    }

    /** Does what {@link #vpdpbusd} does in the VEX encoding, up to ymm15 (AVX-VNNI). */
    public final void vpdpbusdVex(Vec to, Vec left, Operand right) {
        three("{vex} vpdpbusd", Form.VEX_ONLY | Form.P66 | Form.M0F38 | 0x50, to, left, right);
    }

    /** Does what {@link #vpdpwssd} does in the VEX encoding, up to ymm15 (AVX-VNNI). */
    public final void vpdpwssdVex(Vec to, Vec left, Operand right) {
        three("{vex} vpdpwssd", Form.VEX_ONLY | Form.P66 | Form.M0F38 | 0x52, to, left, right);
    }
}
