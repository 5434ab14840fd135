package dev.fovea.studio.runs;

import dev.fovea.service.error.HttpFailure;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** Keeps the last runs, as many as fit into a quarter of the heap. Safe to use from several threads. */
final class RunStore {

    /** Most runs that are kept. */
    static final int KEPT = 8;

    private static final long KEPT_BYTES = Runtime.getRuntime().maxMemory() / 4;

    private final Map<String, StudioRun> runs = new LinkedHashMap<>();
    private final AtomicInteger last = new AtomicInteger();

    /** Returns the id of the next run. */
    String next() {
        return "r" + last.incrementAndGet();
    }

    synchronized void keep(StudioRun run) {
        runs.put(run.run(), run);
        while (runs.size() > KEPT || runs.size() > 1 && bytes() > KEPT_BYTES) {
            runs.remove(runs.keySet().iterator().next());
        }
    }

    private long bytes() {
        return runs.values().stream().mapToLong(StudioRun::bytes).sum();
    }

    /**
     * Finds a run.
     *
     * @throws HttpFailure if it is not kept, or of another kind
     */
    synchronized <R extends StudioRun> R find(String id, Class<R> kind) {
        StudioRun run = runs.get(id);
        if (run == null) {
            throw HttpFailure.notFound(
                    "run",
                    "no_run",
                    "this run is kept no longer, or was made before the studio started; start it again");
        }
        if (!kind.isInstance(run)) {
            throw HttpFailure.refused(409, "cannot", "this run is of another kind, which has no such figure");
        }
        return kind.cast(run);
    }
}
