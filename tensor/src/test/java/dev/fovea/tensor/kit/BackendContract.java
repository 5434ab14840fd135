package dev.fovea.tensor.kit;

import dev.fovea.tensor.Backend;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/**
 * What every backend must pass: each operation on random shapes and numbers beside the {@link
 * dev.fovea.tensor.reference.ReferenceBackend reference}, and the promises of {@link Backend} that are not numbers. A
 * backend's own tests extend this class and say how to start it.
 *
 * <p>The number of random cases is {@code -Dfovea.kit.cases} (60), their seed {@code -Dfovea.kit.seed}; a failure
 * prints what it drew and how to run that case alone.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class BackendContract {

    private Backend backend;

    /**
     * Starts a backend of the kind under test.
     *
     * @param threads how many may compute at once, the caller's included; 0 for as many as usual
     */
    protected abstract Backend open(int threads);

    /** False for a backend that leaves its memory to the garbage collector. */
    protected boolean reusesMemory() {
        return true;
    }

    @BeforeAll
    void openBackend() {
        backend = open(0);
    }

    @AfterAll
    void closeBackend() {
        if (backend != null) { // not opened where the machine has no such device
            backend.close();
            if (HostileChecks.isLong()) {
                System.out.println(getClass().getSimpleName() + ": " + HostileChecks.counts());
            }
        }
    }

    @TestFactory
    Stream<DynamicNode> linear() {
        return tests(LinearChecks.all());
    }

    @TestFactory
    Stream<DynamicNode> precisions() {
        return tests(PrecisionChecks.all());
    }

    @TestFactory
    Stream<DynamicNode> attention() {
        return tests(AttentionChecks.all());
    }

    @TestFactory
    Stream<DynamicNode> rows() {
        return tests(RowChecks.all());
    }

    @TestFactory
    Stream<DynamicNode> elements() {
        return tests(ElementChecks.all());
    }

    @TestFactory
    Stream<DynamicNode> moving() {
        return tests(MovingChecks.all());
    }

    @TestFactory
    Stream<DynamicNode> pictures() {
        return tests(PictureChecks.all());
    }

    @TestFactory
    Stream<DynamicNode> gradients() {
        return tests(GradientChecks.all());
    }

    @TestFactory
    Stream<DynamicNode> mistakes() {
        return tests(MistakeChecks.all());
    }

    @TestFactory
    Stream<DynamicNode> hostile() {
        return tests(HostileChecks.all());
    }

    @TestFactory
    Stream<DynamicNode> memory() {
        return Stream.concat(tests(MemoryChecks.all()), reusesMemory() ? tests(MemoryChecks.reuse()) : Stream.of());
    }

    @TestFactory
    Stream<DynamicNode> bits() {
        return tests(BitChecks.all());
    }

    /** Every check there is. */
    static List<Check> checks() {
        return Stream.of(
                        LinearChecks.all(),
                        PrecisionChecks.all(),
                        AttentionChecks.all(),
                        RowChecks.all(),
                        ElementChecks.all(),
                        MovingChecks.all(),
                        PictureChecks.all(),
                        GradientChecks.all(),
                        MistakeChecks.all(),
                        HostileChecks.all(),
                        MemoryChecks.all(),
                        MemoryChecks.reuse(),
                        BitChecks.all())
                .flatMap(List::stream)
                .toList();
    }

    private Stream<DynamicNode> tests(List<Check> checks) {
        return checks.stream()
                .map(Check::operation)
                .distinct()
                .map(operation -> DynamicContainer.dynamicContainer(
                        operation,
                        checks.stream()
                                .filter(check -> check.operation().equals(operation))
                                .map(check ->
                                        DynamicTest.dynamicTest(check.name(), () -> check.run(backend, this::open)))));
    }
}
