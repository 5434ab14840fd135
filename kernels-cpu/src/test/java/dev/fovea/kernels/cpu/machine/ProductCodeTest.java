package dev.fovea.kernels.cpu.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fovea.kernels.cpu.machine.ProductTrial.Guarded;
import dev.fovea.tensor.Precision;
import dev.fovea.tensor.numbers.HalfFloats;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The machine code of every precision for every instruction set beside the same arithmetic in Java: see {@link
 * ProductTrial}.
 */
class ProductCodeTest {

    private final ProductTrial trial = new ProductTrial();

    @AfterEach
    void close() {
        trial.close();
    }

    static Stream<Object[]> integers() {
        return Stream.of(InstructionSet.values())
                .flatMap(set -> Stream.of(Precision.INT16, Precision.INT8)
                        .filter(set::has)
                        .map(precision -> new Object[] {precision, set}));
    }

    static ProductCode code(Precision precision, InstructionSet set) throws ExecutableMemory.Refused {
        assumeTrue(set.runs(precision, Processor.current()), "this processor has no " + set + " for " + precision);
        return ProductCode.write(precision, set);
    }

    @ParameterizedTest
    @MethodSource("integers")
    void tilesOfEveryHeightAreExact(Precision precision, InstructionSet set) throws ExecutableMemory.Refused {
        ProductCode code = code(precision, set);
        assertEquals(set == InstructionSet.AVX512 ? 32 : 16, code.layout().columns());
        assertEquals(set == InstructionSet.AVX512 ? 12 : 6, code.tallest());
        for (int rows = 1; rows <= code.tallest(); rows++) {
            for (int groups : new int[] {1, 2, 5}) {
                trial.tile(code, rows, groups);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("integers")
    void rowsAreRoundedAsDefined(Precision precision, InstructionSet set) throws ExecutableMemory.Refused {
        trial.rows(code(precision, set));
    }

    /** Functions for Windows, called on other systems: each begins with moving the argument to where Windows has it. */
    @ParameterizedTest
    @MethodSource("integers")
    void functionsForWindowsAreExactToo(Precision precision, InstructionSet set) throws ExecutableMemory.Refused {
        code(precision, set);
        // The other way round, registers that Windows wants back could be destroyed.
        assumeTrue(Convention.current() == Convention.SYSTEM_V);
        List<WrittenFunctions.Function> functions = ProductCode.functions(precision, set, Convention.WINDOWS).stream()
                .map(function -> new WrittenFunctions.Function(function.name(), code -> {
                    code.mov(Convention.WINDOWS.argument(0), Convention.SYSTEM_V.argument(0));
                    function.emitter().accept(code);
                }))
                .toList();
        ProductCode code = ProductCode.write(precision, set, functions);
        trial.tile(code, code.tallest(), 2);
        trial.rows(code);
    }

    @Test
    void bfloat16IsRoundedToTheNearest() throws ExecutableMemory.Refused {
        ProductCode code = code(Precision.BF16, InstructionSet.AVX512);
        float[] numbers = trial.numbers(64);
        MemorySegment from = trial.floats(numbers);
        Guarded to = trial.guarded(code.layout().tileGroup(1));
        code.roundInputs(from.address(), to.inside().address(), 0, 1, 0, 0);
        for (int i = 0; i < 64; i++) {
            assertEquals(
                    HalfFloats.floatToBfloat16(numbers[i]),
                    to.inside().get(ValueLayout.JAVA_SHORT_UNALIGNED, 2L * i),
                    "number " + i);
        }
        to.check("row");
    }

    /** Small whole numbers, whose sums are exact in any order. What lies behind the last word of inputs is not read. */
    @Test
    void tilesOfBfloat16AreExact() throws ExecutableMemory.Refused {
        ProductCode code = code(Precision.BF16, InstructionSet.AVX512);
        GroupLayout layout = code.layout();
        int columns = layout.columns();
        int groups = 3;
        int inputs = groups * 64 - 29;
        for (int rows = 1; rows <= code.tallest(); rows++) {
            Guarded a = trial.guarded((long) groups * layout.tileGroup(rows));
            Guarded b = trial.guarded((long) groups * layout.panelGroup());
            Guarded start = trial.guarded(columns * Float.BYTES);
            Guarded c = trial.guarded((long) rows * columns * Float.BYTES);
            float[] expected = new float[rows * columns];
            for (int column = 0; column < columns; column++) {
                start.inside().set(ValueLayout.JAVA_FLOAT_UNALIGNED, (long) column * Float.BYTES, column);
                for (int row = 0; row < rows; row++) {
                    expected[row * columns + column] = column;
                }
            }
            for (int i = 0; i < groups * 64; i++) {
                long groupOfA = (long) i / 64 * layout.tileGroup(rows);
                long groupOfB = (long) i / 64 * layout.panelGroup();
                for (int column = 0; column < columns; column++) {
                    long at = groupOfB + ((long) i % 64 / 2 * columns + column) * Integer.BYTES + i % 2 * 2L;
                    b.inside().set(ValueLayout.JAVA_SHORT_UNALIGNED, at, ofInput(i, inputs, i * 7 + column * 3));
                }
                for (int row = 0; row < rows; row++) {
                    long at = groupOfA + (long) row * layout.rowBytes() + i % 64 * 2L;
                    a.inside().set(ValueLayout.JAVA_SHORT_UNALIGNED, at, ofInput(i, inputs, i * 5 + row * 11));
                    for (int column = 0; i < inputs && column < columns; column++) {
                        expected[row * columns + column] += HalfFloats.bfloat16ToFloat(whole(i * 5 + row * 11))
                                * HalfFloats.bfloat16ToFloat(whole(i * 7 + column * 3));
                    }
                }
            }
            code.tiles(
                    new TileRun(a.inside().address(), 0, rows, 1),
                    b.inside().address(),
                    start.inside().address(),
                    c.inside().address(),
                    inputs,
                    b.inside().address(),
                    new TileTarget(c.inside().address(), (long) columns * Float.BYTES, 0, 0, true));
            for (int i = 0; i < expected.length; i++) {
                assertEquals(expected[i], c.number(i), rows + " rows, element " + i);
            }
            c.check("c");
        }
    }

    /** Returns a number for an input, zero for those that fill up a turn of the loop, NaN for what is behind. */
    private static short ofInput(int index, int inputs, int seed) {
        short beyond = index < Math.ceilDiv(inputs, 8) * 8 ? 0 : HalfFloats.floatToBfloat16(Float.NaN);
        return index < inputs ? whole(seed) : beyond;
    }

    private static short whole(int seed) {
        return HalfFloats.floatToBfloat16(seed % 17 - 8);
    }
}
