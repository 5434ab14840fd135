package dev.fovea.kernels.cpu.machine;

/**
 * Writes what all loops over rows of floats have in common: how a row is cut into whole vectors and a rest, how part of
 * a vector is read and written, and how its lanes are summed. The vectors are those of any {@link InstructionSet}.
 *
 * <pre>
 * for (at = 0; at &lt; whole; at += bytes of a vector)    the whole vectors of a row
 *   ...
 * if (rest &gt; 0)                                        AVX-512: under a mask; AVX2: by {@code vmaskmovps}
 *   ...
 * </pre>
 *
 * <p>Every function computes what the loop of the Vector API computes that it takes the place of, with the same
 * operations in the same order, so that its results have the same bits at the same width.
 */
abstract class LoopCode {

    /** Lanes that are read or written in the rest of a row, on AVX-512. */
    private static final Mask REST_LANES = Mask.k(1);

    /** Registers of 256 bits that the lanes of the rest are in, on AVX2: the last one. */
    private static final int LAST_OF_AVX2 = 15;

    /** Bytes from the beginning of a row, of the loops over a row. */
    static final Gp AT = Gp.RAX;

    /** Vectors of a row that are kept in registers at a time. */
    static final int BLOCK = 4;

    final InstructionSet set;
    final Assembler code;

    /** Bytes of a vector, and its floats. */
    final int bytes;

    final int lanes;

    /** Ones and zeros from which AVX2 takes the lanes of a rest; null where there are none. */
    private Label ones;

    LoopCode(InstructionSet set, Assembler code) {
        this.set = set;
        this.code = code;
        bytes = set.bytes();
        lanes = bytes / Float.BYTES;
    }

    final boolean is512() {
        return set == InstructionSet.AVX512;
    }

    final Vec vector(int index) {
        return set.register(index);
    }

    /** Returns where the current vector of a row is. */
    final Address at(Gp row) {
        return Address.of(row, AT, 1, 0);
    }

    final Address at(Gp row, int vectors) {
        return Address.of(row, AT, 1, vectors * bytes);
    }

    /** Returns where an argument of a function lies, as long as {@link Gp#RAX} has not been changed. */
    static Address argument(int index) {
        return Address.of(Gp.RAX, index * Long.BYTES);
    }

    // ---- whole vectors and the rest of a row ----

    /**
     * Cuts a row: {@code whole} becomes the bytes of its whole vectors; {@code rest} is zero if there are no more.
     * Changes {@link Gp#RAX}.
     *
     * @param whole has the floats of a row
     */
    final void cut(Gp whole, Gp rest) {
        code.mov(rest, whole);
        code.and(rest, lanes - 1);
        code.sub(whole, rest);
        code.shl(whole, 2);
        if (is512()) {
            code.mov(Gp.RAX, -1);
            code.bzhi(rest, Gp.RAX, rest);
            code.kmovw(REST_LANES, rest);
        } else {
            ones = code.label();
            code.shl(rest, 2);
            code.lea(Gp.RAX, Address.of(ones));
            code.sub(Gp.RAX, rest);
            code.vmovups(restLanes(), Address.of(Gp.RAX, bytes));
        }
    }

    private static Vec restLanes() {
        return Vec.ymm(LAST_OF_AVX2);
    }

    /** Writes the ones and zeros that {@link #cut} reads, behind the end of the function. */
    final void writeOnes() {
        if (ones != null) {
            code.align(bytes);
            code.bind(ones);
            for (int i = 0; i < 2 * lanes; i++) {
                code.ints(i < lanes ? -1 : 0);
            }
        }
    }

    /** Writes the instructions for a vector, all of it or those lanes that the rest of a row has. */
    interface Body {
        void emit(boolean isRest);
    }

