package dev.fovea.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;

/** The backends on the class path. */
public final class Backends {

    /** What is used when nobody asks for another. */
    public static final String DEFAULT = "cpu";

    private static final String REFERENCE = "reference";

    private Backends() {}

    /** Names that {@link #open} knows here; {@code reference} is always among them. */
    public static List<String> names() {
        List<String> names = new ArrayList<>();
        for (BackendProvider provider : ServiceLoader.load(BackendProvider.class)) {
            names.add(provider.name());
        }
        names.add(REFERENCE);
        return names;
    }

    /**
     * Starts a backend.
     *
     * @param name as {@code --device} calls it
     * @param threads threads to compute with, 0 for all cores
     * @throws FoveaException if there is no such backend, or it cannot work here
     */
    public static Backend open(String name, int threads) {
        for (BackendProvider provider : ServiceLoader.load(BackendProvider.class)) {
            if (provider.name().equals(name)) {
                return provider.open(threads);
            }
        }
        if (name.equals(REFERENCE)) {
            return new ReferenceBackend();
        }
        throw new FoveaException("no backend \"" + name + "\" on the class path; found " + String.join(", ", names())
                + (name.equals(DEFAULT) ? "; add the dependency dev.fovea:fovea-kernels-cpu" : ""));
    }
}
