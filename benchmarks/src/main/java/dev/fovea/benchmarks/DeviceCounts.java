package dev.fovea.benchmarks;

import dev.fovea.kernels.opencl.OpenClBackend;
import dev.fovea.kernels.opencl.OpenClBackend.Statistics;
import dev.fovea.tensor.Backend;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Counts what an OpenCL device was asked to do for each work, and the memory that it took. Counts nothing on other
 * backends.
 */
final class DeviceCounts {

    private final OpenClBackend backend;
    private final Map<Work, String> ofWorks = new LinkedHashMap<>();

    DeviceCounts(Backend backend) {
        this.backend = backend instanceof OpenClBackend device ? device : null;
    }

    /** Does some runs of a work and counts them. */
    void count(Work work, int runs, Runnable doing) {
        if (backend == null || runs == 0) {
            doing.run();
            return;
        }
        Statistics before = backend.statistics();
        doing.run();
        Statistics after = backend.statistics();
        ofWorks.put(
                work,
                String.format(
                        Locale.ROOT,
                        "%s: %.1f host waits and %.1f kernels a run",
                        work.name(),
                        (double) (after.hostWaits() - before.hostWaits()) / runs,
                        (double) (after.launches() - before.launches()) / runs));
    }

    /** Returns a paragraph with the counts, or an empty string. */
    String report() {
        if (backend == null) {
            return "";
        }
        Statistics all = backend.statistics();
        return String.format(
                Locale.ROOT,
                "On %s: %s. Device memory at most %d MiB, weights %d MiB: %.2f.%n",
                backend.description(),
                String.join("; ", ofWorks.values()),
                all.mostHeldBytes() >> 20,
                all.weightBytes() >> 20,
                (double) all.mostHeldBytes() / all.weightBytes());
    }
}
