package dev.fovea.kernels.cpu.machine;

/**
 * Writes the transforms of Winograd's 3 x 3 convolution, a vector of channels at a time, with the vectors of any {@link
 * InstructionSet}:
 *
 * <pre>
 * void input(pixels, to, toStride, bytes, square)            pixels: addresses of 6 x 6 pixels
 * void output(from, fromStride, bias, to, pixelBytes, lineBytes, bytes, square)
 *
 * for each vector of channels                                bytes: of all channels
 *   for each column of 6                 square = Bᵀ column        (output: square = Aᵀ column)
 *   for each row of that                 row = square B            (output: row = square A)
 * </pre>
 *
 * Between the two a square lies in memory, {@code [6][6]} vectors. Twin: {@code VectorWinograd}, whose bits these
 * functions have.
 *
 * <p>Not final, so that tests can plant mistakes and see that they are found.
 */
class WinogradCode {

    private static final int SIDE = 6;
    private static final int OUT = 4;

    // General registers. Those that a convention preserves are saved.
    private static final Gp AT = Gp.RAX;
    private static final Gp FROM = Gp.R8;
    private static final Gp STRIDE = Gp.R9;
    private static final Gp TO = Gp.R10;
    private static final Gp BYTES = Gp.R11;
    private static final Gp SQUARE = Gp.RCX;
    private static final Gp POINTER = Gp.RDX;
    private static final Gp LINE = Gp.RSI;
    private static final Gp THREE = Gp.RDI;
    private static final Gp FIVE = Gp.RBX;
    private static final Gp BIAS = Gp.R12;
    private static final Gp PIXEL_BYTES = Gp.R13;
    private static final Gp LINE_BYTES = Gp.R14;
    private static final Gp COLUMN = Gp.R15;

    private static final int FIRST_CONSTANT = 9;

    /** What the polynomials are evaluated at, besides 0 and infinity, with both signs. */
    static final float P = 0.625f;

    static final float Q = 1.5f;

    private static final float P2 = P * P;
    private static final float Q2 = Q * Q;

    private final InstructionSet set;
    private final Assembler code;

    WinogradCode(InstructionSet set, Assembler code) {
        this.set = set;
        this.code = code;
    }

    private Vec vector(int index) {
        return set.register(index);
    }

    /** Returns where a vector of the square between both passes lies. */
    Address ofSquare(int row, int column) {
        return Address.of(SQUARE, (row * SIDE + column) * set.bytes());
    }

    /** Says where one of the results of a pass goes. */
    private interface Results {
        Address of(int index);
    }

    // ---- input ----

    /** Writes {@code input}. */
    final void emitInput(Convention convention) {
        Convention.Frame frame = convention.frame(set.registers(), LINE, THREE, FIVE);
        frame.enter(code);
        KernelArguments.load(code, convention, FROM, TO, STRIDE, BYTES, SQUARE);
        code.lea(THREE, Address.of(STRIDE, STRIDE, 2, 0));
        code.lea(FIVE, Address.of(STRIDE, STRIDE, 4, 0));
        LoopConstants constants = new LoopConstants(set, code, FIRST_CONSTANT, -P2, -Q2, P2 * Q2, -(P2 + Q2), P, Q);
        code.xor(AT, AT);
        code.align(16);
        Label loop = code.here();
        for (int j = 0; j < SIDE; j++) {
            int column = j;
            for (int i = 0; i < SIDE; i++) {
                code.mov(POINTER, Address.of(FROM, (i * SIDE + j) * Long.BYTES));
                code.vmovups(vector(i), Address.of(POINTER, AT, 1, 0));
            }
            transformInput(constants, i -> ofSquare(i, column));
        }
        code.lea(LINE, Address.of(TO, AT, 1, 0));
        for (int i = 0; i < SIDE; i++) {
            for (int j = 0; j < SIDE; j++) {
                code.vmovups(vector(j), ofSquare(i, j));
            }
            transformInput(constants, WinogradCode::place);
            code.add(LINE, THREE);
            code.add(LINE, THREE);
        }
        code.add(AT, set.bytes());
        code.cmp(AT, BYTES);
        code.jb(loop);
        frame.leave(code);
        constants.write();
    }

    /** Returns one of six places, from {@link #LINE} on. */
    private static Address place(int index) {
        return switch (index) {
            case 0 -> Address.of(LINE);
            case 3 -> Address.of(LINE, THREE, 1, 0);
            case 5 -> Address.of(LINE, FIVE, 1, 0);
            default -> Address.of(LINE, STRIDE, index, 0);
        };
    }

