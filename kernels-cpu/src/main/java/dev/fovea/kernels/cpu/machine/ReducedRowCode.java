package dev.fovea.kernels.cpu.machine;

import dev.fovea.tensor.Precision;

/**
 * Rounds a row of f32 for a product in a reduced {@link Precision}, for AVX-512:
 *
 * <pre>
 * void round(from, to, scale, groups, stride)
 *
 * for each group of 64 numbers                   {@code to} and {@code scale} are {@code stride} bytes further on each time
 *   largest = largest magnitude, at least 2^-100; as integers, in whose order NaN is above all numbers
 *   scale   = largest / most                     less itself and plus itself: NaN if it is infinite
 *   to      = nearest integers to from * (most / largest), bytes with 128 added
 * </pre>
 *
 * In bf16 the numbers are only rounded. Definition: {@link Precision#scale} and {@link Precision#round}.
 */
final class ReducedRowCode {

    private static final int VECTORS = 4;
    private static final int LINE = 64;

    /** Vector registers that are used. */
    private static final int REGISTERS = 20;

    private static final Gp STRIDE = Gp.R10;

    private static final Vec MOST = Vec.xmm(16);
    private static final Vec SMALLEST = Vec.xmm(17);
    private static final Vec MAGNITUDE = Vec.zmm(18);
    private static final Vec SIGN = Vec.xmm(19);

    private final GroupLayout layout;
    private final Assembler code;

    private ReducedRowCode(GroupLayout layout, Assembler code) {
        this.layout = layout;
        this.code = code;
    }

    /**
     * Writes the function.
     *
     * @param most the largest magnitude of an integer
     * @param isUnsigned whether 128 is added to bytes
     */
    static void emit(GroupLayout layout, int most, boolean isUnsigned, Assembler code, Convention convention) {
        Convention.Frame frame = convention.frame(REGISTERS);
        frame.enter(code);
        frame.load(code, STRIDE, 4);
        new ReducedRowCode(layout, code).emit(most, isUnsigned, convention);
        frame.leave(code);
    }

    private void emit(int most, boolean isUnsigned, Convention convention) {
        Gp from = convention.argument(0);
        Gp to = convention.argument(1);
        Gp scale = convention.argument(2);
        Gp groups = convention.argument(3);
        boolean integers = layout.precision().isInteger();
        if (integers) {
            constant(MOST, Float.floatToIntBits(most));
            constant(SMALLEST, Float.floatToIntBits(0x1p-100f));
            constant(MAGNITUDE, Integer.MAX_VALUE);
            constant(SIGN, 0x80808080);
        }
        Label loop = code.label();
        code.align(16);
        code.bind(loop);
        for (int i = 0; i < VECTORS; i++) {
            code.vmovups(Vec.zmm(i), Address.of(from, i * LINE));
        }
        if (integers) {
            findScale(scale);
        }
        for (int i = 0; i < VECTORS; i++) {
            Vec value = Vec.zmm(i);
            if (integers) {
                code.vmulps(value, value, Vec.zmm(7));
                code.vcvtps2dq(value, value);
            }
            switch (layout.precision()) {
                case INT8 -> {
                    code.vpmovsdb(Vec.xmm(8), value);
                    if (isUnsigned) {
                        code.vpxord(Vec.xmm(8), Vec.xmm(8), SIGN);
                    }
                    code.vmovdqu32(Address.of(to, i * LINE / 4), Vec.xmm(8));
                }
                case INT16 -> {
                    code.vpmovsdw(Vec.ymm(8), value);
                    code.vmovdqu32(Address.of(to, i * LINE / 2), Vec.ymm(8));
                }
                case BF16 -> {
                    code.vcvtneps2bf16(Vec.ymm(8), value);
                    code.vmovdqu32(Address.of(to, i * LINE / 2), Vec.ymm(8));
                }
                default -> throw new IllegalArgumentException("no rows of " + layout.precision());
            }
        }
        code.add(from, VECTORS * LINE);
        code.add(to, STRIDE);
        code.add(scale, STRIDE);
        code.dec(groups);
        code.jnz(loop);
    }

    private void constant(Vec register, int bits) {
        code.mov(Gp.RAX, bits);
        code.vpbroadcastd(register, Gp.RAX);
    }

    /** Stores the scale and leaves the factor in all lanes of zmm7. */
    private void findScale(Gp scale) {
        for (int i = 0; i < VECTORS; i++) {
            code.vpandd(Vec.zmm(8 + i), Vec.zmm(i), MAGNITUDE);
        }
        code.vpmaxsd(Vec.zmm(8), Vec.zmm(8), Vec.zmm(9));
        code.vpmaxsd(Vec.zmm(10), Vec.zmm(10), Vec.zmm(11));
        code.vpmaxsd(Vec.zmm(8), Vec.zmm(8), Vec.zmm(10));
        code.vextractf64x4(Vec.ymm(9), Vec.zmm(8), 1);
        code.vpmaxsd(Vec.ymm(8), Vec.ymm(8), Vec.ymm(9));
        code.vextractf128(Vec.xmm(9), Vec.ymm(8), 1);
        Vec largest = Vec.xmm(8);
        code.vpmaxsd(largest, largest, Vec.xmm(9));
        code.vpshufd(Vec.xmm(9), largest, 0x4E);
        code.vpmaxsd(largest, largest, Vec.xmm(9));
        code.vpshufd(Vec.xmm(9), largest, 0xB1);
        code.vpmaxsd(largest, largest, Vec.xmm(9));
        code.vmaxps(largest, SMALLEST, largest);
        code.vdivps(Vec.xmm(6), largest, MOST);
        code.vsubps(Vec.xmm(7), Vec.xmm(6), Vec.xmm(6));
        code.vaddps(Vec.xmm(6), Vec.xmm(7), Vec.xmm(6));
        code.vmovd(Address.of(scale), Vec.xmm(6));
        code.vdivps(Vec.xmm(7), MOST, largest);
        code.vbroadcastss(Vec.zmm(7), Vec.xmm(7));
    }
}
