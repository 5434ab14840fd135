package dev.fovea.kernels.cpu.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fovea.kernels.cpu.machine.ProductTrial.Guarded;
import dev.fovea.kernels.cpu.machine.WrittenFunctions.Function;
import dev.fovea.tensor.Precision;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.opentest4j.AssertionFailedError;

/**
 * The products of attention in machine code beside the same sums in Java, bit for bit, with canaries around whatever
 * they may touch; and mistakes planted in what writes them, each of which is found.
 */
class AttentionCodeTest {

    private final ProductTrial trial = new ProductTrial();

    @AfterEach
    void close() {
        trial.close();
    }

    static Stream<InstructionSet> sets() {
        return Stream.of(InstructionSet.values()).filter(set -> set.has(Precision.F32));
    }

    private static AttentionKernels kernels(InstructionSet set) throws ExecutableMemory.Refused {
        return AttentionKernels.write(set, functions(set, Convention.current()));
    }

    private static List<Function> functions(InstructionSet set, Convention convention) {
        assumeTrue(set.runs(Precision.F32, Processor.current()), "this processor has no " + set);
        return AttentionKernels.functions(set, convention);
    }

    @ParameterizedTest
    @MethodSource("sets")
    void tilesOfEveryHeightAreExact(InstructionSet set) throws ExecutableMemory.Refused {
        AttentionKernels kernels = kernels(set);
        for (int rows = 1; rows <= kernels.tallestTile(); rows++) {
            for (int steps : new int[] {1, 2, 13, 64}) {
                scores(kernels, rows, steps);
                mix(kernels, rows, steps);
                cross(kernels, rows, steps);
            }
        }
    }

    /** Functions for Windows, called on other systems: each begins with moving the argument to where Windows has it. */
    @ParameterizedTest
    @MethodSource("sets")
    void functionsForWindowsAreExactToo(InstructionSet set) throws ExecutableMemory.Refused {
        assumeTrue(Convention.current() == Convention.SYSTEM_V);
        List<Function> functions = functions(set, Convention.WINDOWS).stream()
                .map(function -> new Function(function.name(), code -> {
                    code.mov(Convention.WINDOWS.argument(0), Convention.SYSTEM_V.argument(0));
                    function.emitter().accept(code);
                }))
                .toList();
        AttentionKernels kernels = AttentionKernels.write(set, functions);
        scores(kernels, kernels.tallestTile(), 5);
        mix(kernels, kernels.tallestTile(), 5);
        cross(kernels, kernels.tallestTile(), 5);
    }

    @ParameterizedTest
    @MethodSource("sets")
    void panelsAreTurned(InstructionSet set) throws ExecutableMemory.Refused {
        AttentionKernels kernels = kernels(set);
        assumeTrue(kernels.canTurn());
        int columns = kernels.columns();
        for (int steps : new int[] {16, 80}) {
            int stride = steps + 3;
            float[] numbers = trial.numbers(columns * stride);
            Guarded to = trial.guarded((long) steps * columns * Float.BYTES);
            kernels.turn(
                    trial.floats(numbers).address(),
                    (long) stride * Float.BYTES,
                    to.inside().address(),
                    steps);
            for (int step = 0; step < steps; step++) {
                for (int column = 0; column < columns; column++) {
                    assertEquals(numbers[column * stride + step], to.number(step * columns + column));
                }
            }
            to.check("panel");
        }
    }

