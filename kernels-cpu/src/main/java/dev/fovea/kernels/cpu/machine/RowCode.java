package dev.fovea.kernels.cpu.machine;

import dev.fovea.tensor.Precision;
import dev.fovea.tensor.numbers.QuantizedMatrix;

/**
 * Rounds a row of f32 for a product in any {@link Precision}, with the vectors of any {@link InstructionSet}:
 *
 * <pre>
 * void round(from, to, scale, groups, stride, scaleStride)
 *
 * for each group of 64 numbers                   to is stride bytes further on each time, scale scaleStride
 *   largest = largest magnitude, at least 2^-100; as integers, in whose order NaN is above all numbers
 *   scale   = largest / most                     less itself and plus itself: NaN if it is infinite
 *   to      = nearest integers to from * (most / largest), bytes with 128 added
 * </pre>
 *
 * In bf16 the elements are only rounded, in f32 copied. Definition: {@link Precision#scale} and {@link
 * Precision#round}.
 *
 * <p>Not final, so that tests can plant mistakes and see that they are found.
 */
class RowCode {

    // General registers that belong to a function under both conventions.
    static final Gp FROM = Gp.R8;
    static final Gp TO = Gp.R9;
    static final Gp SCALE = Gp.RDX;
    static final Gp GROUPS = Gp.R10;
    static final Gp STRIDE = Gp.R11;
    static final Gp SCALE_STRIDE = Gp.RCX;

    /** Vector registers that are used; up to 8 hold a group. */
    private static final int REGISTERS = 16;

    /** Integers of 32 bits in 128, the lanes within which packing stays. */
    private static final int INTS = 4;

    final GroupLayout layout;
    final InstructionSet set;
    final Assembler code;

    /** Whole vectors of a group. */
    private final int vectors;

    private final Vec largest;
    private final Vec other;
    private final Vec factor;
    private final Vec most;
    private final Vec smallest;
    private final Vec magnitude;
    private final Vec sign;
    private final Vec order;

    RowCode(GroupLayout layout, InstructionSet set, Assembler code) {
        this.layout = layout;
        this.set = set;
        this.code = code;
        vectors = QuantizedMatrix.GROUP * Float.BYTES / set.bytes();
        largest = set.register(8);
        other = set.register(9);
        factor = set.register(10);
        most = set.register(11);
        smallest = set.register(12);
        magnitude = set.register(13);
        sign = set.register(14);
        order = set.register(15);
    }

    private Vec value(int index) {
        return set.register(index);
    }

    /**
     * Writes the function.
     *
     * @param largestInteger the largest magnitude of an integer
     * @param isUnsigned whether 128 is added to bytes
     */
    final void emit(int largestInteger, boolean isUnsigned, Convention convention) {
        boolean integers = layout.precision().isInteger();
        Label constants = code.label();
        Convention.Frame frame = convention.frame(REGISTERS);
        frame.enter(code);
        KernelArguments.load(code, convention, FROM, TO, SCALE, GROUPS, STRIDE, SCALE_STRIDE);
        if (integers) {
            loadConstants(constants);
        }
        Label loop = code.label();
        code.align(16);
        code.bind(loop);
        for (int i = 0; i < vectors; i++) {
            code.vmovups(value(i), Address.of(FROM, i * set.bytes()));
        }
        if (integers) {
            findScale();
            for (int i = 0; i < vectors; i++) {
                code.vmulps(value(i), value(i), factor);
                code.vcvtps2dq(value(i), value(i));
            }
        }
        switch (layout.precision()) {
            case INT8 -> storeBytes(isUnsigned);
            case INT16 -> storeShorts();
            case BF16 -> storeBfloat16();
            case F32 -> copy();
        }
        code.add(FROM, vectors * set.bytes());
        code.add(TO, STRIDE);
        code.add(SCALE, SCALE_STRIDE);
        code.dec(GROUPS);
        code.jnz(loop);
        frame.leave(code);
        if (integers) {
            writeConstants(constants, largestInteger);
        }
    }

    private void loadConstants(Label constants) {
        Address next = Address.of(constants);
        code.vmovups(order, next);
        next = next.plus(set.bytes());
        for (Vec constant : new Vec[] {most, smallest, magnitude, sign}) {
            code.vbroadcastss(constant, next);
            next = next.plus(Float.BYTES);
        }
    }

