package dev.fovea.kernels.cpu.machine;

import java.util.HashMap;
import java.util.Map;

/**
 * Writes functions when they are first asked for, and keeps them. Safe to use from many threads.
 *
 * @param <K> what they are written for
 * @param <F> the functions
 */
final class WrittenOnce<K, F> {

    /** Writes functions and makes them executable. */
    @FunctionalInterface
    interface Writer<K, F> {
        F write(K key) throws ExecutableMemory.Refused;
    }

    private final Writer<K, F> writer;
    private final Map<K, F> written = new HashMap<>();

    WrittenOnce(Writer<K, F> writer) {
        this.writer = writer;
    }

    /**
     * Returns the functions, or null where executable memory is refused. The processor has been asked by then, which
     * needs some, too: so it ran out, and there may be more next time.
     */
    synchronized F get(K key) {
        F functions = written.get(key);
        if (functions == null) {
            try {
                functions = writer.write(key);
            } catch (ExecutableMemory.Refused refused) {
                return null;
            }
            written.put(key, functions);
        }
        return functions;
    }
}
