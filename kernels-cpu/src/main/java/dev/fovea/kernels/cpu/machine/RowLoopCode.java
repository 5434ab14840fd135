package dev.fovea.kernels.cpu.machine;

/**
 * Writes loops over rows, element by element or down to one number, with the vectors of any {@link InstructionSet}:
 *
 * <pre>
 * void add, multiply, larger(a, aStride, b, bStride, out, outStride, rows, count)
 * void copy(from, fromStride, to, toStride, rows, count)
 * void scale(from, fromStride, to, toStride, rows, count, factor, term)           to = from * factor + term
 *
 * void layerNorm(x, gamma, beta, out, count, epsilon)
 *   mean     = sum of x / count                              four sums side by side
 *   variance = sum of (x - mean)^2 / count                   two sums side by side
 *   out      = (x - mean) (1 / sqrt(variance + epsilon)) gamma + beta
 *
 * void sum, sumOfSquares, max(x, count)                      the result lies where the first argument lay
 * </pre>
 *
 * Twins: the loops of the Vector API in {@code VectorKernels} and {@code VectorRows}.
 *
 * <p>Not final, so that tests can plant mistakes and see that they are found.
 */
class RowLoopCode extends LoopCode {

    /** Names what is done with two elements. */
    enum Combination {
        ADD,
        MULTIPLY,
        LARGER
    }

    /** Comparison that is true where one of both is NaN. */
    private static final int UNORDERED = 3;

    /** Lanes that a comparison found, on AVX-512. */
    private static final Mask LANES = Mask.k(2);

    /** Vectors that {@code sum} adds side by side, and {@code sumOfSquares}. */
    private static final int SUMS = 4;

    private static final int SUMS_OF_SQUARES = 2;

    // General registers. Those that a convention preserves are saved.
    static final Gp A = Gp.R8;
    static final Gp A_STRIDE = Gp.R9;
    static final Gp B = Gp.RDX;
    static final Gp B_STRIDE = Gp.R10;
    static final Gp OUT = Gp.R11;
    static final Gp OUT_STRIDE = Gp.RCX;
    static final Gp ROWS = Gp.RSI;
    static final Gp WHOLE = Gp.RDI;
    static final Gp REST = Gp.R12;
    static final Gp BLOCKS = Gp.RSI;

    RowLoopCode(InstructionSet set, Assembler code) {
        super(set, code);
    }

    // ---- several rows, element by element ----

    /** Writes {@code add}, {@code multiply} or {@code larger}. */
    final void emit(Combination combination, Convention convention) {
        Convention.Frame frame = convention.frame(set.registers(), ROWS, WHOLE, REST);
        frame.enter(code);
        KernelArguments.load(code, convention, A, A_STRIDE, B, B_STRIDE, OUT, OUT_STRIDE, ROWS, WHOLE);
        Vec value = vector(0);
        Vec other = vector(1);
        overRows(
                () -> {
                    code.add(A, A_STRIDE);
                    code.add(B, B_STRIDE);
                    code.add(OUT, OUT_STRIDE);
                },
                (vectors, isRest) -> {
                    load(value, at(A, vectors), isRest);
                    if (isRest || combination == Combination.LARGER) {
                        load(other, at(B, vectors), isRest);
                    }
                    Operand right = isRest ? other : at(B, vectors);
                    switch (combination) {
                        case ADD -> code.vaddps(value, value, right);
                        case MULTIPLY -> code.vmulps(value, value, right);
                        case LARGER -> takeLarger(value, other);
                    }
                    store(at(OUT, vectors), value, isRest);
                });
        frame.leave(code);
        writeOnes();
    }

    /** Writes {@code copy}, or {@code scale}. */
    final void emitMap(boolean isScaled, Convention convention) {
        Convention.Frame frame = convention.frame(set.registers(), ROWS, WHOLE, REST);
        Vec value = vector(0);
        Vec factor = vector(1);
        Vec term = vector(2);
        frame.enter(code);
        KernelArguments.load(code, convention, A, A_STRIDE, OUT, OUT_STRIDE, ROWS, WHOLE);
        if (isScaled) {
            code.vbroadcastss(factor, argument(6));
            code.vbroadcastss(term, argument(7));
        }
        overRows(
                () -> {
                    code.add(A, A_STRIDE);
                    code.add(OUT, OUT_STRIDE);
                },
                (vectors, isRest) -> {
                    load(value, at(A, vectors), isRest);
                    if (isScaled) {
                        code.vfmadd213ps(value, factor, term);
                    }
                    store(at(OUT, vectors), value, isRest);
                });
        frame.leave(code);
        writeOnes();
    }

