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
 * The loops over rows in machine code beside those of the Vector API, at the width of vectors that this JVM uses: see
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
        LoopFunctions functions = LoopFunctions.write(set, LoopFunctions.functions(set, Convention.current()));
        return Stream.concat(
                Stream.of(Activation.values())
                        .map(activation -> test(activation.name(), functions, trial -> trial.activation(activation))),
                Stream.of(
                        test("exp", functions, LoopTrial::exponentials),
                        test("expColumns", functions, LoopTrial::columns),
                        test("element by element", functions, LoopTrial::elements),
                        test("layerNorm", functions, LoopTrial::layerNorms),
                        test("down to a number", functions, LoopTrial::numbers),
                        test("sums of products", functions, LoopTrial::sumsOfProducts),
                        test("dots and weightedSum", functions, LoopTrial::products)));
    }

    private static DynamicTest test(String name, LoopFunctions functions, Consumer<LoopTrial> test) {
        return DynamicTest.dynamicTest(name, () -> {
            try (LoopTrial trial = new LoopTrial(functions)) {
                test.accept(trial);
            }
        });
    }

    /** Functions for Windows, called on other systems: each begins with moving the argument to where Windows has it. */
    @Test
    void functionsForWindowsAreExactToo() throws ExecutableMemory.Refused {
        InstructionSet set = set();
        // The other way round, registers that Windows wants back could be destroyed.
        assumeTrue(Convention.current() == Convention.SYSTEM_V);
        List<WrittenFunctions.Function> functions = LoopFunctions.functions(set, Convention.WINDOWS).stream()
                .map(function -> new WrittenFunctions.Function(function.name(), code -> {
                    code.mov(Convention.WINDOWS.argument(0), Convention.SYSTEM_V.argument(0));
                    function.emitter().accept(code);
                }))
                .toList();
        try (LoopTrial trial = new LoopTrial(LoopFunctions.write(set, functions))) {
            trial.all();
        }
    }

    @Test
    void functionsAreWrittenOnceForAWidthThatThereIs() {
        InstructionSet set = set();
        LoopFunctions functions = LoopFunctions.of(set.bytes());
        assertNotNull(functions);
        assertSame(functions, LoopFunctions.of(set.bytes()));
        assertNull(LoopFunctions.of(16));
    }
}
