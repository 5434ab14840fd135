package dev.fovea.kernels.cpu.machine;

import dev.fovea.tensor.Precision;

/**
 * The micro-kernel of a product in a reduced {@link Precision}, for AVX-512:
 *
 * <pre>
 * void tile(a, b, start, c, groups, ahead)       C[rows, 32] = start + A[rows, groups * 64] B[groups * 64, 32]
 *
 * c = start                                      each row
 * for each group of 64 inputs
 *   sums[rows, 32] = what sums start from        in 2 registers a row
 *   for each word of 4 bytes or 2 x 16 bits      {@code vpdpbusd}, {@code vpdpwssd}
 *     sums[row] += a[row, word] . b[word]
 *   c[row] += sums[row] * scale of a[row] * scales of b
 * </pre>
 *
 * In bf16 ({@code vdpbf16ps}) there are no scales: the sums are f32, start from {@code start} and are stored after the last group. Here and
 * there a cache line of memory that is needed soon is fetched.
 */
final class ReducedTileCode {

    /** Steps of the innermost loop that are written out. */
    private static final int UNROLLED = 4;

    /** Of these, the steps that fetch a cache line. */
    private static final int FETCHED = 2;

    private static final int LINE = 64;

    /** Vector registers: 24 of sums, two of the panel and four of x. */
    private static final int VECTORS = 30;

    private final GroupLayout layout;
    private final int rows;
    private final Assembler code;
    private final Gp a;
    private final Gp b;
    private final Gp start;
    private final Gp c;
    private final Gp groups = Gp.R10;
    private final Gp ahead = Gp.R11;

    private ReducedTileCode(GroupLayout layout, int rows, Assembler code, Convention convention) {
        this.layout = layout;
        this.rows = rows;
        this.code = code;
        a = convention.argument(0);
        b = convention.argument(1);
        start = convention.argument(2);
        c = convention.argument(3);
    }

    /** Bytes of the memory ahead that one call fetches for every group. */
    static int fetchedBytes(GroupLayout layout) {
        return layout.steps() / UNROLLED * FETCHED * LINE + (layout.precision().isInteger() ? LINE : 0);
    }

    /** Writes the kernel for tiles of so many rows, at most 12. */
    static void emit(GroupLayout layout, int rows, Assembler code, Convention convention) {
        ReducedTileCode tile = new ReducedTileCode(layout, rows, code, convention);
        Convention.Frame frame = convention.frame(VECTORS);
        frame.enter(code);
        frame.load(code, tile.groups, 4);
        frame.load(code, tile.ahead, 5);
        tile.emit();
        frame.leave(code);
    }

    private Vec sum(int row, int half) {
        return Vec.zmm(2 * row + half);
    }

    private Vec panel(int half) {
        return Vec.zmm(24 + half);
    }

    private Address result(int row, int half) {
        return Address.of(c, row * layout.columns() * Float.BYTES + half * LINE);
    }

    private void emit() {
        boolean integers = layout.precision().isInteger();
        for (int half = 0; half < 2; half++) {
            Vec first = integers ? panel(half) : sum(0, half);
            code.vmovups(first, Address.of(start, half * LINE));
            for (int row = 0; row < rows; row++) {
                if (integers) {
                    code.vmovups(result(row, half), first);
                } else if (row > 0) {
                    code.vmovups(sum(row, half), first);
                }
            }
        }
        Label group = code.label();
        code.align(16);
        code.bind(group);
        if (integers) {
            startSums();
        }
        multiply();
        if (integers) {
            addScaled();
        }
        code.add(a, layout.tileGroup(rows) - layout.rowBytes());
        code.add(b, layout.panelGroup() - layout.panelScales());
        code.dec(groups);
        code.jnz(group);
        for (int row = 0; !integers && row < rows; row++) {
            code.vmovups(result(row, 0), sum(row, 0));
            code.vmovups(result(row, 1), sum(row, 1));
        }
    }

    private void startSums() {
        for (int half = 0; half < 2; half++) {
            if (layout.precision() == Precision.INT8) {
                code.vmovdqu32(sum(0, half), Address.of(b, layout.panelStarts() + half * LINE));
            }
            for (int row = 0; row < rows; row++) {
                if (layout.precision() != Precision.INT8) {
                    code.vpxord(sum(row, half), sum(row, half), sum(row, half));
                } else if (row > 0) {
                    code.vmovdqu32(sum(row, half), sum(0, half));
                }
            }
        }
    }

    /** Leaves {@code a} a row's numbers and {@code b} the panel's numbers further on. */
    private void multiply() {
        Label loop = code.label();
        code.mov(Gp.RAX, layout.steps() / UNROLLED);
        code.align(16);
        code.bind(loop);
        for (int step = 0; step < UNROLLED; step++) {
            for (int half = 0; half < 2; half++) {
                code.vmovdqu32(panel(half), Address.of(b, step * 2 * LINE + half * LINE));
            }
            if (step < FETCHED) {
                code.prefetcht0(Address.of(ahead, step * LINE));
            }
            for (int row = 0; row < rows; row++) {
                Vec word = Vec.zmm(26 + row % 4);
                code.vpbroadcastd(word, Address.of(a, row * layout.rowBytes() + step * Integer.BYTES));
                dot(sum(row, 0), word, panel(0));
                dot(sum(row, 1), word, panel(1));
            }
        }
        code.add(a, UNROLLED * Integer.BYTES);
        code.add(b, UNROLLED * 2 * LINE);
        code.add(ahead, FETCHED * LINE);
        code.dec(Gp.RAX);
        code.jnz(loop);
    }

    private void dot(Vec sum, Vec left, Vec right) {
        switch (layout.precision()) {
            case INT8 -> code.vpdpbusd(sum, left, right);
            case INT16 -> code.vpdpwssd(sum, left, right);
            case BF16 -> code.vdpbf16ps(sum, left, right);
            default -> throw new IllegalArgumentException("no tile for " + layout.precision());
        }
    }

    private void addScaled() {
        int scales = layout.tileScales(rows) - layout.rowBytes();
        code.vmovups(panel(0), Address.of(b));
        code.vmovups(panel(1), Address.of(b, LINE));
        code.prefetcht0(Address.of(ahead));
        code.add(ahead, LINE);
        for (int row = 0; row < rows; row++) {
            for (int half = 0; half < 2; half++) {
                Vec sum = sum(row, half);
                code.vcvtdq2ps(sum, sum);
                code.vmulps(sum, sum, Address.of(a, scales + row * Float.BYTES).broadcast());
                code.vfmadd213ps(sum, panel(half), result(row, half));
                code.vmovups(result(row, half), sum);
            }
        }
    }
}