    /** Writes a loop over a row: whole vectors from {@link #AT} on, then the rest. */
    final void finishRow(Gp whole, Gp rest, Body body) {
        Label last = code.label();
        Label done = code.label();
        code.cmp(AT, whole);
        code.jae(last);
        Label loop = code.here();
        body.emit(false);
        code.add(AT, bytes);
        code.cmp(AT, whole);
        code.jb(loop);
        code.bind(last);
        code.test(rest, rest);
        code.jz(done);
        body.emit(true);
        code.bind(done);
    }

    /** Writes what is done with some vectors of a row, from {@link #AT} on. */
    interface Block {
        void emit(int vectors, boolean isRest);
    }

    /**
     * Goes over a row in blocks of {@value #BLOCK} vectors, then in single ones, then over the rest.
     *
     * @param whole bytes in whole vectors, see {@link #cut}
     * @param blocks a free register
     */
    final void overBlocks(Gp whole, Gp rest, Gp blocks, Block block) {
        Label singles = code.label();
        code.xor(AT, AT);
        code.mov(blocks, whole);
        code.and(blocks, -BLOCK * bytes);
        code.jz(singles);
        Label loop = code.here();
        block.emit(BLOCK, false);
        code.add(AT, BLOCK * bytes);
        code.cmp(AT, blocks);
        code.jb(loop);
        code.bind(singles);
        finishRow(whole, rest, isRest -> block.emit(1, isRest));
    }

    /** Writes a loop over a row from its beginning. */
    final void overRow(Gp whole, Gp rest, Body body) {
        code.xor(AT, AT);
        finishRow(whole, rest, body);
    }

    /** Reads a vector; zeros take the place of lanes that the rest of a row has not. */
    void load(Vec to, Address from, boolean isRest) {
        if (!isRest) {
            code.vmovups(to, from);
        } else if (is512()) {
            code.vmovups(to.zeroed(REST_LANES), from);
        } else {
            code.vmaskmovps(to, restLanes(), from);
        }
    }

    /** Writes a vector, or those of its lanes that the rest of a row has. */
    void store(Address to, Vec from, boolean isRest) {
        if (!isRest) {
            code.vmovups(to, from);
        } else if (is512()) {
            code.vmovups(to.masked(REST_LANES), from);
        } else {
            code.vmaskmovps(to, restLanes(), from);
        }
    }

    /** Sets the lanes to zero that the rest of a row has not. */
    void clearBeyond(Vec vector, boolean isRest) {
        if (isRest && is512()) {
            code.vmovups(vector.zeroed(REST_LANES), vector);
        } else if (isRest) {
            code.vandps(vector, vector, restLanes());
        }
    }

    /** Sets the lanes to those of another vector that the rest of a row has not. */
    void fillBeyond(Vec vector, Vec filling, boolean isRest) {
        if (isRest && is512()) {
            code.vblendmps(vector.masked(REST_LANES), filling, vector);
        } else if (isRest) {
            code.vblendvps(vector, filling, vector, restLanes());
        }
    }

    // ---- lanes ----

    /** Adds halves to halves until every lane of {@code vector.xmm()} has the sum of all lanes. */
    final void sumLanes(Vec vector, Vec free) {
        Vec sum = vector.xmm();
        Vec other = free.xmm();
        if (is512()) {
            code.vextractf64x4(free.ymm(), vector, 1);
            code.vaddps(vector.ymm(), vector.ymm(), free.ymm());
        }
        code.vextractf128(other, vector.ymm(), 1);
        code.vaddps(sum, sum, other);
        code.vpshufd(other, sum, swappedHalves());
        code.vaddps(sum, sum, other);
        code.vpshufd(other, sum, swappedNeighbours());
        code.vaddps(sum, sum, other);
    }

    /** Returns the order of four lanes in which the upper two come first. */
    int swappedHalves() {
        return 0x4E;
    }

    /** Returns the order of four lanes in which each two are swapped. */
    int swappedNeighbours() {
        return 0xB1;
    }

    final void clear(Vec vector) {
        code.vxorps(vector.xmm(), vector.xmm(), vector.xmm());
    }
}
