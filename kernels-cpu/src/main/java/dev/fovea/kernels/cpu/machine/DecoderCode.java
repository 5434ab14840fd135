package dev.fovea.kernels.cpu.machine;

/**
 * Writes the products of one vector with many rows that attention with few queries consists of, with the vectors of any
 * {@link InstructionSet}:
 *
 * <pre>
 * void dots(a, from, stride, rows, count, scores)            scores[row] = a . from[row]
 *
 * void weightedSum(weights, from, stride, rows, count, isFresh, out)
 *   for each four vectors of out, each single one, the rest
 *     sum  = isFresh ? 0 : out
 *     for each row
 *       sum += weights[row] from[row]
 *     out  = sum
 * </pre>
 *
 * Twins: {@code VectorRows.dots} and {@code VectorRows.weightedSum}, whose bits these functions have.
 *
 * <p>Not final, so that tests can plant mistakes and see that they are found.
 */
class DecoderCode extends LoopCode {

    // General registers. Those that a convention preserves are saved.
    static final Gp A = Gp.R8;
    static final Gp FROM = Gp.R9;
    static final Gp STRIDE = Gp.RDX;
    static final Gp ROWS = Gp.R10;
    static final Gp WHOLE = Gp.R11;
    static final Gp OUT = Gp.RCX;
    static final Gp FRESH = Gp.RSI;
    static final Gp REST = Gp.RDI;
    static final Gp ROW = Gp.R12;
    static final Gp WEIGHT = Gp.R13;
    static final Gp ROWS_LEFT = Gp.R14;
    static final Gp BLOCKS = Gp.R15;

    DecoderCode(InstructionSet set, Assembler code) {
        super(set, code);
    }

    /** Writes {@code dots}. */
    final void emitDots(Convention convention) {
        Vec sum = vector(0);
        Vec free = vector(1);
        Label general = code.label();
        Label done = code.label();
        Convention.Frame frame = convention.frame(set.registers(), REST);
        frame.enter(code);
        KernelArguments.load(code, convention, A, FROM, STRIDE, ROWS, WHOLE, OUT);
        code.cmp(WHOLE, BLOCK * lanes);
        code.jnz(general);
        for (int i = 0; i < BLOCK; i++) {
            code.vmovups(vector(2 + i), Address.of(A, i * bytes));
        }
        Label block = code.here();
        code.vmulps(sum, vector(2), Address.of(FROM));
        for (int i = 1; i < BLOCK; i++) {
            code.vfmadd231ps(sum, vector(2 + i), Address.of(FROM, i * bytes));
        }
        finishDot(sum, free);
        code.jnz(block);
        code.jmp(done);
        code.bind(general);
        cut(WHOLE, REST);
        Label row = code.here();
        clear(sum);
        overRow(WHOLE, REST, isRest -> {
            load(vector(2), at(A), isRest);
            load(vector(3), at(FROM), isRest);
            code.vfmadd231ps(sum, vector(2), vector(3));
        });
        finishDot(sum, free);
        code.jnz(row);
        code.bind(done);
        frame.leave(code);
        writeOnes();
    }

    /** Stores the sum of a row and goes to the next one; not zero if there is one. */
    private void finishDot(Vec sum, Vec free) {
        sumLanes(sum, free);
        code.vmovss(Address.of(OUT), sum.xmm());
        code.add(OUT, Float.BYTES);
        code.add(FROM, STRIDE);
        code.dec(ROWS);
    }

    /** Writes {@code weightedSum}. */
    final void emitWeightedSum(Convention convention) {
        Convention.Frame frame = convention.frame(set.registers(), FRESH, REST, ROW, WEIGHT, ROWS_LEFT, BLOCKS);
        frame.enter(code);
        KernelArguments.load(code, convention, A, FROM, STRIDE, ROWS, WHOLE, FRESH, OUT);
        cut(WHOLE, REST);
        overBlocks(WHOLE, REST, BLOCKS, this::sumRows);
        frame.leave(code);
        writeOnes();
    }

    /** Sums so many vectors of all rows. */
    private void sumRows(int vectors, boolean isRest) {
        Vec weight = vector(BLOCK);
        Vec element = vector(BLOCK + 1);
        Label sums = code.label();
        for (int i = 0; i < vectors; i++) {
            clear(vector(i));
        }
        code.test(FRESH, FRESH);
        code.jnz(sums);
        for (int i = 0; i < vectors; i++) {
            load(vector(i), at(OUT, i), isRest);
        }
        code.bind(sums);
        code.lea(ROW, at(FROM));
        code.mov(WEIGHT, A);
        code.mov(ROWS_LEFT, ROWS);
        Label row = code.here();
        code.vbroadcastss(weight, weight());
        for (int i = 0; i < vectors; i++) {
            load(element, Address.of(ROW, i * bytes), isRest);
            code.vfmadd231ps(vector(i), element, weight);
        }
        code.add(ROW, STRIDE);
        code.add(WEIGHT, Float.BYTES);
        code.dec(ROWS_LEFT);
        code.jnz(row);
        for (int i = 0; i < vectors; i++) {
            store(at(OUT, i), vector(i), isRest);
        }
    }

    /** Returns where the weight of a row is. */
    Address weight() {
        return Address.of(WEIGHT);
    }
}
