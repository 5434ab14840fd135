package dev.fovea.kernels.cpu.machine;

/**
 * Writes the GEMM micro-kernel for rows that lie packed in a Java array ({@code PackedTile}), the one for a handful of
 * rows, and the packing, with the vectors of any {@link InstructionSet}. Rows of a group lie side by side, step after
 * step:
 *
 * <pre>
 * void tile(a; offset, groupBytes, b, depth, start, c, cStride, prefetch)
 *   c[rows, columns] = start + a[rows, depth] b[depth, columns]
 *
 * void lowTile(a; offset, b, panelBytes, scales, panelScaleBytes, depth, start, c)
 *   c[rows, panels * columns] = start + a[rows, depth] b[panel][depth, columns]       bytes are widened and scaled
 *
 * void pack(to; offset, row0, row1, row2, row3, count)
 *   to[count][4] = four rows, as columns
 * </pre>
 *
 * A sum begins with {@code start} and takes one multiply-add after the other, as {@code Tiles} and {@code LowTiles} of
 * the Vector API have it: the bits are theirs.
 *
 * <p>Not final, so that tests can plant mistakes and see that they are found.
 */
class PackedTileCode {

    /** Tiles that together prefetch as many bytes as their panel has. */
    static final int PREFETCH_TILES = 4;

    /** Inputs that have a row of scales in common. */
    private static final int GROUP_OF_SCALES = 64;

    private static final int ROWS_OF_PACKING = 4;
    private static final int VECTORS_OF_PACKING = 14;

    // General registers. Those that a convention preserves are saved.
    private static final Gp A = Gp.R8;
    private static final Gp B = Gp.R9;
    private static final Gp STEPS = Gp.R10;
    private static final Gp START = Gp.R11;
    private static final Gp C = Gp.RCX;
    private static final Gp C_STRIDE = Gp.RDX;
    private static final Gp GROUP_BYTES = Gp.RSI;
    private static final Gp SOON = Gp.RDI;

    // The same ones, of lowTile.
    private static final Gp PANEL = Gp.RSI;
    private static final Gp THREE_PANELS = Gp.RDI;
    private static final Gp SCALES = Gp.RDX;
    private static final Gp PANEL_SCALES = Gp.RBX;
    private static final Gp THREE_PANEL_SCALES = Gp.R12;
    private static final Gp STEPS_OF_GROUP = Gp.RAX;

    // And of pack.
    private static final Gp[] ROWS = {Gp.R9, Gp.R10, Gp.R11, Gp.RCX};
    private static final Gp COUNT = Gp.RDX;
    private static final Gp WHOLE = Gp.RSI;
    private static final Gp AT = Gp.RAX;

    private final InstructionSet set;
    private final Assembler code;
    private final TileRegisters registers;

    PackedTileCode(InstructionSet set, Assembler code) {
        this.set = set;
        this.code = code;
        registers = new TileRegisters(set);
    }

    private int panelRow() {
        return set.columns() * Float.BYTES;
    }

    // ---- the micro-kernel ----

    /**
     * Writes {@code tile}.
     *
     * @param rows at most those of {@link InstructionSet#tallest}
     * @param group rows that are packed side by side; there are three groups at most
     */
    final void emitTile(int rows, int group, Convention convention) {
        Convention.Frame frame = convention.frame(set.registers(), GROUP_BYTES, SOON);
        Label done = code.label();
        frame.enter(code);
        KernelArguments.loadWithArray(code, convention, A, GROUP_BYTES, B, STEPS, START, C, C_STRIDE, SOON);
        for (int row = 0; row < rows; row++) {
            for (int half = 0; half < InstructionSet.HALVES; half++) {
                code.vmovups(registers.sum(row, half), Address.of(START, half * set.bytes()));
            }
        }
        code.test(STEPS, STEPS);
        code.jz(done);
        code.align(16);
        Label loop = code.here();
        for (int half = 0; half < InstructionSet.HALVES; half++) {
            code.vmovups(registers.panel(half), Address.of(B, half * set.bytes()));
        }
        for (int row = 0; row < rows; row++) {
            code.vbroadcastss(registers.word(row), element(row, group));
            for (int half = 0; half < InstructionSet.HALVES; half++) {
                code.vfmadd231ps(registers.sum(row, half), registers.word(row), registers.panel(half));
            }
        }
        code.prefetcht0(Address.of(SOON));
        code.add(SOON, panelRow() / PREFETCH_TILES);
        code.add(A, group * Float.BYTES);
        code.add(B, panelRow());
        code.dec(STEPS);
        code.jnz(loop);
        code.bind(done);
        for (int row = 0; row < rows; row++) {
            for (int half = 0; half < InstructionSet.HALVES; half++) {
                code.vmovups(Address.of(C, half * set.bytes()), registers.sum(row, half));
            }
            code.add(C, C_STRIDE);
        }
        frame.leave(code);
    }

