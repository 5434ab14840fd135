package dev.fovea.models.nn;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import java.util.HashMap;
import java.util.Map;

/**
 * Holds the backends that were opened for models, one for each device and number of threads, so that two models do not
 * have twice as many threads as there are cores. A backend is closed with the last of its models.
 */
final class SharedBackends {

    private static final Map<Key, Shared> OPEN = new HashMap<>();

    private record Key(String device, int threads) {}

    private static final class Shared {
        private final Backend backend;
        private int models;

        Shared(Backend backend) {
            this.backend = backend;
        }
    }

    private SharedBackends() {}

    /** Opens a backend, or returns the one that is open already. Give it back with {@link #release}. */
    static Backend acquire(String device, int threads) {
        synchronized (OPEN) {
            Key key = new Key(device, threads);
            Shared shared = OPEN.get(key);
            if (shared == null) {
                shared = new Shared(Backends.open(device, threads));
                OPEN.put(key, shared);
            }
            shared.models++;
            return shared.backend;
        }
    }

    /** Closes a backend if this was its last model. */
    static void release(String device, int threads) {
        synchronized (OPEN) {
            Key key = new Key(device, threads);
            Shared shared = OPEN.get(key);
            shared.models--;
            if (shared.models == 0) {
                OPEN.remove(key);
                shared.backend.close();
            }
        }
    }
}
