package dev.fovea.kernels.cpu.machine;

import dev.fovea.tensor.Precision;

/**
 * Multiplies tiles with a panel in any {@link Precision}, with the vectors of any {@link InstructionSet}:
 *
 * <pre>
 * void tile(a, b, start, c, length, prefetch, out, outStride, added, addedStride, to, toStride,
 *           tiles, tileBytes, prefetchBytes)
 *                                              to[rows, columns] = start + A[rows, groups * 64] B[groups * 64, columns]
 *                                                                + added[rows, columns]
 *
 * for each tile                                a is tileBytes further on each time, prefetch prefetchBytes
 *   c = start                                  each row
 *   for each group of 64 inputs
 *     sums[rows, columns] = what sums start from   in 2 registers a row
 *     for each word of 4 bytes or 2 x 16 bits      {@code vpdpbusd}, {@code vpdpwssd}
 *       sums[row] += a[row, word] . b[word]
 *     c[row] += sums[row] * scale of a[row] * scales of b      after the last group the result stays in registers
 *   to = c + added                             each row; nothing is added if {@code added} is 0
 * </pre>
 *
 * In f32 ({@code vfmadd231ps}) and bf16 ({@code vdpbf16ps}) there are no scales: the sums are f32, start from {@code
 * start} and stay in registers up to the end; of the last group only those words are gone through that have inputs.
 * Here and there a cache line of memory that is needed soon is prefetched, and first of all the rows at {@code out},
 * where the results are going to be in the end, and those at {@code added}.
 *
 * <p>Not final, so that tests can plant mistakes and see that they are found.
 */
class TileCode {

    /** Steps of the innermost loop that are written out. */
    private static final int UNROLLED = 4;

    /** Of these, the steps that fetch a cache line. */
    private static final int FETCHED = 2;

    private static final int LINE = 64;

    // General registers that belong to a function under both conventions.
    static final Gp A = Gp.R8;
    static final Gp B = Gp.R9;
    static final Gp START = Gp.RCX;
    static final Gp C = Gp.RDX;
    static final Gp LENGTH = Gp.R10;
    static final Gp PREFETCH = Gp.R11;
    static final Gp COUNT = START;
    static final Gp ARGUMENTS = Gp.RAX;

    // After the last group.
    static final Gp TO = C;
    static final Gp TO_STRIDE = COUNT;
    static final Gp ADDED = LENGTH;
    static final Gp ADDED_STRIDE = PREFETCH;

    /** Places of arguments that are read later, or changed from tile to tile. */
    private static final int A_ARGUMENT = 0;

    private static final int PREFETCH_ARGUMENT = 5;
    private static final int OUT_ARGUMENT = 6;
    private static final int ADDED_ARGUMENT = 8;
    private static final int TO_ARGUMENT = 10;
    static final int TILES_ARGUMENT = 12;

    final GroupLayout layout;
    final InstructionSet set;
    final int rows;
    final Assembler code;
    private final TileRegisters registers;

    /**
     * Prepares the kernel for tiles of {@code rows} rows.
     *
     * @param rows at most {@link InstructionSet#tallest}
     */
    TileCode(GroupLayout layout, InstructionSet set, int rows, Assembler code) {
        this.layout = layout;
        this.set = set;
        this.rows = rows;
        this.code = code;
        registers = new TileRegisters(set);
    }

    /**
     * Returns what a tile takes for the length of its rows: the groups; in f32 and bf16, whose last group need not be
     * gone through to its end, the turns of the innermost loop.
     */
    static int length(GroupLayout layout, int inputs) {
        int ofOne = layout.precision().isInteger() ? layout.groupInputs() : UNROLLED * Integer.BYTES / layout.bytes();
        return Math.max(1, Math.ceilDiv(inputs, ofOne));
    }

    /** Returns the bytes that one call prefetches for every group. */
    static int fetchedBytes(GroupLayout layout) {
        return layout.steps() / UNROLLED * FETCHED * LINE + (layout.precision().isInteger() ? LINE : 0);
    }

    // ---- operands; A and B are at the beginning of a group, and past its numbers where its scales are read ----

    Address start(int half) {
        return Address.of(START, half * set.bytes());
    }

    Address result(int row, int half) {
        return Address.of(C, row * layout.columns() * Float.BYTES + half * set.bytes());
    }

    Address sumStart(int half) {
        return Address.of(B, layout.panelStarts() + half * set.bytes());
    }

    Address rowWord(int row, int step) {
        return Address.of(A, row * layout.rowBytes() + step * Integer.BYTES);
    }

    Address panelWords(int step, int half) {
        return Address.of(B, (step * InstructionSet.HALVES + half) * set.bytes());
    }

