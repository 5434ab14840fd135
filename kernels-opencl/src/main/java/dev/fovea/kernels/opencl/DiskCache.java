package dev.fovea.kernels.opencl;

import dev.fovea.tensor.CacheFolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * What was found out about a device once: compiled programs, and the tiles that measured fastest. The name of a file is made from all
 * that its content depends on, so nothing is ever stale; whoever finds the folder missing or read-only compiles and measures again. So
 * does whoever finds one that others could have written: a driver loads what lies there.
 */
final class DiskCache {

    private final Path folder;

    /**
     * @param folder made when first written to; null for none
     */
    DiskCache(Path folder) {
        this.folder = folder;
    }

    /** In the user's {@link CacheFolder}. */
    static DiskCache ofUser() {
        return new DiskCache(
                CacheFolder.ofUser().map(folder -> folder.resolve("opencl")).orElse(null));
    }

    /** A name for what depends on the device, its driver and the parts. */
    String key(Device device, String... parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (String part : new String[] {device.platformName(), device.name(), device.driver()}) {
                digest.update((part + '\0').getBytes(StandardCharsets.UTF_8));
            }
            for (String part : parts) {
                digest.update((part + '\0').getBytes(StandardCharsets.UTF_8));
            }
            return HexFormat.of().formatHex(digest.digest(), 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }

    /** The content of a file, or null. */
    byte[] read(String key) {
        if (folder == null || !CacheFolder.isTrusted(folder)) {
            return null;
        }
        try {
            return Files.readAllBytes(folder.resolve(key));
        } catch (IOException e) {
            return null;
        }
    }

    /** Keeps a content, whole or not at all. */
    void write(String key, byte[] content) {
        if (folder == null) {
            return;
        }
        try {
            CacheFolder.create(folder);
            Path temporary = Files.createTempFile(folder, key, ".new");
            try {
                Files.write(temporary, content);
                Files.move(temporary, folder.resolve(key), StandardCopyOption.ATOMIC_MOVE);
            } finally {
                Files.deleteIfExists(temporary);
            }
        } catch (IOException e) {
            // The next start compiles again.
        }
    }
}
