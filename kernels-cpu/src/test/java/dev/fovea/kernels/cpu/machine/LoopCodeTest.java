package dev.fovea.kernels.cpu.machine;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fovea.kernels.cpu.loops.VectorKernels;
import dev.fovea.tensor.Activation;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The loops in machine code beside those of the Vector API, at the width of vectors that this JVM uses: see
 * {@link LoopTrial}.
 */
class LoopCodeTest {

    /** Returns what is written for the width in use; the test is skipped where there is nothing. */
    static InstructionSet set() {
        int bytes = new VectorKernels().panelColumns() / InstructionSet.HALVES * Float.BYTES;
        InstructionSet set = InstructionSet.ofLoops(bytes, Processor.current());
        assumeTrue(set != null, "this processor has no loops of " + bytes + " bytes");
        return set;
    }

    @TestFactory
    Stream<DynamicTest> bitsAreThoseOfTheVectorApi() throws ExecutableMemory.Refused {
        InstructionSet set = set();
        LoopFunctions loops = LoopFunctions.write(set, LoopFunctions.functions(set, Convention.current()));
        TileFunctions tiles = TileFunctions.write(set, TileFunctions.functions(set, Convention.current()));
        return Stream.concat(
                Stream.of(Activation.values())
                        .map(activation ->
                                test(activation.name(), loops, tiles, trial -> trial.activation(activation))),
                Stream.of(
                        test("exp", loops, tiles, LoopTrial::exponentials),
                        test("expColumns", loops, tiles, LoopTrial::columns),
                        test("element by element", loops, tiles, LoopTrial::elements),
                        test("layerNorm", loops, tiles, LoopTrial::layerNorms),
                        test("down to a number", loops, tiles, LoopTrial::numbers),
                        test("sums of products", loops, tiles, LoopTrial::sumsOfProducts),
                        test("dots and weightedSum", loops, tiles, LoopTrial::products),
                        test("crossProducts", loops, tiles, LoopTrial::crossProducts),
                        test("tiles", loops, tiles, LoopTrial::tiles),
                        test("ends of tiles", loops, tiles, LoopTrial::endsOfTiles),
                        test("low tiles", loops, tiles, LoopTrial::lowTiles),
                        test("packing", loops, tiles, LoopTrial::packing),
                        test("widening", loops, tiles, LoopTrial::widening),
                        test("Winograd's transforms", loops, tiles, LoopTrial::winograd)));
    }

    private static DynamicTest test(String name, LoopFunctions loops, TileFunctions tiles, Consumer<LoopTrial> test) {
        return DynamicTest.dynamicTest(name, () -> {
            try (LoopTrial trial = new LoopTrial(loops, tiles)) {
                test.accept(trial);
            }
        });
    }

    /** Functions for Windows, called on other systems: each begins with moving arguments to where Windows has them. */
    @Test
    void functionsForWindowsAreExactToo() throws ExecutableMemory.Refused {
        InstructionSet set = set();
        // The other way round, registers that Windows wants back could be destroyed.
        assumeTrue(Convention.current() == Convention.SYSTEM_V);
        LoopFunctions loops = LoopFunctions.write(set, called(LoopFunctions.functions(set, Convention.WINDOWS)));
        TileFunctions tiles = TileFunctions.write(set, called(TileFunctions.functions(set, Convention.WINDOWS)));
        try (LoopTrial trial = new LoopTrial(loops, tiles)) {
            trial.all();
        }
    }

    private static List<WrittenFunctions.Function> called(List<WrittenFunctions.Function> functions) {
        return functions.stream()
                .map(function -> new WrittenFunctions.Function(function.name(), code -> {
                    code.mov(Convention.WINDOWS.argument(0), Convention.SYSTEM_V.argument(0));
                    code.mov(Convention.WINDOWS.argument(1), Convention.SYSTEM_V.argument(1));
                    function.emitter().accept(code);
                }))
                .toList();
    }

    @Test
    void functionsAreWrittenOnceForAWidthThatThereIs() {
        InstructionSet set = set();
        LoopFunctions functions = LoopFunctions.of(set.bytes());
        assertNotNull(functions);
        assertSame(functions, LoopFunctions.of(set.bytes()));
        assertNull(LoopFunctions.of(16));
        assertNotNull(TileFunctions.of(set.bytes()));
        assertSame(TileFunctions.of(set.bytes()), TileFunctions.of(set.bytes()));
        assertNull(TileFunctions.of(16));
    }
}
