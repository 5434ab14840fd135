package dev.fovea.service.mcp;

import dev.fovea.service.error.HttpFailure;
import dev.fovea.service.json.RecordJson;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Says which files a client may have read: those below the folders that the command line names and those that the
 * client itself names as its roots. Where a path really leads decides, so links cannot lead out. Safe to use from many
 * threads.
 */
public final class AllowedFolders {

    /** Largest file that is read as a picture. */
    private static final int MOST_BYTES = 64 << 20;

    /** The start of an address, {@code data:} and {@code file:} included; a drive of Windows has one letter. */
    private static final Pattern ADDRESS = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:.*", Pattern.DOTALL);

    /**
     * An allowed folder.
     *
     * @param named as it was given, absolute
     * @param real where that leads
     */
    private record Folder(Path named, Path real) {

        static Folder of(Path folder) throws IOException {
            return new Folder(folder.toAbsolutePath().normalize(), folder.toRealPath());
        }

        boolean names(Path path) {
            return path.startsWith(named) || path.startsWith(real);
        }
    }

    private final List<Folder> given;
    private volatile List<Folder> ofClient = List.of();

    /**
     * Allows some folders.
     *
     * @throws IOException if one of them is not there
     */
    public AllowedFolders(List<Path> folders) throws IOException {
        List<Folder> all = new ArrayList<>();
        for (Path folder : folders) {
            all.add(Folder.of(folder));
        }
        given = List.copyOf(all);
    }

    /** Replaces the folders of the client; those that are not there are left out. */
    void setOfClient(List<Path> folders) {
        List<Folder> found = new ArrayList<>();
        for (Path folder : folders) {
            try {
                if (Files.isDirectory(folder)) {
                    found.add(Folder.of(folder));
                }
            } catch (IOException notThere) {
                // a root that is gone allows nothing
            }
        }
        ofClient = List.copyOf(found);
    }

    private List<Folder> all() {
        return Stream.concat(given.stream(), ofClient.stream()).toList();
    }

    /** Returns where all allowed folders really lie, none twice and none within another. */
    List<Path> real() {
        Set<Path> real = all().stream().map(Folder::real).collect(Collectors.toCollection(LinkedHashSet::new));
        return real.stream()
                .filter(folder -> real.stream().noneMatch(other -> !other.equals(folder) && folder.startsWith(other)))
                .toList();
    }

    /** Returns all names of allowed folders, as indexes may have remembered them. */
    Set<Path> names() {
        return all().stream()
                .flatMap(folder -> Stream.of(folder.named(), folder.real()))
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /** Returns whether a file that an index names is there and may be shown. */
    boolean allows(Path file) {
        try {
            return isBelow(file.toRealPath());
        } catch (IOException gone) {
            return false;
        }
    }

    private boolean isBelow(Path real) {
        return all().stream().anyMatch(folder -> real.startsWith(folder.real()));
    }

    /**
     * Reads a file that a client names.
     *
     * @param param the argument, for complaints
     * @throws HttpFailure if it is outside of the allowed folders, is no file, or cannot be read
     */
    byte[] read(String path, String param) {
        Path real = resolve(path, param);
        try (InputStream stream = Files.newInputStream(real, LinkOption.NOFOLLOW_LINKS)) {
            byte[] bytes = stream.readNBytes(MOST_BYTES + 1);
            if (bytes.length > MOST_BYTES) {
                throw refused(param, path, "is larger than " + (MOST_BYTES >> 20) + " MiB; name a smaller picture");
            }
            return bytes;
        } catch (IOException e) {
            throw unreadable(param, path, e);
        }
    }

    /** Returns where a path leads, if it leads to a file that is allowed. */
    private Path resolve(String text, String param) {
        Path path = parse(text, param);
        List<Folder> folders = all();
        if (folders.isEmpty()) {
            throw HttpFailure.badRequest(
                    param, "no folder is allowed here; start the server with --root FOLDER to allow one");
        }
        // What lies outside is refused before it is looked at, so that nobody learns what is there.
        Path named = path.isAbsolute()
                ? path
                : folders.stream()
                        .map(folder -> folder.real().resolve(path))
                        .filter(Files::exists)
                        .findFirst()
                        .orElse(folders.getFirst().real().resolve(path));
        if (folders.stream().noneMatch(folder -> folder.names(named))) {
            throw refused(param, text, "is outside of the allowed folders; name a file below " + shown());
        }
        Path real;
        try {
            real = named.toRealPath();
        } catch (IOException e) {
            throw unreadable(param, text, e);
        }
        if (!isBelow(real)) {
            throw refused(param, text, "leads out of the allowed folders by a link; name a file below " + shown());
        }
        if (!Files.isRegularFile(real, LinkOption.NOFOLLOW_LINKS)) {
            throw refused(param, text, "is no file; name a picture");
        }
        return real;
    }

    private static Path parse(String text, String param) {
        if (text.isBlank()) {
            throw HttpFailure.badRequest(param, param + " is empty; name a picture by its path");
        }
        if (ADDRESS.matcher(text).matches()) {
            throw refused(param, text, "is an address; name a picture by the path of its file");
        }
        Path path;
        try {
            path = Path.of(text);
        } catch (InvalidPathException odd) {
            throw refused(param, text, "cannot be the path of a file; name a picture by its path");
        }
        for (Path element : path) {
            if (element.toString().equals("..")) {
                throw refused(param, text, "has .. in it; name a picture by its path without that");
            }
        }
        return path;
    }

    private String shown() {
        return real().stream().map(Path::toString).collect(Collectors.joining(", "));
    }

    private static HttpFailure unreadable(String param, String path, IOException e) {
        String why = e instanceof NoSuchFileException
                ? "is not there; check the path"
                : e instanceof AccessDeniedException ? "may not be read; check its permissions" : "cannot be read";
        return refused(param, path, why);
    }

    private static HttpFailure refused(String param, String path, String why) {
        return HttpFailure.badRequest(param, param + " " + RecordJson.shown(path) + " " + why);
    }
}