    private void writeConstants(Label constants, int largestInteger) {
        code.align(set.bytes());
        code.bind(constants);
        code.ints(order());
        code.floats(largestInteger, smallest());
        code.ints(magnitudeBits(), 0x80808080);
    }

    /** Returns what a group's largest magnitude is at least, see {@link Precision#scale}. */
    float smallest() {
        return 0x1p-100f;
    }

    /** Returns all bits of a float but its sign. */
    int magnitudeBits() {
        return Integer.MAX_VALUE;
    }

    /** Returns how many vectors of a group the largest magnitude is looked for in. */
    int searched() {
        return vectors;
    }

    /**
     * Tells which int of a packed vector belongs where. Packing works in lanes of 128 bits: a lane gets its part of the
     * first vector, then its part of the next, and so on, while all parts of the first vector should come first.
     */
    int[] order() {
        int lanes = set.bytes() / INTS / Integer.BYTES;
        int partInts = layout.bytes();
        int[] order = new int[set.bytes() / Integer.BYTES];
        for (int i = 0; i < order.length; i++) {
            int part = i / partInts;
            order[i] = part % lanes * INTS + part / lanes * partInts + i % partInts;
        }
        return order;
    }

    /** Stores the scale and leaves the factor in all lanes. */
    private void findScale() {
        code.vandps(largest, value(0), magnitude);
        for (int i = 1; i < searched(); i++) {
            code.vandps(other, value(i), magnitude);
            code.vpmaxsd(largest, largest, other);
        }
        if (set.bytes() > 32) {
            code.vextractf64x4(other.ymm(), largest, 1);
            code.vpmaxsd(largest.ymm(), largest.ymm(), other.ymm());
        }
        Vec one = largest.xmm();
        code.vextractf128(other.xmm(), largest.ymm(), 1);
        code.vpmaxsd(one, one, other.xmm());
        code.vpshufd(other.xmm(), one, 0x4E);
        code.vpmaxsd(one, one, other.xmm());
        code.vpshufd(other.xmm(), one, 0xB1);
        code.vpmaxsd(one, one, other.xmm());
        code.vmaxps(one, smallest.xmm(), one);
        Vec scale = other.xmm();
        code.vdivps(scale, one, most.xmm());
        makeNaN(scale, factor.xmm());
        code.vmovd(Address.of(SCALE), scale);
        code.vdivps(factor.xmm(), most.xmm(), one);
        code.vbroadcastss(factor, factor.xmm());
    }

    /** Makes an infinite scale NaN, less itself and plus itself. */
    void makeNaN(Vec scale, Vec free) {
        code.vsubps(free, scale, scale);
        code.vaddps(scale, free, scale);
    }

    /** Packs four vectors into one. Packing saturates, but only NaN and infinities become integers that do not fit. */
    private void storeBytes(boolean isUnsigned) {
        for (int i = 0; i < vectors; i += 4) {
            Vec packed = value(i);
            code.vpackssdw(packed, packed, value(i + 1));
            code.vpackssdw(value(i + 2), value(i + 2), value(i + 3));
            code.vpacksswb(packed, packed, value(i + 2));
            code.vpermd(packed, order, packed);
            if (isUnsigned) {
                code.vxorps(packed, packed, sign);
            }
            code.vmovups(Address.of(TO, i / 4 * set.bytes()), packed);
        }
    }

    /** Packs two vectors into one. */
    private void storeShorts() {
        for (int i = 0; i < vectors; i += 2) {
            Vec packed = value(i);
            code.vpackssdw(packed, packed, value(i + 1));
            code.vpermd(packed, order, packed);
            code.vmovups(Address.of(TO, i / 2 * set.bytes()), packed);
        }
    }

    private void copy() {
        for (int i = 0; i < vectors; i++) {
            code.vmovups(Address.of(TO, i * set.bytes()), value(i));
        }
    }

    private void storeBfloat16() {
        for (int i = 0; i < vectors; i++) {
            code.vcvtneps2bf16(other.ymm(), value(i));
            code.vmovups(Address.of(TO, i * set.bytes() / 2), other.ymm());
        }
    }
}
