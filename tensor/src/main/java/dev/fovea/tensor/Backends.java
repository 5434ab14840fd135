package dev.fovea.tensor;

import dev.fovea.tensor.services.Services;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.stream.Stream;

/** Opens backends by name, out of those on the class path or module path. */
public final class Backends {

    /** What is used when nobody asks for another. */
    public static final String DEFAULT = "cpu";

    /** Fovea's own backends in the order in which they are listed. */
    private static final List<Own> OWN = List.of(
            new Own(DEFAULT, "dev.fovea.kernels.cpu.CpuBackendProvider", "dev.fovea:fovea-kernels-cpu"),
            new Own("opencl", "dev.fovea.kernels.opencl.OpenClBackendProvider", "dev.fovea:fovea-kernels-opencl"),
            new Own("reference", "dev.fovea.tensor.reference.ReferenceBackendProvider", "dev.fovea:fovea-tensor"));

    private Backends() {}

    /** Names a backend of Fovea, its provider's class and the artifact that holds it. */
    private record Own(String name, String provider, String artifact) {}

    /** Names that {@link #open} knows here; {@code reference} is always among them. */
    public static List<String> names() {
        return providers().map(BackendProvider::name).toList();
    }

    /** Lists {@link #names} and those of Fovea's own backends that are not on the class path. */
    public static List<String> allNames() {
        Set<String> names = new LinkedHashSet<>();
        OWN.forEach(own -> names.add(own.name));
        names.addAll(names());
        return List.copyOf(names);
    }

    /** Returns what all backends can compute on; one that cannot work here is listed with its reason. */
    public static List<BackendDevice> devices() {
        List<BackendDevice> devices = new ArrayList<>();
        for (BackendProvider provider : providers().toList()) {
            try {
                devices.addAll(provider.devices());
            } catch (FoveaException e) {
                devices.add(new BackendDevice(provider.name(), "", "", "", "", 0, 0, List.of(), e.getMessage()));
            }
        }
        return devices;
    }

    /**
     * Returns the precisions that a backend has arithmetic of their own for on this machine; in all others it computes
     * as in f32.
     *
     * @param name as {@link #open} takes it
     */
    public static List<Precision> precisions(String name) {
        return provider(name).map(BackendProvider::precisions).orElse(List.of());
    }

    private static Optional<BackendProvider> provider(String name) {
        return providers()
                .filter(provider -> provider.name().equals(name.split(":", 2)[0]))
                .findFirst();
    }

    /**
     * Names the kernels of machine code that a backend's large products run on this machine, f32 first; none where it
     * has no machine code of its own.
     *
     * @param name as {@link #open} takes it
     */
    public static List<String> kernels(String name) {
        return provider(name).map(BackendProvider::kernels).orElse(List.of());
    }

    /**
     * Returns a kernel of machine code as text, see {@link BackendProvider#listing}.
     *
     * @param name as {@link #open} takes it
     * @param kernel one of {@link #kernels}
     * @throws FoveaException if there is no such backend or kernel
     */
    public static String listing(String name, String kernel) {
        return provider(name)
                .orElseThrow(() -> new DeviceException(
                        "no backend \"" + name + "\" on the class path; found " + String.join(", ", names())))
                .listing(kernel);
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
        Optional<BackendProvider> found = provider(name);
        if (found.isPresent()) {
            requireSameVersion(found.get().getClass());
            return found.get().open(device, threads);
        }
        throw new DeviceException("no backend \"" + name + "\" on the class path; found " + String.join(", ", names())
                + whatToAdd(parts[0]));
    }

    /**
     * Kernels of another version may lack an operation, which would be an error of the JVM in the middle of a model.
     */
    private static void requireSameVersion(Class<?> provider) {
        String own = version(Backends.class);
        String other = version(provider);
        boolean isOurs = OWN.stream().anyMatch(backend -> backend.provider.equals(provider.getName()));
        if (isOurs && own != null && other != null && !own.equals(other)) {
            throw new DeviceException(provider.getPackageName() + " is version " + other + " and "
                    + Backends.class.getPackageName() + " " + own
                    + "; use one version of all artifacts of Fovea, for example by importing dev.fovea:fovea-bom");
        }
    }

    /** What the manifest of a class's jar says, or null. */
    private static String version(Class<?> type) {
        return type.getPackage().getImplementationVersion();
    }

    private static String whatToAdd(String name) {
        return OWN.stream()
                .filter(own -> own.name.equals(name))
                .findFirst()
                .map(own -> "; add the dependency " + own.artifact
                        + ", and if it is there, tell the tool that makes one jar of many to keep the class "
                        + own.provider)
                .orElse("");
    }

    private static Stream<BackendProvider> providers() {
        List<String> own = OWN.stream().map(Own::provider).toList();
        return Services.find(BackendProvider.class, own, loader -> ServiceLoader.load(BackendProvider.class, loader));
    }
}
