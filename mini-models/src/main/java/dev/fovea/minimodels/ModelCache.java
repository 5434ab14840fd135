package dev.fovea.minimodels;

import dev.fovea.tensor.files.CacheFolder;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * Unpacks models into the first place that can be written and that nobody else can write. What is in a sub-folder
 * {@value #SHARED} belongs to every other sub-folder: several checkpoints that have a file in common carry it once.
 *
 * <p>Unpacked files are used again only if they are as they were packed. They are read once to check that. From then on
 * {@value #STAMP} tells of every file when the system last saw it change, which nobody can set: as long as that holds,
 * and nobody else may enter the folder, nothing needs to be read again.
 */
final class ModelCache {

    private static final String SHARED = "shared/";
    private static final String STAMP = ".verified";
    private static final int PIECE = 1 << 16;

    private final List<Path> places;

    /** Makes a cache in the first of these folders that can be used. */
    ModelCache(List<Path> places) {
        this.places = List.copyOf(places);
    }

    /** Opens a packed file. */
    private interface Content {
        InputStream open() throws IOException;
    }

    /**
     * Describes a packed file.
     *
     * @param path below the model's folder
     * @param mark something that changes with the content
     */
    private record Packed(String path, long size, long mark, Content content) {}

    /**
     * Returns where this user's cache may be: the usual place, then a folder of this user's in the system's for
     * temporary files.
     */
    static List<Path> places() {
        Optional<Path> usual = CacheFolder.ofUser();
        if (System.getProperty(CacheFolder.PROPERTY) != null) {
            return List.of(usual.orElseThrow());
        }
        return Stream.concat(usual.stream(), Stream.of(CacheFolder.temporary())).toList();
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
        // Checksums are in the jar's directory, so that nothing needs to be read to see that nothing needs to be
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

    /** Unpacks a model out of a folder, unless it is there already, and returns the folder with all files, complete. */
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
            try {
                return unpack(files, place, place.resolve(folderName));
            } catch (IOException e) {
                reasons.add(
                        place + ": " + (e instanceof AccessDeniedException ? "may not be written" : e.getMessage()));
            }
        }
        throw new IOException(String.join(", ", reasons));
    }

    private static Path unpack(List<Packed> files, Path place, Path folder) throws IOException {
        if (!Files.exists(place)) {
            CacheFolder.create(place);
        }
        if (!CacheFolder.isTrusted(place)) {
            throw new IOException("others may write there");
        }
        if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            if (!CacheFolder.isOwn(folder)) {
                throw new IOException(folder.getFileName() + " belongs to somebody else");
            }
            if (isAsPacked(folder, files)) {
                return folder;
            }
        }
        return unpack(files, folder);
    }

    /** Returns whether a folder holds the packed files and nobody has changed them since. */
    private static boolean isAsPacked(Path folder, List<Packed> files) {
        try {
            String state = state(folder, files);
            Path stamp = folder.resolve(STAMP);
            if (CacheFolder.isPrivate(folder)
                    && Files.isRegularFile(stamp)
                    && Files.readString(stamp).equals(state)) {
                return true;
            }
            for (Packed file : files) {
                for (Path target : targets(folder, file, files)) {
                    if (!hasContent(target, file)) {
                        return false;
                    }
                }
            }
            remember(folder, state);
            return true;
        } catch (IOException notWhole) {
            return false;
        }
    }

    private static boolean hasContent(Path target, Packed file) throws IOException {
        try (InputStream found = Files.newInputStream(target);
                InputStream packed = file.content.open()) {
            byte[] wanted;
            do {
                wanted = packed.readNBytes(PIECE);
                if (!Arrays.equals(wanted, found.readNBytes(PIECE))) {
                    return false;
                }
            } while (wanted.length > 0);
            return true;
        }
    }

    private static String state(Path folder, List<Packed> files) throws IOException {
        return state(
                folder,
                files.stream()
                        .flatMap(file -> targets(folder, file, files).stream())
                        .map(target -> folder.relativize(target).toString())
                        .toList());
    }

    /** Returns for every file its size and what the system says about when it was changed. */
    static String state(Path folder, Iterable<String> paths) throws IOException {
        boolean unix = folder.getFileSystem().supportedFileAttributeViews().contains("unix");
        String wanted = unix ? "unix:size,lastModifiedTime,ctime,ino" : "size,lastModifiedTime,creationTime";
        StringBuilder state = new StringBuilder();
        for (String path : paths) {
            state.append(path).append(' ');
            state.append(new TreeMap<>(Files.readAttributes(folder.resolve(path), wanted, LinkOption.NOFOLLOW_LINKS)));
            state.append('\n');
        }
        return state.toString();
    }

    private static void remember(Path folder, String state) {
        try {
            Path partial = Files.createTempFile(folder, STAMP, ".new");
            try {
                Files.writeString(partial, state);
                Files.move(partial, folder.resolve(STAMP), StandardCopyOption.ATOMIC_MOVE);
            } finally {
                Files.deleteIfExists(partial);
            }
        } catch (IOException e) {
            // a folder that cannot be written is read again each time
        }
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

    /**
     * Unpacks files into a folder of its own and moves that in one step to its place, so that nobody ever sees half a
     * model.
     */
    private static Path unpack(List<Packed> files, Path folder) throws IOException {
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
            remember(partial, state(partial, files));
            if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS) && !isAsPacked(folder, files)) {
                delete(folder); // someone has damaged it
            }
            try {
                Files.move(partial, folder, StandardCopyOption.ATOMIC_MOVE);
            } catch (FileSystemException e) {
                if (!CacheFolder.isOwn(folder)
                        || !isAsPacked(folder, files)) { // else another process was faster, with the same files
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

    /** Returns where a file goes: to its own path, or into every folder that shares it. */
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