    /** Returns half of what is added to a row, once {@link #ADDED} is there. */
    Address added(int half) {
        return Address.of(ADDED, half * set.bytes());
    }

    /** Returns where half of a row of results goes, once {@link #TO} is there. */
    Address to(int half) {
        return Address.of(TO, half * set.bytes());
    }

    /** Returns the distance from one tile to the next. */
    Address nextTile() {
        return argument(TILES_ARGUMENT + 1);
    }

    static Address argument(int index) {
        return Address.of(ARGUMENTS, index * Long.BYTES);
    }

    Address rowScale(int row) {
        return Address.of(A, layout.tileScales(rows) - layout.rowBytes() + row * Float.BYTES);
    }

    Address panelScales(int half) {
        return Address.of(B, half * set.bytes());
    }

    // ---- the kernel ----

    /** Writes the kernel. */
    final void emit(Convention convention) {
        boolean integers = layout.precision().isInteger();
        Convention.Frame frame = convention.frame(set.registers());
        frame.enter(code);
        Label tile = code.here();
        prefetchRows(convention);
        load(convention);
        startResults(integers);
        Label last = code.label();
        Label group = code.label();
        code.align(16);
        code.bind(group);
        if (integers) {
            startSums();
        }
        multiply();
        if (integers) {
            convertSums();
            code.dec(LENGTH);
            code.jz(last);
            scaleSums();
            for (int row = 0; row < rows; row++) {
                for (int half = 0; half < InstructionSet.HALVES; half++) {
                    code.vmovups(result(row, half), registers.sum(row, half));
                }
            }
        }
        code.add(A, layout.tileGroup(rows) - layout.rowBytes());
        code.add(B, layout.panelGroup() - layout.panelScales());
        if (integers) {
            code.jmp(group);
            code.bind(last);
            scaleSums();
        } else {
            code.sub(LENGTH, turns());
            code.ja(group);
        }
        store();
        goOn(tile, convention);
        frame.leave(code);
    }

    private void prefetchRows(Convention convention) {
        Label end = code.label();
        code.mov(ARGUMENTS, convention.argument(0));
        code.mov(TO, argument(OUT_ARGUMENT));
        code.mov(ADDED_STRIDE, argument(OUT_ARGUMENT + 1));
        prefetchRows(TO);
        code.mov(ADDED, argument(ADDED_ARGUMENT));
        code.mov(ADDED_STRIDE, argument(ADDED_ARGUMENT + 1));
        code.test(ADDED, ADDED);
        code.jz(end);
        prefetchRows(ADDED);
        code.bind(end);
    }

    private void prefetchRows(Gp first) {
        for (int row = 0; row < rows; row++) {
            for (int line = 0; line < layout.columns() * Float.BYTES; line += LINE) {
                code.prefetcht0(Address.of(first, line));
            }
            code.add(first, ADDED_STRIDE);
        }
    }

    /** Stores the results, with what is added to them. */
    private void store() {
        Label store = code.label();
        code.mov(TO, argument(TO_ARGUMENT));
        code.mov(TO_STRIDE, argument(TO_ARGUMENT + 1));
        code.mov(ADDED, argument(ADDED_ARGUMENT));
        code.mov(ADDED_STRIDE, argument(ADDED_ARGUMENT + 1));
        code.test(ADDED, ADDED);
        code.jz(store);
        for (int row = 0; row < rows; row++) {
            for (int half = 0; half < InstructionSet.HALVES; half++) {
                code.vaddps(registers.sum(row, half), registers.sum(row, half), added(half));
            }
            code.add(ADDED, ADDED_STRIDE);
        }
        code.bind(store);
        for (int row = 0; row < rows; row++) {
            for (int half = 0; half < InstructionSet.HALVES; half++) {
                code.vmovups(to(half), registers.sum(row, half));
            }
            code.add(TO, TO_STRIDE);
        }
    }

    /** Goes on with the next tile, if there is one; rows of results and of what is added follow one another. */
    private void goOn(Label tile, Convention convention) {
        Label end = code.label();
        Gp free = A;
        code.mov(free, argument(TILES_ARGUMENT));
        code.dec(free);
        code.jz(end);
        code.mov(argument(TILES_ARGUMENT), free);
        code.mov(argument(OUT_ARGUMENT), TO);
        code.mov(argument(TO_ARGUMENT), TO);
        code.mov(argument(ADDED_ARGUMENT), ADDED);
        advance(A_ARGUMENT, nextTile(), free);
        advance(PREFETCH_ARGUMENT, argument(TILES_ARGUMENT + 2), free);
        code.mov(convention.argument(0), ARGUMENTS);
        code.jmp(tile);
        code.bind(end);
    }

    private void advance(int place, Address step, Gp free) {
        code.mov(free, argument(place));
        code.add(free, step);
        code.mov(argument(place), free);
    }

