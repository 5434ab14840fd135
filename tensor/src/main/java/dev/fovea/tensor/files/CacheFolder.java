package dev.fovea.tensor.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;

/**
 * Finds the folder in which Fovea keeps what it can make again, such as unpacked models and compiled kernels, and tells
 * whether its content can be trusted: whoever can write there decides what is computed.
 */
public final class CacheFolder {

    /** A system property that names another folder. */
    public static final String PROPERTY = "fovea.cache";

    private static final int ROOT = 0;
    private static final int OTHERS_WRITE = 0002;
    private static final int GROUP_OR_OTHERS = 0077;
    private static final int STICKY = 01000;

    private CacheFolder() {}

    /**
     * Finds this user's folder, which may not exist yet: what {@value #PROPERTY} says, else {@code fovea} in {@code
     * XDG_CACHE_HOME}, in {@code LOCALAPPDATA} on Windows, or in {@code .cache} of {@link #home}.
     *
     * @return empty where nothing says where that is, as for a user without a home
     */
    public static Optional<Path> ofUser() {
        return ofUser(System.getProperty(PROPERTY), System.getenv(), isWindows(), home());
    }

    static Optional<Path> ofUser(String given, Map<String, String> environment, boolean windows, Optional<Path> home) {
        if (given != null) {
            return Optional.of(Path.of(given));
        }
        return absolute(environment.get("XDG_CACHE_HOME"))
                .or(() -> windows ? absolute(environment.get("LOCALAPPDATA")) : Optional.empty())
                .or(() -> home.map(folder -> folder.resolve(".cache")))
                .map(caches -> caches.resolve("fovea"));
    }

    /**
     * Finds this user's home: {@code HOME}, as other programs read it, else what the system knows.
     *
     * @return empty where neither is an absolute path; Java's own answer for a user without an entry is {@code ?}
     */
    public static Optional<Path> home() {
        return home(System.getenv(), isWindows(), System.getProperty("user.home"));
    }

    static Optional<Path> home(Map<String, String> environment, boolean windows, String known) {
        Optional<Path> named = windows ? Optional.empty() : absolute(environment.get("HOME"));
        return named.or(() -> absolute(known));
    }

    /**
     * Returns a folder of this user's among the system's temporary files, for those who have no other; it may not exist
     * yet.
     */
    public static Path temporary() {
        String user = System.getProperty("user.name", "?");
        String name = user.equals("?") ? Integer.toString(User.NUMBER) : user.replaceAll("[^A-Za-z0-9]", "_");
        return Path.of(System.getProperty("java.io.tmpdir"), "fovea-" + name);
    }

    private static boolean isWindows() {
        return System.getProperty("os.name").startsWith("Windows");
    }

    private static Optional<Path> absolute(String text) {
        try {
            return Optional.ofNullable(text)
                    .filter(name -> !name.isEmpty())
                    .map(Path::of)
                    .filter(Path::isAbsolute);
        } catch (InvalidPathException notInThisLocale) {
            return Optional.empty();
        }
    }

    /**
     * Makes a folder and those above it, for nobody else to read or write where the system can say so.
     *
     * @param folder which may be there already
     */
    public static void create(Path folder) throws IOException {
        boolean posix = folder.getFileSystem().supportedFileAttributeViews().contains("posix");
        FileAttribute<?>[] attributes = posix
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
                }
                : new FileAttribute<?>[0];
        Files.createDirectories(folder, attributes);
    }

    /**
     * Returns whether a folder is this user's or the system administrator's, and nobody who is neither could have put
     * it or its files there. Of a folder that may be written by its group the group is trusted. Where files have no
     * owners everything is.
     *
     * @param folder which may not exist
     */
    public static boolean isTrusted(Path folder) {
        try {
            Owned named = Owned.of(folder);
            if (named == null) {
                return true;
            }
            Path real = folder.toRealPath();
            Path above = real.getParent();
            boolean steady = above == null
                    || above.getParent() == null
                    || Owned.of(above).isSteady();
            return named.isUsers() && Owned.of(real).isClosed() && steady;
        } catch (IOException notThere) {
            return false;
        }
    }

    /**
     * Returns whether a folder is no link, belongs to this user or the system administrator, and nobody else may enter
     * it.
     *
     * @param folder which may not exist
     */
    public static boolean isPrivate(Path folder) {
        try {
            Owned owned = Owned.of(folder);
            return owned == null || owned.isOurs() && (owned.mode & GROUP_OR_OTHERS) == 0;
        } catch (IOException notThere) {
            return false;
        }
    }

    /** Returns whether a file or folder is no link and belongs to this user or the system administrator. */
    public static boolean isOwn(Path file) {
        try {
            Owned owned = Owned.of(file);
            return owned == null || owned.isOurs();
        } catch (IOException notThere) {
            return false;
        }
    }

    /** Holds what the system says about a file: its user's id and its mode. */
    private record Owned(int user, int mode, boolean link) {

        /** Asks, not following links; null where files have no owners. */
        static Owned of(Path file) throws IOException {
            if (!file.getFileSystem().supportedFileAttributeViews().contains("unix")) {
                return null;
            }
            Map<String, Object> found = Files.readAttributes(file, "unix:uid,mode", LinkOption.NOFOLLOW_LINKS);
            return new Owned((int) found.get("uid"), (int) found.get("mode"), Files.isSymbolicLink(file));
        }

        boolean isUsers() {
            return user == ROOT || user == User.NUMBER;
        }

        boolean isOurs() {
            return !link && isUsers();
        }

        /** Returns whether a folder is ours and nobody else can rename or replace what lies in it. */
        boolean isClosed() {
            return isUsers() && ((mode & STICKY) != 0 || (mode & OTHERS_WRITE) == 0);
        }

        /**
         * Returns whether nobody else can rename or replace what is ours in a folder, which may be that of all
         * temporary files.
         */
        boolean isSteady() {
            return (mode & STICKY) != 0 || isClosed();
        }
    }

    /** Finds out the user of this process when it is first needed. */
    private static final class User {

        /** The owner of a file that this process has made; -1 if it can make none. */
        static final int NUMBER = find();

        private static int find() {
            try {
                Path file = Files.createTempFile("fovea", "");
                try {
                    return (int) Files.getAttribute(file, "unix:uid");
                } finally {
                    Files.delete(file);
                }
            } catch (IOException | InvalidPathException nothingCanBeWritten) {
                return ofProcess();
            }
        }

        private static int ofProcess() {
            try {
                return (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
            } catch (IOException notThisSystem) {
                return -1;
            }
        }
    }
}
