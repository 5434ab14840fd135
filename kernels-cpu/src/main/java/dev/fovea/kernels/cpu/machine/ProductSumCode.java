package dev.fovea.kernels.cpu.machine;

/**
 * Writes the sum of several rows times several rows, element by element, that depthwise convolutions and average
 * pooling consist of, with the vectors of any {@link InstructionSet}:
 *
 * <pre>
 * void sumOfProducts(pairs, terms, start, out, count)        pairs [terms][2]: addresses of two rows
 *   for each four vectors of out, each single one, the rest
 *     sum  = start
 *     for each term
 *       sum += first row * second row
 *     out  = sum
 * </pre>
 *
 * Twin: {@code VectorRows.sumOfProducts}, whose bits this function has.
 *
 * <p>Not final, so that tests can plant mistakes and see that they are found.
 */
class ProductSumCode extends LoopCode {

    /** Bytes of a pair of addresses. */
    static final int PAIR_BYTES = 2 * Long.BYTES;

    // General registers. Those that a convention preserves are saved.
    private static final Gp PAIRS = Gp.R8;
    private static final Gp TERMS = Gp.R9;
    private static final Gp START = Gp.RDX;
    private static final Gp OUT = Gp.RCX;
    private static final Gp WHOLE = Gp.R10;
    private static final Gp PAIR = Gp.R11;
    private static final Gp REST = Gp.RDI;
    private static final Gp FIRST = Gp.RSI;
    private static final Gp SECOND = Gp.R12;
    private static final Gp TERMS_LEFT = Gp.R13;
    private static final Gp BLOCKS = Gp.R14;

    ProductSumCode(InstructionSet set, Assembler code) {
        super(set, code);
    }

    /** Writes the function. */
    final void emit(Convention convention) {
        Convention.Frame frame = convention.frame(set.registers(), REST, FIRST, SECOND, TERMS_LEFT, BLOCKS);
        frame.enter(code);
        KernelArguments.load(code, convention, PAIRS, TERMS, START, OUT, WHOLE);
        cut(WHOLE, REST);
        overBlocks(WHOLE, REST, BLOCKS, this::sumTerms);
        frame.leave(code);
        writeOnes();
    }

    /** Sums so many vectors of all terms. */
    private void sumTerms(int vectors, boolean isRest) {
        Vec first = vector(BLOCK);
        Vec second = vector(BLOCK + 1);
        for (int i = 0; i < vectors; i++) {
            load(vector(i), at(START, i), isRest);
        }
        code.mov(PAIR, PAIRS);
        code.mov(TERMS_LEFT, TERMS);
        Label term = code.here();
        code.mov(FIRST, row(0));
        code.mov(SECOND, row(1));
        for (int i = 0; i < vectors; i++) {
            load(first, at(FIRST, i), isRest);
            load(second, at(SECOND, i), isRest);
            code.vfmadd231ps(vector(i), first, second);
        }
        code.add(PAIR, PAIR_BYTES);
        code.dec(TERMS_LEFT);
        code.jnz(term);
        for (int i = 0; i < vectors; i++) {
            store(at(OUT, i), vector(i), isRest);
        }
    }

    /** Returns where the address of a term's first or second row is. */
    Address row(int which) {
        return Address.of(PAIR, which * Long.BYTES);
    }
}