    void load(Convention convention) {
        KernelArguments.load(code, convention, A, B, START, C, LENGTH, PREFETCH);
    }

    void startResults(boolean integers) {
        for (int half = 0; half < InstructionSet.HALVES; half++) {
            Vec first = integers ? registers.panel(half) : registers.sum(0, half);
            code.vmovups(first, start(half));
            for (int row = 0; row < rows; row++) {
                if (integers) {
                    code.vmovups(result(row, half), first);
                } else if (row > 0) {
                    code.vmovups(registers.sum(row, half), first);
                }
            }
        }
    }

    private void startSums() {
        for (int half = 0; half < InstructionSet.HALVES; half++) {
            Vec first = registers.sum(0, half);
            if (layout.precision() == Precision.INT8) {
                code.vmovups(first, sumStart(half));
            }
            for (int row = 0; row < rows; row++) {
                Vec sum = registers.sum(row, half);
                if (layout.precision() != Precision.INT8) {
                    code.vxorps(sum, sum, sum);
                } else if (row > 0) {
                    code.vmovups(sum, first);
                }
            }
        }
    }

    /** Returns the turns of the innermost loop that a whole group takes. */
    private int turns() {
        return layout.steps() / UNROLLED;
    }

    /**
     * Multiplies a group of a tile with the panel, and leaves {@link #A} and {@link #B} at the group's end, if there
     * is another one.
     */
    private void multiply() {
        Label loop = code.label();
        code.mov(COUNT, turns());
        if (!layout.precision().isInteger()) {
            Label whole = code.label();
            code.cmp(LENGTH, turns());
            code.jae(whole);
            code.mov(COUNT, LENGTH);
            code.bind(whole);
        }
        code.align(16);
        code.bind(loop);
        for (int step = 0; step < UNROLLED; step++) {
            for (int half = 0; half < InstructionSet.HALVES; half++) {
                code.vmovups(registers.panel(half), panelWords(step, half));
            }
            if (step < FETCHED) {
                code.prefetcht0(Address.of(PREFETCH, step * LINE));
            }
            for (int row = 0; row < rows; row++) {
                code.vbroadcastss(registers.word(row), rowWord(row, step));
                for (int half = 0; half < InstructionSet.HALVES; half++) {
                    dot(registers.sum(row, half), registers.word(row), registers.panel(half));
                }
            }
        }
        code.add(A, UNROLLED * Integer.BYTES);
        code.add(B, UNROLLED * InstructionSet.HALVES * set.bytes());
        code.add(PREFETCH, FETCHED * LINE);
        code.dec(COUNT);
        code.jnz(loop);
    }

    void dot(Vec sum, Vec left, Vec right) {
        switch (layout.precision()) {
            case INT8 -> {
                if (set == InstructionSet.AVX512) {
                    code.vpdpbusd(sum, left, right);
                } else {
                    code.vpdpbusdVex(sum, left, right);
                }
            }
            case INT16 -> {
                switch (set) {
                    case AVX512 -> code.vpdpwssd(sum, left, right);
                    case AVXVNNI -> code.vpdpwssdVex(sum, left, right);
                    case AVX2 -> {
                        code.vpmaddwd(registers.spare(), left, right);
                        code.vpaddd(sum, sum, registers.spare());
                    }
                }
            }
            case BF16 -> code.vdpbf16ps(sum, left, right);
            case F32 -> code.vfmadd231ps(sum, left, right);
        }
    }

    /** Makes floats of the sums, all before the first is scaled, and loads the panel's scales. */
    private void convertSums() {
        for (int half = 0; half < InstructionSet.HALVES; half++) {
            code.vmovups(registers.panel(half), panelScales(half));
        }
        code.prefetcht0(Address.of(PREFETCH));
        code.add(PREFETCH, LINE);
        for (int row = 0; row < rows; row++) {
            for (int half = 0; half < InstructionSet.HALVES; half++) {
                code.vcvtdq2ps(registers.sum(row, half), registers.sum(row, half));
            }
        }
    }

    /**
     * Scales the sums and adds the results so far to them. Scales of rows are operands in memory: with a row after the
     * other, instructions for the next group wait for these (by 6% on Zen 4).
     */
    private void scaleSums() {
        for (int row = 0; row < rows; row++) {
            if (set != InstructionSet.AVX512) {
                code.vbroadcastss(registers.word(row), rowScale(row));
            }
            for (int half = 0; half < InstructionSet.HALVES; half++) {
                Vec sum = registers.sum(row, half);
                code.vmulps(
                        sum, sum, set == InstructionSet.AVX512 ? rowScale(row).broadcast() : registers.word(row));
                code.vfmadd213ps(sum, registers.panel(half), result(row, half));
            }
        }
    }
}
