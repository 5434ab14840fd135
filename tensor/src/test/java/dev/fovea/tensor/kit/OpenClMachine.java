package dev.fovea.tensor.kit;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.FoveaException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.junit.jupiter.api.Assumptions;

/**
 * Tests that need an OpenCL device: skipped with a line on a machine that has none, unless {@value #NEEDED} says that
 * it must have one.
 */
public final class OpenClMachine {

    static final String NEEDED = "FOVEA_TESTS_NEED_OPENCL";

    private static final AtomicBoolean TOLD = new AtomicBoolean();

    private OpenClMachine() {}

    /** The backend on this machine's OpenCL device. */
    public static Backend open() {
        return orSkip(() -> Backends.open("opencl", 0));
    }

    /** What needs a device, or an end of the test. */
    public static <T> T orSkip(Supplier<T> work) {
        try {
            return work.get();
        } catch (FoveaException e) {
            if (System.getenv(NEEDED) == null) {
                if (TOLD.compareAndSet(false, true)) {
                    System.out.println("Tests that need an OpenCL device are skipped: " + e.getMessage());
                }
                Assumptions.abort("skipped: " + e.getMessage());
            }
            throw e;
        }
    }
}
