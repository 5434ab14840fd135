package dev.fovea.tensor.files;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Keeps small things that were found out once and take long, such as compiled programs and what measured fastest. The
 * name of a file is made from all that its content depends on, so nothing is ever stale; whoever finds the folder
 * missing or read-only finds it out again. So does whoever finds one that others could have written: a driver loads
 * what lies there.
 */
public final class DiskCache {

    private final Path folder;

    /**
     * Keeps things in any folder.
     *
     * @param folder made when first written to; null for none
     */
    public DiskCache(Path folder) {
        this.folder = folder;
    }

    /** Keeps things in the user's {@link CacheFolder}, in the folder of that name. */
    public static DiskCache ofUser(String name) {
        return new DiskCache(
                CacheFolder.ofUser().map(folder -> folder.resolve(name)).orElse(null));
    }

    /** Makes a name for what depends on these texts. */
    public static String key(String... parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (String part : parts) {
                digest.update((part + '\0').getBytes(StandardCharsets.UTF_8));
            }
            return HexFormat.of().formatHex(digest.digest(), 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }

    /** Returns the content that was kept under a name, or null. */
    public byte[] read(String key) {
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
    public void write(String key, byte[] content) {
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
            // The next start finds it out again.
        }
    }
}