    /** Writes the instructions for a vector of a row, so many vectors behind the current one. */
    private interface VectorBody {
        void emit(int vectors, boolean isRest);
    }

    /** Writes a loop over rows; one of its own for rows of a panel's width, which are the most frequent ones. */
    private void overRows(Runnable next, VectorBody body) {
        Label rows = code.label();
        Label done = code.label();
        code.cmp(WHOLE, InstructionSet.HALVES * lanes);
        code.jnz(rows);
        code.xor(AT, AT);
        code.align(16);
        Label panel = code.here();
        for (int half = 0; half < InstructionSet.HALVES; half++) {
            body.emit(half, false);
        }
        next.run();
        code.dec(ROWS);
        code.jnz(panel);
        code.jmp(done);
        code.bind(rows);
        cut(WHOLE, REST);
        Label row = code.here();
        overRow(WHOLE, REST, isRest -> body.emit(0, isRest));
        next.run();
        code.dec(ROWS);
        code.jnz(row);
        code.bind(done);
    }

    /**
     * Computes {@code value = max(value, other)} as Java defines it: NaN if one of them is, +0 of two different zeros.
     * The instruction takes its second operand in both cases, so what both orders agree on is right unless one is NaN.
     */
    void takeLarger(Vec value, Vec other) {
        Vec larger = like(value, 8);
        Vec turned = like(value, 9);
        code.vmaxps(larger, value, other);
        code.vmaxps(turned, other, value);
        code.vandps(larger, larger, turned);
        if (is512()) {
            code.vcmpps(LANES, value, other, UNORDERED);
            code.vaddps(value, value, other);
            code.vblendmps(value.masked(LANES), larger, value);
        } else {
            Vec unordered = like(value, 10);
            code.vcmpps(unordered, value, other, UNORDERED);
            code.vaddps(value, value, other);
            code.vblendvps(value, larger, value, unordered);
        }
    }

    /** Returns a register of another's width. */
    private static Vec like(Vec other, int index) {
        return new Vec(index, other.width(), null, false);
    }

    // ---- one row, down to a number ----

    /** Writes {@code layerNorm}. */
    final void emitLayerNorm(Convention convention) {
        Vec result = vector(0);
        Vec mean = vector(4);
        Vec scale = vector(5);
        Vec count = vector(6).xmm();
        Vec epsilon = vector(7).xmm();
        Gp gamma = A_STRIDE;
        Gp beta = B;
        Label one = code.label();
        Convention.Frame frame = convention.frame(set.registers(), WHOLE, REST, BLOCKS);
        frame.enter(code);
        KernelArguments.load(code, convention, A, gamma, beta, OUT, WHOLE);
        code.vmovd(count, argument(4));
        code.vcvtdq2ps(count, count);
        code.vmovd(epsilon, epsilon());
        cut(WHOLE, REST);
        sum();
        code.vdivps(result.xmm(), result.xmm(), count);
        code.vbroadcastss(mean, result.xmm());
        sumOfSquares(mean);
        Vec variance = result.xmm();
        code.vdivps(variance, variance, count);
        code.vaddps(variance, variance, epsilon);
        code.vcvtss2sd(variance, variance, variance);
        code.vsqrtsd(variance, variance, variance);
        code.vmovq(scale.xmm(), Address.of(one));
        code.vdivsd(variance, scale.xmm(), variance);
        code.vcvtsd2ss(variance, variance, variance);
        code.vbroadcastss(scale, variance);
        overRow(WHOLE, REST, isRest -> {
            Vec x = vector(0);
            Vec weight = vector(1);
            Vec bias = vector(2);
            load(x, at(A), isRest);
            load(weight, at(gamma), isRest);
            load(bias, at(beta), isRest);
            code.vsubps(x, x, mean);
            code.vmulps(x, x, scale);
            code.vfmadd213ps(x, weight, bias);
            store(at(OUT), x, isRest);
        });
        frame.leave(code);
        writeOnes();
        code.align(Double.BYTES);
        code.bind(one);
        long bits = Double.doubleToRawLongBits(1);
        code.ints((int) bits, (int) (bits >>> Integer.SIZE));
    }

    /** Returns where the function finds epsilon. */
    Address epsilon() {
        return argument(5);
    }

    /** Writes {@code sum}. */
    final void emitSum(Convention convention) {
        emitReduction(convention, this::sum);
    }

