package dev.fovea.tensor;

/** How a module offers a backend: found by {@link java.util.ServiceLoader}. */
public interface BackendProvider {

    /** What {@code --device} calls it. */
    String name();

    /**
     * Starts the backend.
     *
     * @param threads how many threads may compute at once, the caller's included; 0 for all cores
     * @throws FoveaException if it cannot work here, saying why and what to do
     */
    Backend open(int threads);
}
