package dev.fovea.tensor;

import java.util.List;

/** Offers the backend of a module; found by {@link java.util.ServiceLoader}. */
public interface BackendProvider {

    /** Returns what {@code --device} calls it. */
    String name();

    /**
     * Returns what it can compute on, the unusable included.
     *
     * @throws FoveaException if it cannot work here at all, saying why and what to do
     */
    List<BackendDevice> devices();

    /** Returns the precisions that it has arithmetic of their own for; in all others it computes as in f32. */
    default List<Precision> precisions() {
        return List.of(Precision.F32);
    }

    /**
     * Starts the backend.
     *
     * @param device which of its devices: the part after the colon of {@code --device name:device}, or an empty string
     *     for the best
     * @param threads how many threads may compute at once, the caller's included; 0 for all cores
     * @throws FoveaException if there is no such device or it cannot work here, saying why and what to do
     */
    Backend open(String device, int threads);
}
