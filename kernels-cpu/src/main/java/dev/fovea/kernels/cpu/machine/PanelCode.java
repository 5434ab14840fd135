package dev.fovea.kernels.cpu.machine;

/**
 * Brings a group of weights into the order of a panel, for AVX-512:
 *
 * <pre>
 * void turn(from, stride, to, blocks)            to[word][column] = from[column][word], 32 columns and 16 words a block
 *
 * for each 16 columns, each block of 16 words
 *   16 rows of 16 words                          one register each
 *   pairs of rows, pairs of pairs                {@code vpunpckldq}, {@code vpunpcklqdq}: squares of 4 x 4 are
 *                                                transposed in every lane of 128 bits
 *   lanes                                        {@code vshuff32x4} twice
 * </pre>
 *
 * and, for bytes, computes what is subtracted from their sums because 128 was added to every element of x:
 *
 * <pre>
 * void starts(group, to)                         to[column] = -128 * sum of the column's 64 bytes
 * </pre>
 */
final class PanelCode {

    private static final int SIDE = 16;
    private static final int LINE = 64;
    private static final int REGISTERS = 32;

    /** Left shift that multiplies by 128. */
    private static final int OFFSET_BITS = 7;

    private static final Gp ROW = Gp.RAX;
    private static final Gp FROM = Gp.R8;
    private static final Gp TO = Gp.R9;
    private static final Gp STRIDE = Gp.RDX;
    private static final Gp BLOCKS = Gp.R10;

    private final GroupLayout layout;
    private final Assembler code;

    PanelCode(GroupLayout layout, Assembler code) {
        this.layout = layout;
        this.code = code;
    }

    private int panelRow() {
        return layout.columns() * Integer.BYTES;
    }

    /** Writes {@code turn}. */
    void emitTurn(Convention convention) {
        Convention.Frame frame = convention.frame(REGISTERS);
        frame.enter(code);
        KernelArguments.load(code, convention, FROM, STRIDE, TO, BLOCKS);
        Label loop = code.label();
        code.align(SIDE);
        code.bind(loop);
        code.mov(ROW, FROM);
        for (int half = 0; half < 2; half++) {
            for (int row = 0; row < SIDE; row++) {
                code.vmovups(Vec.zmm(row), Address.of(ROW));
                code.add(ROW, STRIDE);
            }
            turnSquare();
            for (int word = 0; word < SIDE; word++) {
                code.vmovups(Address.of(TO, word * panelRow() + half * LINE), Vec.zmm(word));
            }
        }
        code.add(FROM, LINE);
        code.add(TO, SIDE * panelRow());
        code.dec(BLOCKS);
        code.jnz(loop);
        frame.leave(code);
    }

    /** Turns zmm0 to zmm15 by way of the other sixteen. */
    private void turnSquare() {
        for (int pair = 0; pair < SIDE; pair += 2) {
            code.vpunpckldq(other(pair), Vec.zmm(pair), Vec.zmm(pair + 1));
            code.vpunpckhdq(other(pair + 1), Vec.zmm(pair), Vec.zmm(pair + 1));
        }
        for (int four = 0; four < SIDE; four += 4) {
            code.vpunpcklqdq(Vec.zmm(four), other(four), other(four + 2));
            code.vpunpckhqdq(Vec.zmm(four + 1), other(four), other(four + 2));
            code.vpunpcklqdq(Vec.zmm(four + 2), other(four + 1), other(four + 3));
            code.vpunpckhqdq(Vec.zmm(four + 3), other(four + 1), other(four + 3));
        }
        for (int column = 0; column < 4; column++) {
            int evenLanes = 0x88;
            int oddLanes = 0xDD;
            code.vshuff32x4(other(0), Vec.zmm(column), Vec.zmm(column + 4), evenLanes);
            code.vshuff32x4(other(1), Vec.zmm(column + 8), Vec.zmm(column + 12), evenLanes);
            code.vshuff32x4(other(2), Vec.zmm(column), Vec.zmm(column + 4), oddLanes);
            code.vshuff32x4(other(3), Vec.zmm(column + 8), Vec.zmm(column + 12), oddLanes);
            code.vshuff32x4(Vec.zmm(column), other(0), other(1), evenLanes);
            code.vshuff32x4(Vec.zmm(column + 8), other(0), other(1), oddLanes);
            code.vshuff32x4(Vec.zmm(column + 4), other(2), other(3), evenLanes);
            code.vshuff32x4(Vec.zmm(column + 12), other(2), other(3), oddLanes);
        }
    }

    private static Vec other(int index) {
        return Vec.zmm(SIDE + index);
    }

    /** Writes {@code starts}. */
    void emitStarts(Convention convention) {
        Convention.Frame frame = convention.frame(4);
        Vec ones = Vec.zmm(3);
        frame.enter(code);
        KernelArguments.load(code, convention, FROM, TO);
        code.mov(ROW, 0x01010101L);
        code.vpbroadcastd(ones, ROW);
        for (int half = 0; half < 2; half++) {
            Vec sum = Vec.zmm(0);
            code.vpxord(sum, sum, sum);
            for (int step = 0; step < layout.steps(); step++) {
                code.vpdpbusd(sum, ones, Address.of(FROM, step * panelRow() + half * LINE));
            }
            code.vpslld(sum, sum, OFFSET_BITS);
            code.vpxord(Vec.zmm(1), Vec.zmm(1), Vec.zmm(1));
            code.vpsubd(sum, Vec.zmm(1), sum);
            code.vmovups(Address.of(TO, half * LINE), sum);
        }
        frame.leave(code);
    }
}