    private void scores(AttentionKernels kernels, int rows, int steps) {
        int columns = kernels.columns();
        int stride = steps + 5;
        int outStride = columns + 7;
        float[] keys = trial.numbers(rows * stride);
        float[] queries = trial.numbers(steps * columns);
        Guarded to = trial.guarded(((long) (rows - 1) * outStride + columns) * Float.BYTES);
        kernels.scores(
                rows,
                trial.floats(keys).address(),
                (long) stride * Float.BYTES,
                trial.floats(queries).address(),
                to.inside().address(),
                (long) outStride * Float.BYTES,
                steps);
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                float sum = 0;
                for (int step = 0; step < steps; step++) {
                    sum = Math.fma(keys[row * stride + step], queries[step * columns + column], sum);
                }
                assertEquals(
                        sum,
                        to.number((long) row * outStride + column),
                        rows + " rows: key " + row + ", query " + column);
            }
            checkGap(to, row, rows, columns, outStride);
        }
        to.check("scores");
    }

    private void cross(AttentionKernels kernels, int rows, int steps) {
        int columns = kernels.columns();
        int leftStride = rows + 2;
        int rightStride = columns + 3;
        int outStride = columns + 5;
        float[] left = trial.numbers(steps * leftStride);
        float[] right = trial.numbers(steps * rightStride);
        float[] before = trial.numbers(rows * columns);
        Guarded to = trial.guarded(((long) (rows - 1) * outStride + columns) * Float.BYTES);
        for (int i = 0; i < before.length; i++) {
            long at = (long) (i / columns * outStride + i % columns) * Float.BYTES;
            to.inside().set(ValueLayout.JAVA_FLOAT_UNALIGNED, at, before[i]);
        }
        kernels.cross(
                rows,
                trial.floats(left).address(),
                (long) leftStride * Float.BYTES,
                trial.floats(right).address(),
                (long) rightStride * Float.BYTES,
                to.inside().address(),
                (long) outStride * Float.BYTES,
                steps);
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                float sum = before[row * columns + column];
                for (int step = 0; step < steps; step++) {
                    sum = Math.fma(left[step * leftStride + row], right[step * rightStride + column], sum);
                }
                assertEquals(
                        sum,
                        to.number((long) row * outStride + column),
                        rows + " rows: row " + row + ", column " + column);
            }
            checkGap(to, row, rows, columns, outStride);
        }
        to.check("cross");
    }

    private static void checkGap(Guarded to, int row, int rows, int columns, int stride) {
        for (int gap = columns; row < rows - 1 && gap < stride; gap++) {
            int canaries = to.inside().get(ValueLayout.JAVA_INT_UNALIGNED, ((long) row * stride + gap) * Float.BYTES);
            assertEquals(0x5A5A5A5A, canaries, "between two rows of the result");
        }
    }

    private void mix(AttentionKernels kernels, int rows, int steps) {
        int columns = kernels.columns();
        int stride = columns + 3;
        int outStride = columns + 7;
        float[] weights = trial.numbers(steps * columns);
        float[] values = trial.numbers(steps * stride);
        float[] factors = trial.numbers(rows);
        Guarded to = trial.guarded(((long) (rows - 1) * outStride + columns) * Float.BYTES);
        kernels.mix(
                rows,
                trial.floats(weights).address(),
                trial.floats(values).address(),
                (long) stride * Float.BYTES,
                to.inside().address(),
                (long) outStride * Float.BYTES,
                steps,
                trial.floats(factors).address());
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                float sum = 0;
                for (int step = 0; step < steps; step++) {
                    sum = Math.fma(weights[step * columns + row], values[step * stride + column], sum);
                }
                assertEquals(
                        sum * factors[row],
                        to.number((long) row * outStride + column),
                        rows + " rows: query " + row + ", value " + column);
            }
            checkGap(to, row, rows, columns, outStride);
        }
        to.check("mix");
    }

    // ---- mistakes ----

    /** Makes the kernels of a height with a mistake in them. */
    private interface Broken {
        AttentionCode of(InstructionSet set, int rows, Assembler code);
    }

    @TestFactory
    Stream<DynamicTest> mistakesAreFound() {
        return sets().flatMap(set -> mistakes().entrySet().stream()
                .map(mistake ->
                        DynamicTest.dynamicTest(set + ": " + mistake.getKey(), () -> find(set, mistake.getValue()))));
    }

    private void find(InstructionSet set, Broken broken) throws ExecutableMemory.Refused {
        List<Function> functions = new ArrayList<>(functions(set, Convention.current()));
        for (int rows = 1; rows <= set.tallest(); rows++) {
            int height = rows;
            functions.set(
                    rows - 1,
                    new Function("scores", code -> broken.of(set, height, code).emitScores(Convention.current())));
            functions.set(
                    set.tallest() + rows - 1,
                    new Function("mix", code -> broken.of(set, height, code).emitMix(Convention.current())));
            functions.set(
                    2 * set.tallest() + rows - 1,
                    new Function("cross", code -> broken.of(set, height, code).emitCross(Convention.current())));
        }
        AttentionKernels kernels = AttentionKernels.write(set, functions);
        assertThrows(AssertionFailedError.class, () -> {
            scores(kernels, set.tallest(), 6);
            mix(kernels, set.tallest(), 6);
            cross(kernels, set.tallest(), 6);
        });
    }

    /** All read and write within the memory of the trial, whose canaries see the rest. */
    private static Map<String, Broken> mistakes() {
        return Map.of(
                "the last key is the one before",
                        (set, rows, code) -> new AttentionCode(set, rows, code) {
                            @Override
                            Address key(int row) {
                                return super.key(Math.min(row, Math.max(0, rows - 2)));
                            }
                        },
                "two keys are swapped",
                        (set, rows, code) -> new AttentionCode(set, rows, code) {
                            @Override
                            Address key(int row) {
                                return super.key(row < 2 ? 1 - row : row);
                            }
                        },
                "weights lie a query further",
                        (set, rows, code) -> new AttentionCode(set, rows, code) {
                            @Override
                            Address weight(int row) {
                                return super.weight(row + 1);
                            }
                        },
                "all rows have the first one's factor",
                        (set, rows, code) -> new AttentionCode(set, rows, code) {
                            @Override
                            Address factor(int row) {
                                return super.factor(0);
                            }
                        },
                "halves of the result are swapped",
                        (set, rows, code) -> new AttentionCode(set, rows, code) {
                            @Override
                            Address result(int half) {
                                return super.result(1 - half);
                            }
                        },
                "results are stored a lane too far",
                        (set, rows, code) -> new AttentionCode(set, rows, code) {
                            @Override
                            Address result(int half) {
                                return super.result(half).plus(Float.BYTES);
                            }
                        });
    }
}
