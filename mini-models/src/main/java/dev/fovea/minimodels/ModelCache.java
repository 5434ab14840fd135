package dev.fovea.minimodels;

import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/** Unpacks folders out of a jar into the first place that can be written. */
final class ModelCache {

    private final List<Path> places;

    /** A cache in the first of these folders that can be written. */
    ModelCache(List<Path> places) {
        this.places = List.copyOf(places);
    }

    /** Where this user's cache may be: the usual place, then the system's folder for temporary files. */
    static List<Path> places() {
        String given = System.getProperty("fovea.cache");
        if (given != null) {
            return List.of(Path.of(given));
        }
        String xdg = System.getenv("XDG_CACHE_HOME");
        Path caches = xdg != null && Path.of(xdg).isAbsolute()
                ? Path.of(xdg)
                : Path.of(System.getProperty("user.home"), ".cache");
        Path temporary = Path.of(
                System.getProperty("java.io.tmpdir"),
                "fovea-" + System.getProperty("user.name").replaceAll("[^A-Za-z0-9]", "_"));
        return List.of(caches.resolve("fovea"), temporary);
    }

    /**
     * Unpacks the folder that holds the connection's entry, unless it is there already.
     *
     * @return the folder with all files, complete
     */
    Path unpack(String name, JarURLConnection connection) throws IOException {
        String entry = connection.getEntryName();
        String prefix = entry.substring(0, entry.lastIndexOf('/') + 1);
        JarFile jar = connection.getJarFile(); // shared with the class loader, not ours to close
        List<JarEntry> files = jar.stream()
                .filter(file -> file.getName().startsWith(prefix) && !file.isDirectory())
                .sorted(Comparator.comparing(JarEntry::getName))
                .toList();
        String folderName = name + "-" + fingerprint(files);
        List<String> reasons = new ArrayList<>();
        for (Path place : places) {
            Path folder = place.resolve(folderName);
            if (isComplete(folder, files, prefix)) {
                return folder;
            }
            try {
                return unpack(jar, files, prefix, folder);
            } catch (IOException e) {
                reasons.add(place + ": " + e.getMessage());
            }
        }
        throw new IOException(String.join(", ", reasons));
    }

    /** From the checksums in the jar's directory, so that nothing needs to be read to see that nothing needs to be done. */
    private static String fingerprint(List<JarEntry> files) {
        CRC32C names = new CRC32C();
        CRC32C contents = new CRC32C();
        for (JarEntry file : files) {
            names.update(file.getName().getBytes(StandardCharsets.UTF_8));
            contents.update(ByteBuffer.allocate(2 * Long.BYTES)
                    .putLong(file.getSize())
                    .putLong(file.getCrc())
                    .flip());
        }
        return "%08x%08x".formatted(names.getValue(), contents.getValue());
    }

    private static boolean isComplete(Path folder, List<JarEntry> files, String prefix) {
        for (JarEntry file : files) {
            try {
                if (Files.size(target(folder, file, prefix)) != file.getSize()) {
                    return false;
                }
            } catch (IOException e) {
                return false;
            }
        }
        return true;
    }

    /** Into a folder of its own and then in one step to its place, so that nobody ever sees half a model. */
    private static Path unpack(JarFile jar, List<JarEntry> files, String prefix, Path folder) throws IOException {
        Files.createDirectories(folder.getParent());
        Path partial = Files.createTempDirectory(folder.getParent(), ".unpacking-");
        try {
            for (JarEntry file : files) {
                Path target = target(partial, file, prefix);
                Files.createDirectories(target.getParent());
                try (InputStream content = jar.getInputStream(file)) {
                    Files.copy(content, target);
                }
            }
            if (Files.exists(folder) && !isComplete(folder, files, prefix)) {
                delete(folder); // someone has damaged it
            }
            try {
                Files.move(partial, folder, StandardCopyOption.ATOMIC_MOVE);
            } catch (FileSystemException e) {
                if (!isComplete(folder, files, prefix)) { // else another process was faster, with the same files
                    throw e;
                }
            }
            return folder;
        } finally {
            delete(partial);
        }
    }

    private static Path target(Path folder, JarEntry file, String prefix) {
        Path target = folder.resolve(file.getName().substring(prefix.length())).normalize();
        if (!target.startsWith(folder)) {
            throw new IllegalStateException("jar entry " + file.getName() + " leaves its folder");
        }
        return target;
    }

    private static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> tree = Files.walk(folder)) {
                for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }
}
