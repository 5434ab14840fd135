package dev.fovea.kernels.cpu.machine;

/**
 * Writes the widening of packed weights to floats, with the vectors of any {@link InstructionSet}:
 *
 * <pre>
 * void widenHalf, widenBfloat(from, to, rows)                rows of a panel
 * void widenBytes(from, to, rows, scales)                    to = from * scales, one for each column
 * </pre>
 *
 * Twins: the widening in {@code VectorKernels}, whose bits these functions have.
 *
 * <p>Not final, so that tests can plant mistakes and see that they are found.
 */
class WideningCode {

    private static final Gp FROM = Gp.R8;
    private static final Gp TO = Gp.R9;
    private static final Gp ROWS = Gp.R10;
    private static final Gp SCALES = Gp.R11;

    private final InstructionSet set;
    private final Assembler code;

    WideningCode(InstructionSet set, Assembler code) {
        this.set = set;
        this.code = code;
    }

    /** Writes the widening of IEEE half precision. Needs F16C, which every processor with AVX2 has. */
    final void emitHalf(Convention convention) {
        emit(Short.BYTES, convention, (half, at) -> code.vcvtph2ps(vector(half), at));
    }

    /** Writes the widening of bfloat16. */
    final void emitBfloat(Convention convention) {
        emit(Short.BYTES, convention, (half, at) -> {
            code.vpmovzxwd(vector(half), at);
            code.vpslld(vector(half), vector(half), placesOfBfloat());
        });
    }

    /** Returns the bits that a bfloat16 is shorter by than a float. */
    int placesOfBfloat() {
        return Float.SIZE - Short.SIZE;
    }

    /** Writes the widening of bytes. */
    final void emitBytes(Convention convention) {
        emit(Byte.BYTES, convention, (half, at) -> {
            code.vpmovsxbd(vector(half), at);
            code.vcvtdq2ps(vector(half), vector(half));
            code.vmulps(vector(half), vector(half), scale(half));
        });
    }

    /** Returns where the scales of half a panel's columns lie. */
    Address scale(int half) {
        return Address.of(SCALES, half * set.bytes());
    }

    private Vec vector(int half) {
        return set.register(half);
    }

    /** Writes the widening of half a row. */
    private interface Body {
        void emit(int half, Address at);
    }

    private void emit(int bytesOfElement, Convention convention, Body body) {
        Convention.Frame frame = convention.frame(InstructionSet.HALVES);
        frame.enter(code);
        KernelArguments.load(code, convention, FROM, TO, ROWS, SCALES);
        code.align(16);
        Label loop = code.here();
        int lanes = set.bytes() / Float.BYTES;
        for (int half = 0; half < InstructionSet.HALVES; half++) {
            body.emit(half, Address.of(FROM, half * lanes * bytesOfElement));
            code.vmovups(Address.of(TO, half * set.bytes()), vector(half));
        }
        code.add(FROM, set.columns() * bytesOfElement);
        code.add(TO, set.columns() * Float.BYTES);
        code.dec(ROWS);
        code.jnz(loop);
        frame.leave(code);
    }
}
