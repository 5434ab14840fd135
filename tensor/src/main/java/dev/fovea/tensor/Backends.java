package dev.fovea.tensor;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;

/**
 * The backends on the class path. They are found by {@link ServiceLoader}, and Fovea's own by the names of their classes, too: a tool that
 * makes one jar of many keeps only one of the files in {@code META-INF/services} unless it is told to merge them.
 */
public final class Backends {

    /** What is used when nobody asks for another. */
    public static final String DEFAULT = "cpu";

    /** So many broken lines in {@code META-INF/services} are passed over. */
    private static final int MOST_FAILURES = 100;

    /** Fovea's own backends in the order in which they are listed. */
    private static final List<Own> OWN = List.of(
            new Own(DEFAULT, "dev.fovea.kernels.cpu.CpuBackendProvider", "dev.fovea:fovea-kernels-cpu"),
            new Own("opencl", "dev.fovea.kernels.opencl.OpenClBackendProvider", "dev.fovea:fovea-kernels-opencl"),
            new Own("reference", "dev.fovea.tensor.reference.ReferenceBackendProvider", "dev.fovea:fovea-tensor"));

    private Backends() {}

    /** A backend of Fovea: its name, its provider's class and the artifact that holds it. */
    private record Own(String name, String provider, String artifact) {}

    /** Names that {@link #open} knows here; {@code reference} is always among them. */
    public static List<String> names() {
        return providers().stream().map(BackendProvider::name).toList();
    }

    /** Lists {@link #names} and those of Fovea's own backends that are not on the class path. */
    public static List<String> allNames() {
        Set<String> names = new LinkedHashSet<>();
        OWN.forEach(own -> names.add(own.name));
        names.addAll(names());
        return List.copyOf(names);
    }

    /** What all backends can compute on; one that cannot work here is listed with its reason. */
    public static List<BackendDevice> devices() {
        List<BackendDevice> devices = new ArrayList<>();
        for (BackendProvider provider : providers()) {
            try {
                devices.addAll(provider.devices());
            } catch (FoveaException e) {
                devices.add(new BackendDevice(provider.name(), "", "", "", "", 0, 0, List.of(), e.getMessage()));
            }
        }
        return devices;
    }

    /**
     * The precisions that a backend has arithmetic of their own for on this machine; in all others it computes as in f32.
     *
     * @param name as {@link #open} takes it
     */
    public static List<Precision> precisions(String name) {
        return providers().stream()
                .filter(provider -> provider.name().equals(name.split(":", 2)[0]))
                .findFirst()
                .map(BackendProvider::precisions)
                .orElse(List.of());
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
        for (BackendProvider provider : providers()) {
            if (provider.name().equals(parts[0])) {
                return provider.open(device, threads);
            }
        }
        throw new FoveaException("no backend \"" + name + "\" on the class path; found " + String.join(", ", names())
                + whatToAdd(parts[0]));
    }

    private static String whatToAdd(String name) {
        return OWN.stream()
                .filter(own -> own.name.equals(name))
                .findFirst()
                .map(own -> "; add the dependency " + own.artifact
                        + ", and if it is there, tell the tool that makes one jar of" + " many to keep the class "
                        + own.provider)
                .orElse("");
    }

    /** Those of Fovea first. */
    private static Collection<BackendProvider> providers() {
        Map<String, BackendProvider> found = new LinkedHashMap<>();
        Set<ClassLoader> loaders = new LinkedHashSet<>();
        // A thread of a common pool may know fewer classes than whoever loaded this one, and the other way round.
        loaders.add(Backends.class.getClassLoader());
        loaders.add(Thread.currentThread().getContextClassLoader());
        loaders.remove(null);
        for (ClassLoader loader : loaders) {
            OWN.forEach(own -> addOwn(found, own, loader));
            addServices(found, loader);
        }
        return found.values();
    }

    private static void addOwn(Map<String, BackendProvider> found, Own own, ClassLoader loader) {
        if (found.containsKey(own.provider)) {
            return;
        }
        try {
            Class<?> type = Class.forName(own.provider, true, loader);
            found.put(own.provider, (BackendProvider) type.getConstructor().newInstance());
        } catch (ReflectiveOperationException | LinkageError | ClassCastException notHere) {
            // not on this class path, or made for another version of this class
        }
    }

    private static void addServices(Map<String, BackendProvider> found, ClassLoader loader) {
        Iterator<ServiceLoader.Provider<BackendProvider>> services =
                ServiceLoader.load(BackendProvider.class, loader).stream().iterator();
        for (int failures = 0; failures < MOST_FAILURES; ) {
            try {
                if (!services.hasNext()) {
                    return;
                }
                ServiceLoader.Provider<BackendProvider> service = services.next();
                String type = service.type().getName();
                if (!found.containsKey(type)) {
                    found.put(type, service.get());
                }
            } catch (ServiceConfigurationError notHere) {
                failures++; // a file names a class that whoever made the jar has left out; the others may be there
            }
        }
    }
}
