package dev.fovea.kernels.cpu.machine;

/**
 * Writes depthwise convolution for some output pixels side by side in a line, with the vectors of any {@link
 * InstructionSet}:
 *
 * <pre>
 * void depthwise(x, lineBytes, pixelBytes, lines, taps, start, out, channels)
 *
 * for each vector of channels, the rest
 *   sums[pixel] = start                            in a register each
 *   for each line that the kernel lies on
 *     taps of the line                             in a register each
 *     for each input pixel under some output       read once
 *       sums[output] += pixel * tap                every output that has a tap there
 *   out[pixel] = sums[pixel]
 * </pre>
 *
 * An output takes its taps line by line and from the left, one after the other, as {@code VectorRows.sumOfProducts}
 * does, and has its bits. That one reads a pixel and a tap for every product, which takes twice as long as the product.
 *
 * <p>Not final, so that tests can plant mistakes and see that they are found.
 */
class DepthwiseCode extends LoopCode {

    // General registers: all that there are.
    private static final Gp X = Gp.R8;
    private static final Gp LINE_BYTES = Gp.R9;
    private static final Gp PIXEL_BYTES = Gp.R10;
    private static final Gp LINES = Gp.R11;
    private static final Gp TAPS = Gp.RDX;
    private static final Gp START = Gp.RCX;
    private static final Gp OUT = Gp.RBX;
    private static final Gp WHOLE = Gp.RSI;
    private static final Gp REST = Gp.RDI;
    private static final Gp TAP_BYTES = Gp.R12;
    private static final Gp LINE = Gp.R13;
    private static final Gp LINES_LEFT = Gp.R14;
    private static final Gp TAP = Gp.R15;
    private static final Gp PIXEL = Gp.RBP;

    private final PixelRun run;

    DepthwiseCode(InstructionSet set, PixelRun run, Assembler code) {
        super(set, code);
        this.run = run;
    }

    /** Returns the most output pixels that registers suffice for; less than 1 for kernels that are too wide. */
    static int mostPixels(InstructionSet set, int kernelWidth) {
        int forLanesOfRest = set == InstructionSet.AVX512 ? 0 : 1;
        return Math.min(PixelRun.MOST, set.registers() - forLanesOfRest - 1 - kernelWidth);
    }

    /** Writes the function. */
    final void emit(Convention convention) {
        Convention.Frame frame =
                convention.frame(set.registers(), OUT, WHOLE, REST, TAP_BYTES, LINE, LINES_LEFT, TAP, PIXEL);
        frame.enter(code);
        KernelArguments.load(code, convention, X, LINE_BYTES, PIXEL_BYTES, LINES, TAPS, START, OUT, WHOLE);
        code.mov(TAP_BYTES, WHOLE);
        code.shl(TAP_BYTES, 2);
        cut(WHOLE, REST);
        overRow(WHOLE, REST, this::sumLines);
        frame.leave(code);
        writeOnes();
    }

    private Vec sum(int pixel) {
        return vector(pixel);
    }

    Vec tap(int column) {
        return vector(run.pixels() + column);
    }

    private void sumLines(boolean isRest) {
        load(sum(0), at(START), isRest);
        for (int pixel = 1; pixel < run.pixels(); pixel++) {
            code.vmovups(sum(pixel), sum(0));
        }
        code.mov(LINE, X);
        code.mov(TAP, TAPS);
        code.mov(LINES_LEFT, LINES);
        Label line = code.here();
        for (int column = 0; column < run.kernelWidth(); column++) {
            load(tap(column), at(TAP), isRest);
            code.add(TAP, TAP_BYTES);
        }
        sumPixels(isRest);
        code.add(LINE, LINE_BYTES);
        code.dec(LINES_LEFT);
        code.jnz(line);
        code.mov(PIXEL, OUT);
        for (int pixel = 0; pixel < run.pixels(); pixel++) {
            store(at(PIXEL), sum(pixel), isRest);
            code.add(PIXEL, TAP_BYTES);
        }
    }

    private void sumPixels(boolean isRest) {
        Vec x = vector(run.pixels() + run.kernelWidth());
        code.mov(PIXEL, LINE);
        for (int input = run.left(); input < run.inputs() - run.right(); input++) {
            load(x, at(PIXEL), isRest);
            code.add(PIXEL, PIXEL_BYTES);
            for (int pixel = 0; pixel < run.pixels(); pixel++) {
                int column = input - pixel * run.stride();
                if (column >= 0 && column < run.kernelWidth()) {
                    code.vfmadd231ps(sum(pixel), x, tap(column));
                }
            }
        }
    }
}
