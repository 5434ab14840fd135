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
     * Names the kernels of machine code that its large products run on this machine, one for each precision, f32 first;
     * none where it has no machine code of its own.
     */
    default List<String> kernels() {
        return List.of();
    }

    /**
     * Returns a kernel of machine code as text, for people: a line for each instruction, {@code address bytes
     * instruction ; comment}, with two spaces between, and for each label.
     *
     * @param kernel one of {@link #kernels}
     * @throws FoveaException if there is no such kernel
     */
    default String listing(String kernel) {
        throw new FoveaException("the backend " + name() + " has no kernel '" + kernel + "' of machine code");
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
