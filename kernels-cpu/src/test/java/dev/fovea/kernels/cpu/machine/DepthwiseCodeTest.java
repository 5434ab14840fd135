package dev.fovea.kernels.cpu.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fovea.kernels.cpu.loops.VectorKernels;
import dev.fovea.kernels.cpu.memory.Memory;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.opentest4j.AssertionFailedError;

/** Depthwise convolutions in machine code beside sums of products on the Vector API: the same bits. */
class DepthwiseCodeTest {

    private static final int CANARIES = 64;

    private final InstructionSet set = LoopCodeTest.set();
    private final Random random = new Random(5);

    private interface Emitter {
        void emit(PixelRun run, Assembler code, Convention convention);
    }

    private final Emitter right = (run, code, convention) -> new DepthwiseCode(set, run, code).emit(convention);

    @Test
    void bitsAreThoseOfTheVectorApi() {
        for (int width : new int[] {1, 2, 3, 5, 7}) {
            for (int stride : new int[] {1, 2, 3}) {
                for (int pixels : new int[] {1, 3, DepthwiseCode.mostPixels(set, width)}) {
                    int inputs = new PixelRun(width, stride, pixels, 0, 0).inputs();
                    for (int left : new int[] {0, inputs / 3, inputs - 1}) {
                        int right = random.nextInt(inputs - left);
                        tryOut(new PixelRun(width, stride, pixels, left, right), Convention.current(), this.right);
                    }
                }
            }
        }
    }

    @Test
    void functionsForWindowsAreExactToo() {
        assumeTrue(Convention.current() == Convention.SYSTEM_V);
        tryOut(new PixelRun(3, 1, 4, 1, 0), Convention.WINDOWS, (run, code, convention) -> {
            code.mov(Convention.WINDOWS.argument(0), Convention.SYSTEM_V.argument(0));
            right.emit(run, code, convention);
        });
    }

    @Test
    void mistakesAreFound() {
        List<Emitter> wrong = List.of(
                (run, code, convention) -> new DepthwiseCode(set, run, code) {
                    @Override
                    void store(Address to, Vec from, boolean isRest) {
                        super.store(to, from, false);
                    }
                }.emit(convention),
                (run, code, convention) -> new DepthwiseCode(set, run, code) {
                    @Override
                    Vec tap(int column) {
                        return super.tap(Math.min(column, 1));
                    }
                }.emit(convention),
                (run, code, convention) -> new DepthwiseCode(
                                set, new PixelRun(3, 1, 4, run.left() + 1, run.right()), code)
                        .emit(convention));
        for (Emitter mistake : wrong) {
            assertThrows(
                    AssertionFailedError.class,
                    () -> tryOut(new PixelRun(3, 1, 4, 1, 0), Convention.current(), mistake));
        }
    }

    private void tryOut(PixelRun run, Convention convention, Emitter emitter) {
        DepthwiseFunction function;
        try {
            function = DepthwiseFunction.write(
                    new WrittenFunctions.Function("depthwise", code -> emitter.emit(run, code, convention)));
        } catch (ExecutableMemory.Refused refused) {
            throw new AssertionError(refused);
        }
        for (int channels : new int[] {1, 7, 16, 33, 80}) {
            for (int lines : new int[] {1, 3}) {
                compare(function, run, lines, channels);
            }
        }
    }

    private void compare(DepthwiseFunction function, PixelRun run, int lines, int channels) {
        int inside = run.inputs() - run.left() - run.right();
        long row = channels * 4L;
        long pixelBytes = row + 12;
        long lineBytes = inside * pixelBytes + 20;
        try (Arena arena = Arena.ofConfined()) {
            long x = numbers(arena, (int) (lines * lineBytes / 4));
            long taps = numbers(arena, lines * run.kernelWidth() * channels);
            long start = numbers(arena, channels);
            int floats = run.pixels() * channels + 2 * CANARIES;
            long expected = arena.allocate(4L * floats, 64).address();
            long found = arena.allocate(4L * floats, 64).address();
            long at = 4L * CANARIES;
            function.compute(x, lineBytes, pixelBytes, lines, taps, start, found + at, channels);
            for (int pixel = 0; pixel < run.pixels(); pixel++) {
                long[] seen = new long[lines * run.kernelWidth()];
                long[] weights = new long[seen.length];
                int terms = 0;
                for (int line = 0; line < lines; line++) {
                    for (int column = 0; column < run.kernelWidth(); column++) {
                        int input = pixel * run.stride() + column - run.left();
                        if (input >= 0 && input < inside) {
                            seen[terms] = x + line * lineBytes + input * pixelBytes;
                            weights[terms++] = taps + (line * run.kernelWidth() + column) * row;
                        }
                    }
                }
                new VectorKernels().sumOfProducts(seen, weights, terms, start, expected + at + pixel * row, channels);
            }
            for (int i = 0; i < floats; i++) {
                int place = i - CANARIES;
                assertEquals(
                        Memory.get(expected + 4L * i),
                        Memory.get(found + 4L * i),
                        () -> run + ", " + lines + " lines, " + channels + " channels: float " + place);
            }
        }
    }

    private long numbers(Arena arena, int count) {
        long numbers = arena.allocate(4L * count, 64).address();
        for (int i = 0; i < count; i++) {
            Memory.set(numbers + 4L * i, (float) random.nextGaussian());
        }
        return numbers;
    }
}