    /** Multiplies the first six vectors by Bᵀ. */
    private void transformInput(LoopConstants constants, Results results) {
        Operand product = constants.of(P2 * Q2);
        Operand negSum = constants.of(-(P2 + Q2));
        Vec first = vector(6);
        Vec second = vector(7);
        Vec result = vector(8);
        for (int odd = 0; odd < 2; odd++) {
            code.vmovups(first, vector(4 + odd));
            code.vfmadd231ps(first, vector(2 + odd), negSum);
            code.vfmadd231ps(first, vector(odd), product);
            code.vmovups(results.of(SIDE * odd - odd), first);
        }
        for (int pair = 0; pair < 2; pair++) {
            Operand negSquare = constants.of(pair == 0 ? -Q2 : -P2);
            code.vmovups(first, vector(4));
            code.vfmadd231ps(first, vector(2), negSquare);
            code.vmovups(second, vector(3));
            code.vfmadd231ps(second, vector(1), negSquare);
            code.vmulps(second, second, constants.of(pair == 0 ? P : Q));
            code.vaddps(result, first, second);
            code.vmovups(results.of(1 + 2 * pair), result);
            code.vsubps(result, first, second);
            code.vmovups(results.of(2 + 2 * pair), result);
        }
    }

    // ---- output ----

    /** Writes {@code output}. */
    final void emitOutput(Convention convention) {
        Convention.Frame frame =
                convention.frame(set.registers(), LINE, THREE, FIVE, BIAS, PIXEL_BYTES, LINE_BYTES, COLUMN);
        frame.enter(code);
        KernelArguments.load(code, convention, FROM, STRIDE, BIAS, TO, PIXEL_BYTES, LINE_BYTES, BYTES, SQUARE);
        Gp sixStrides = FIVE;
        code.imul(sixStrides, STRIDE, SIDE);
        code.lea(THREE, Address.of(PIXEL_BYTES, PIXEL_BYTES, 2, 0));
        LoopConstants constants = new LoopConstants(set, code, FIRST_CONSTANT, P, P2, P2 * P, Q, Q2, Q2 * Q);
        code.xor(AT, AT);
        code.align(16);
        Label loop = code.here();
        code.lea(COLUMN, Address.of(FROM, AT, 1, 0));
        for (int j = 0; j < SIDE; j++) {
            int column = j;
            code.mov(POINTER, COLUMN);
            for (int i = 0; i < SIDE; i++) {
                code.vmovups(vector(i), Address.of(POINTER));
                code.add(POINTER, sixStrides);
            }
            transformOutput(constants, null, i -> ofSquare(i, column));
            code.add(COLUMN, STRIDE);
        }
        Vec bias = vector(8);
        code.vmovups(bias, Address.of(BIAS, AT, 1, 0));
        code.lea(LINE, Address.of(TO, AT, 1, 0));
        for (int i = 0; i < OUT; i++) {
            for (int j = 0; j < SIDE; j++) {
                code.vmovups(vector(j), ofSquare(i, j));
            }
            transformOutput(constants, bias, WinogradCode::pixel);
            code.add(LINE, LINE_BYTES);
        }
        code.add(AT, set.bytes());
        code.cmp(AT, BYTES);
        code.jb(loop);
        frame.leave(code);
        constants.write();
    }

    /** Returns one of four pixels of a line, from {@link #LINE} on. */
    private static Address pixel(int index) {
        return switch (index) {
            case 0 -> Address.of(LINE);
            case 3 -> Address.of(LINE, THREE, 1, 0);
            default -> Address.of(LINE, PIXEL_BYTES, index, 0);
        };
    }

    /**
     * Multiplies the first six vectors by Aᵀ.
     *
     * @param start added to every result, or null
     */
    private void transformOutput(LoopConstants constants, Vec start, Results results) {
        Vec sum = vector(6);
        Vec result = vector(7);
        Vec difference = vector(2);
        Vec sum2 = vector(1);
        Vec difference2 = vector(4);
        code.vaddps(sum, vector(1), vector(2));
        code.vsubps(difference, vector(1), vector(2));
        code.vaddps(sum2, vector(3), vector(4));
        code.vsubps(difference2, vector(3), vector(4));
        Vec first = vector(0);
        if (start != null) {
            code.vaddps(first, first, start);
        }
        code.vaddps(first, first, sum);
        code.vaddps(first, first, sum2);
        code.vmovups(results.of(0), first);
        float power = P;
        float power2 = Q;
        for (int i = 1; i < OUT; i++) {
            boolean isEven = i % 2 == 0;
            Vec right = isEven ? sum2 : difference2;
            if (start == null) {
                code.vmulps(result, right, constants.of(power2));
            } else {
                code.vmovups(result, start);
                code.vfmadd231ps(result, right, constants.of(power2));
            }
            code.vfmadd231ps(result, isEven ? sum : difference, constants.of(power));
            if (i == OUT - 1) {
                code.vaddps(result, result, vector(5));
            }
            code.vmovups(results.of(i), result);
            power *= P;
            power2 *= Q;
        }
    }
}
