package dev.fovea.tensor.kit;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.fovea.tensor.Backend;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The kit itself on trial: every mistake of {@link Broken} must be found by the checks of its own operation. */
class BrokenBackendsTest {

    /** Cases of every check before the next ones of the first: most mistakes are found early by one of them. */
    private static final int ROUND = 4;

    @TestFactory
    Stream<DynamicTest> everyMistakeIsFound() {
        return Broken.all().entrySet().stream()
                .map(mistake ->
                        DynamicTest.dynamicTest(mistake.getKey(), () -> isFound(mistake.getKey(), mistake.getValue())));
    }

    private static void isFound(String name, Supplier<Backend> broken) {
        String operation = name.substring(0, name.indexOf(":"));
        List<Check> checks = BackendContract.checks().stream()
                .filter(check -> check.operation().equals(operation))
                .toList();
        assertTrue(!checks.isEmpty(), "no checks of " + operation);
        for (int from = 0; from < Check.CASES; from += ROUND) {
            for (Check check : checks) {
                try {
                    check.run(broken.get(), threads -> broken.get(), from, Math.min(check.cases(), from + ROUND));
                } catch (AssertionError found) {
                    assertTrue(found.getMessage().contains("again with -Dfovea.kit.seed="), found.getMessage());
                    return;
                }
            }
        }
        fail("no check of " + operation + " noticed " + name);
    }
}