    /** Returns the element of a row that the step multiplies. */
    Address element(int row, int group) {
        int displacement = row % group * Float.BYTES;
        int before = row / group;
        return before == 0 ? Address.of(A, displacement) : Address.of(A, GROUP_BYTES, before, displacement);
    }

    // ---- few rows, several panels ----

    /** Returns the panels that {@link #emitLowTile} can take side by side for some rows; 0 for none. */
    static int panelsOfLowTile(InstructionSet set, int rows) {
        return switch (rows) {
            case 1 -> 4;
            case 4 -> set == InstructionSet.AVX512 ? 2 : 0;
            default -> 0;
        };
    }

    /**
     * Writes {@code lowTile}.
     *
     * @param rows 1 or 4: one group of rows
     * @param isBytes whether weights are bytes and not floats
     */
    final void emitLowTile(int rows, boolean isBytes, Convention convention) {
        int panels = panelsOfLowTile(set, rows);
        int vectors = panels * InstructionSet.HALVES;
        int weightBytes = isBytes ? 1 : Float.BYTES;
        int free = vectors * rows + rows;
        Convention.Frame frame =
                convention.frame(set.registers(), PANEL, THREE_PANELS, PANEL_SCALES, THREE_PANEL_SCALES);
        Label groups = code.label();
        Label done = code.label();
        frame.enter(code);
        KernelArguments.loadWithArray(code, convention, A, B, PANEL, SCALES, PANEL_SCALES, STEPS, START, C);
        code.lea(THREE_PANELS, Address.of(PANEL, PANEL, 2, 0));
        code.lea(THREE_PANEL_SCALES, Address.of(PANEL_SCALES, PANEL_SCALES, 2, 0));
        for (int row = 0; row < rows; row++) {
            for (int vector = 0; vector < vectors; vector++) {
                code.vmovups(set.register(row * vectors + vector), Address.of(START, vector * set.bytes()));
            }
        }
        code.test(STEPS, STEPS);
        code.jz(done);
        code.align(16);
        code.bind(groups);
        code.mov(STEPS_OF_GROUP, GROUP_OF_SCALES);
        Label loop = code.here();
        for (int row = 0; row < rows; row++) {
            code.vbroadcastss(set.register(vectors * rows + row), Address.of(A, row * Float.BYTES));
        }
        for (int vector = 0; vector < vectors; vector++) {
            Vec weight = set.register(free + vector % (set.registers() - free));
            int panel = vector / InstructionSet.HALVES;
            int half = vector % InstructionSet.HALVES;
            Address at = ofPanel(B, PANEL, THREE_PANELS, panel, half * set.bytes() / Float.BYTES * weightBytes);
            if (isBytes) {
                code.vpmovsxbd(weight, at);
                code.vcvtdq2ps(weight, weight);
                code.vmulps(weight, weight, scale(panel, half));
            } else {
                code.vmovups(weight, at);
            }
            for (int row = 0; row < rows; row++) {
                code.vfmadd231ps(set.register(row * vectors + vector), set.register(vectors * rows + row), weight);
            }
        }
        code.add(A, rows * Float.BYTES);
        code.add(B, set.columns() * weightBytes);
        code.dec(STEPS);
        code.jz(done);
        code.dec(STEPS_OF_GROUP);
        code.jnz(loop);
        code.add(SCALES, panelRow());
        code.jmp(groups);
        code.bind(done);
        for (int vector = 0; vector < rows * vectors; vector++) {
            code.vmovups(Address.of(C, vector * set.bytes()), set.register(vector));
        }
        frame.leave(code);
    }

    /** Returns where half a row of a panel's scales lies. */
    Address scale(int panel, int half) {
        return ofPanel(SCALES, PANEL_SCALES, THREE_PANEL_SCALES, panel, half * set.bytes());
    }

