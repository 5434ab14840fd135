package dev.fovea.minimodels;

import dev.fovea.tensor.CacheFolder;
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
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * Unpacks models into the first place that can be written. What lies in a sub-folder {@value #SHARED} belongs to every other sub-folder:
 * several checkpoints that have a file in common carry it once.
 */
final class ModelCache {

    private static final String SHARED = "shared/";

    private final List<Path> places;

    /** A cache in the first of these folders that can be written. */
    ModelCache(List<Path> places) {
        this.places = List.copyOf(places);
    }

    /** Opens a packed file. */
    private interface Content {
        InputStream open() throws IOException;
    }

    /**
     * A packed file.
     *
     * @param path below the model's folder
     * @param mark something that changes with the content
     */
    private record Packed(String path, long size, long mark, Content content) {}

    /** Where this user's cache may be: the usual place, then the system's folder for temporary files. */
    static List<Path> places() {
        if (System.getProperty(CacheFolder.PROPERTY) != null) {
            return List.of(CacheFolder.ofUser());
        }
        Path temporary = Path.of(
                System.getProperty("java.io.tmpdir"),
                "fovea-" + System.getProperty("user.name").replaceAll("[^A-Za-z0-9]", "_"));
        return List.of(CacheFolder.ofUser(), temporary);
    }

    /**
     * Unpacks the folder of a jar that holds the connection's entry, unless it is there already.
     *
     * @return the folder with all files, complete
     */
    Path unpack(String name, JarURLConnection connection) throws IOException {
        String entry = connection.getEntryName();
        String prefix = entry.substring(0, entry.lastIndexOf('/') + 1);
        JarFile jar = connection.getJarFile(); // shared with the class loader, not ours to close
        // Checksums stand in the jar's directory, so that nothing needs to be read to see that nothing needs to be
        // done.
        List<Packed> files = jar.stream()
                .filter(file -> file.getName().startsWith(prefix) && !file.isDirectory())
                .map(file -> new Packed(
                        file.getName().substring(prefix.length()),
                        file.getSize(),
                        file.getCrc(),
                        () -> jar.getInputStream(file)))
                .toList();
        return unpack(name, files);
    }

    /** The same out of a folder. */
    Path unpack(String name, Path folder) throws IOException {
        List<Packed> files = new ArrayList<>();
        try (Stream<Path> tree = Files.walk(folder)) {
            for (Path file : tree.filter(Files::isRegularFile).toList()) {
                files.add(new Packed(
                        folder.relativize(file).toString().replace('\\', '/'),
                        Files.size(file),
                        Files.getLastModifiedTime(file).toMillis(),
                        () -> Files.newInputStream(file)));
            }
        }
        return unpack(name, files);
    }

    private Path unpack(String name, List<Packed> unsorted) throws IOException {
        List<Packed> files =
                unsorted.stream().sorted(Comparator.comparing(Packed::path)).toList();
        String folderName = name + "-" + fingerprint(files);
        List<String> reasons = new ArrayList<>();
        for (Path place : places) {
            Path folder = place.resolve(folderName);
            if (isComplete(folder, files)) {
                return folder;
            }
            try {
                return unpack(files, folder);
            } catch (IOException e) {
                reasons.add(place + ": " + e.getMessage());
            }
        }
        throw new IOException(String.join(", ", reasons));
    }

    private static String fingerprint(List<Packed> files) {
        CRC32C names = new CRC32C();
        CRC32C contents = new CRC32C();
        for (Packed file : files) {
            names.update(file.path.getBytes(StandardCharsets.UTF_8));
            contents.update(ByteBuffer.allocate(2 * Long.BYTES)
                    .putLong(file.size)
                    .putLong(file.mark)
                    .flip());
        }
        return "%08x%08x".formatted(names.getValue(), contents.getValue());
    }

    private static boolean isComplete(Path folder, List<Packed> files) {
        for (Packed file : files) {
            for (Path target : targets(folder, file, files)) {
                try {
                    if (Files.size(target) != file.size) {
                        return false;
                    }
                } catch (IOException e) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Into a folder of its own and then in one step to its place, so that nobody ever sees half a model. */
    private static Path unpack(List<Packed> files, Path folder) throws IOException {
        Files.createDirectories(folder.getParent());
        Path partial = Files.createTempDirectory(folder.getParent(), ".unpacking-");
        try {
            for (Packed file : files) {
                List<Path> targets = targets(partial, file, files);
                for (Path target : targets) {
                    Files.createDirectories(target.getParent());
                    if (target.equals(targets.getFirst())) {
                        try (InputStream content = file.content.open()) {
                            Files.copy(content, target);
                        }
                    } else {
                        linkOrCopy(targets.getFirst(), target);
                    }
                }
            }
            if (Files.exists(folder) && !isComplete(folder, files)) {
                delete(folder); // someone has damaged it
            }
            try {
                Files.move(partial, folder, StandardCopyOption.ATOMIC_MOVE);
            } catch (FileSystemException e) {
                if (!isComplete(folder, files)) { // else another process was faster, with the same files
                    throw e;
                }
            }
            return folder;
        } finally {
            delete(partial);
        }
    }

    private static void linkOrCopy(Path existing, Path target) throws IOException {
        try {
            Files.createLink(target, existing);
        } catch (IOException | UnsupportedOperationException noLinksHere) {
            Files.copy(existing, target);
        }
    }

    /** Where a file goes: to its own path, or into every folder that shares it. */
    private static List<Path> targets(Path folder, Packed file, List<Packed> all) {
        if (!file.path.startsWith(SHARED)) {
            return List.of(below(folder, file.path));
        }
        String name = file.path.substring(SHARED.length());
        return all.stream()
                .map(other -> other.path)
                .filter(path -> path.contains("/") && !path.startsWith(SHARED))
                .map(path -> path.substring(0, path.indexOf('/')))
                .distinct()
                .map(sharer -> below(folder, sharer + "/" + name))
                .toList();
    }

    private static Path below(Path folder, String path) {
        Path target = folder.resolve(path).normalize();
        if (!target.startsWith(folder)) {
            throw new IllegalStateException("packed file " + path + " leaves its folder");
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