    /** Writes {@code sumOfSquares}. */
    final void emitSumOfSquares(Convention convention) {
        emitReduction(convention, () -> {
            clear(vector(4));
            sumOfSquares(vector(4));
        });
    }

    /** Writes {@code max}. */
    final void emitMax(Convention convention) {
        emitReduction(convention, this::max);
    }

    private void emitReduction(Convention convention, Runnable reduction) {
        Convention.Frame frame = convention.frame(set.registers(), WHOLE, REST, BLOCKS);
        frame.enter(code);
        KernelArguments.load(code, convention, A, WHOLE);
        code.mov(OUT, Gp.RAX);
        cut(WHOLE, REST);
        reduction.run();
        code.vmovss(Address.of(OUT), vector(0).xmm());
        frame.leave(code);
        writeOnes();
    }

    /** Leaves the sum of a row in the lanes of {@code vector(0).xmm()}. */
    private void sum() {
        for (int i = 0; i < SUMS; i++) {
            clear(vector(i));
        }
        overBlocks(SUMS, i -> code.vaddps(vector(i), vector(i), at(A, i)));
        finishRow(WHOLE, REST, isRest -> {
            Vec x = vector(5);
            load(x, at(A), isRest);
            code.vaddps(vector(0), vector(0), x);
        });
        code.vaddps(vector(0), vector(0), vector(1));
        code.vaddps(vector(2), vector(2), vector(3));
        code.vaddps(vector(0), vector(0), vector(2));
        sumLanes(vector(0), vector(5));
    }

    /** Leaves the sum of {@code (x - mean)^2} of a row in the lanes of {@code vector(0).xmm()}. */
    private void sumOfSquares(Vec mean) {
        for (int i = 0; i < SUMS_OF_SQUARES; i++) {
            clear(vector(i));
        }
        overBlocks(SUMS_OF_SQUARES, i -> {
            Vec difference = vector(2 + i);
            code.vmovups(difference, at(A, i));
            code.vsubps(difference, difference, mean);
            code.vfmadd231ps(vector(i), difference, difference);
        });
        finishRow(WHOLE, REST, isRest -> {
            Vec difference = vector(2);
            load(difference, at(A), isRest);
            code.vsubps(difference, difference, mean);
            clearBeyond(difference, isRest);
            code.vfmadd231ps(vector(0), difference, difference);
        });
        code.vaddps(vector(0), vector(0), vector(1));
        sumLanes(vector(0), vector(2));
    }

    /** Leaves the largest element of a row in the lowest lane of {@code vector(0)}. */
    private void max() {
        Vec largest = vector(0);
        Vec x = vector(1);
        Vec lowest = vector(2);
        Label constant = code.label();
        Label behind = code.label();
        code.vbroadcastss(lowest, Address.of(constant));
        code.vmovups(largest, lowest);
        overRow(WHOLE, REST, isRest -> {
            load(x, at(A), isRest);
            fillBeyond(x, lowest, isRest);
            takeLarger(largest, x);
        });
        if (is512()) {
            code.vextractf64x4(x.ymm(), largest, 1);
            takeLarger(largest.ymm(), x.ymm());
        }
        code.vextractf128(x.xmm(), largest.ymm(), 1);
        takeLarger(largest.xmm(), x.xmm());
        code.vpshufd(x.xmm(), largest.xmm(), swappedHalves());
        takeLarger(largest.xmm(), x.xmm());
        code.vpshufd(x.xmm(), largest.xmm(), swappedNeighbours());
        takeLarger(largest.xmm(), x.xmm());
        code.jmp(behind);
        code.bind(constant);
        code.floats(Float.NEGATIVE_INFINITY);
        code.bind(behind);
    }

    /** Writes the instructions for one of the vectors of a block. */
    private interface BlockBody {
        void emit(int vector);
    }

    /** Writes a loop over the blocks of so many vectors that a row begins with, and leaves {@link #AT} behind them. */
    private void overBlocks(int vectors, BlockBody body) {
        Label done = code.label();
        code.xor(AT, AT);
        code.mov(BLOCKS, WHOLE);
        code.and(BLOCKS, -vectors * bytes);
        code.jz(done);
        Label loop = code.here();
        for (int i = 0; i < vectors; i++) {
            body.emit(i);
        }
        code.add(AT, vectors * bytes);
        code.cmp(AT, BLOCKS);
        code.jb(loop);
        code.bind(done);
    }
}