    private static Address ofPanel(Gp first, Gp distance, Gp threeDistances, int panel, int displacement) {
        return switch (panel) {
            case 0 -> Address.of(first, displacement);
            case 3 -> Address.of(first, threeDistances, 1, displacement);
            default -> Address.of(first, distance, panel, displacement);
        };
    }

    // ---- packing ----

    /**
     * Writes {@code pack}. Squares of four by four are transposed by two steps of unpacking, two squares at a time:
     *
     * <pre>
     * a0 a1 a2 a3 | a4 ..      a0 b0 a1 b1 | a4 ..      a0 b0 c0 d0 | a4 b4 c4 d4
     * b0 b1 b2 b3 | b4 ..      c0 d0 c1 d1 | c4 ..      a1 b1 c1 d1 | a5 b5 c5 d5
     * c0 c1 c2 c3 | c4 ..      a2 b2 a3 b3 | a6 ..      a2 b2 c2 d2 | a6 b6 c6 d6
     * d0 d1 d2 d3 | d4 ..      c2 d2 c3 d3 | c6 ..      a3 b3 c3 d3 | a7 b7 c7 d7
     * </pre>
     */
    final void emitPack(Convention convention) {
        int columns = Vec.Width.YMM.bytes();
        Convention.Frame frame = convention.frame(VECTORS_OF_PACKING, WHOLE);
        Label rest = code.label();
        Label done = code.label();
        frame.enter(code);
        KernelArguments.loadWithArray(code, convention, A, ROWS[0], ROWS[1], ROWS[2], ROWS[3], COUNT);
        code.shl(COUNT, 2);
        code.mov(WHOLE, COUNT);
        code.and(WHOLE, -columns);
        code.xor(AT, AT);
        code.cmp(AT, WHOLE);
        code.jae(rest);
        Label squares = code.here();
        packSquares();
        code.add(A, ROWS_OF_PACKING * columns);
        code.add(AT, columns);
        code.cmp(AT, WHOLE);
        code.jb(squares);
        code.bind(rest);
        code.cmp(AT, COUNT);
        code.jae(done);
        Label column = code.here();
        for (int row = 0; row < ROWS_OF_PACKING; row++) {
            code.vmovss(Vec.xmm(0), Address.of(ROWS[row], AT, 1, 0));
            code.vmovss(Address.of(A, row * Float.BYTES), Vec.xmm(0));
        }
        code.add(A, ROWS_OF_PACKING * Float.BYTES);
        code.add(AT, Float.BYTES);
        code.cmp(AT, COUNT);
        code.jb(column);
        code.bind(done);
        frame.leave(code);
    }

    private void packSquares() {
        for (int row = 0; row < ROWS_OF_PACKING; row++) {
            code.vmovups(Vec.ymm(row), Address.of(ROWS[row], AT, 1, 0));
        }
        code.vunpcklps(Vec.ymm(4), Vec.ymm(0), Vec.ymm(1));
        code.vunpcklps(Vec.ymm(5), Vec.ymm(2), Vec.ymm(3));
        code.vunpckhps(Vec.ymm(6), Vec.ymm(0), Vec.ymm(1));
        code.vunpckhps(Vec.ymm(7), Vec.ymm(2), Vec.ymm(3));
        code.vpunpcklqdq(Vec.ymm(8), Vec.ymm(4), Vec.ymm(5));
        code.vpunpckhqdq(Vec.ymm(9), Vec.ymm(4), Vec.ymm(5));
        code.vpunpcklqdq(Vec.ymm(10), Vec.ymm(6), Vec.ymm(7));
        code.vpunpckhqdq(Vec.ymm(11), Vec.ymm(6), Vec.ymm(7));
        int vector = Vec.Width.YMM.bytes();
        for (int pair = 0; pair < 2; pair++) {
            Vec even = Vec.ymm(8 + 2 * pair);
            Vec odd = Vec.ymm(9 + 2 * pair);
            code.vinsertf128(Vec.ymm(12), even, odd.xmm(), 1);
            code.vperm2f128(Vec.ymm(13), even, odd, upperHalves());
            code.vmovups(Address.of(A, pair * vector), Vec.ymm(12));
            code.vmovups(Address.of(A, (2 + pair) * vector), Vec.ymm(13));
        }
    }

    /** Returns the order that takes the upper half of one vector, then that of another. */
    int upperHalves() {
        return 0x31;
    }
}
