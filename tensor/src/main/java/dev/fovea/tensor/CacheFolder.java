package dev.fovea.tensor;

import java.nio.file.Path;

/** Where Fovea keeps what it can make again: unpacked models, compiled kernels. */
public final class CacheFolder {

    /** A system property that names another folder. */
    public static final String PROPERTY = "fovea.cache";

    private CacheFolder() {}

    /**
     * This user's folder, which may not exist yet: what {@value #PROPERTY} says, else {@code fovea} in {@code XDG_CACHE_HOME} or in {@code
     * ~/.cache}.
     */
    public static Path ofUser() {
        String given = System.getProperty(PROPERTY);
        if (given != null) {
            return Path.of(given);
        }
        String xdg = System.getenv("XDG_CACHE_HOME");
        Path caches = xdg != null && Path.of(xdg).isAbsolute()
                ? Path.of(xdg)
                : Path.of(System.getProperty("user.home"), ".cache");
        return caches.resolve("fovea");
    }
}
