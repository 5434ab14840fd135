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

    /** What all backends can compute on; one that cannot work here is listed with its reason. */
    public static List<BackendDevice> devices() {
        List<BackendDevice> devices = new ArrayList<>();
        for (BackendProvider provider : ServiceLoader.load(BackendProvider.class)) {
            try {
                devices.addAll(provider.devices());
            } catch (FoveaException e) {
                devices.add(new BackendDevice(provider.name(), "", "", "", "", 0, 0, e.getMessage()));
            }
        }
        return devices;
    }

    /**
     * Starts a backend.
     *
     * @param name as {@code --device} calls it: a backend, or a backend and one of its devices ({@code opencl:1})
     * @param threads threads to compute with, 0 for all cores
     * @throws FoveaException if there is no such backend or device, or it cannot work here
     */
    public static Backend open(String name, int threads) {
        String[] parts = name.split(":", 2);
        String device = parts.length == 2 ? parts[1] : "";
        for (BackendProvider provider : ServiceLoader.load(BackendProvider.class)) {
            if (provider.name().equals(parts[0])) {
                return provider.open(device, threads);
            }
        }
        if (name.equals(REFERENCE)) {
            return new ReferenceBackend();
        }
        throw new FoveaException("no backend \"" + name + "\" on the class path; found " + String.join(", ", names())
                + (name.equals(DEFAULT) ? "; add the dependency dev.fovea:fovea-kernels-cpu" : ""));
    }
}
