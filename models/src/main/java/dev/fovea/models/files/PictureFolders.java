package dev.fovea.models.files;

import dev.fovea.tensor.files.FileErrors;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;

/**
 * Walks through a folder and all below it for the files that are named like pictures, in the order of their names,
 * hidden ones left out. Files and folders that cannot be read are reported, and the walk continues; links are followed
 * unless they lead back to a folder above them.
 */
public final class PictureFolders {

    /** Receives what a walk finds: first what is wrong or left out, then the pictures in the order of their names. */
    public interface Visitor {

        /**
         * Receives a picture file.
         *
         * @param attributes size and times, as they were when the folder was listed
         */
        void picture(Path file, BasicFileAttributes attributes);

        /**
         * Receives a file or folder that cannot be read.
         *
         * @param reason the line for people, which names the path
         */
        void problem(Path path, String reason);

        /**
         * Receives a file that is named like a picture in a format that {@code Picture.read} does not read.
         *
         * @param format such as {@code HEIC}
         */
        default void otherFormat(Path file, String format) {}
    }

    private final Visitor visitor;
    /** Key of the folder that is left out, null for none. */
    private final Object except;

    private final List<Found> found = new ArrayList<>();
    private final List<Problem> problems = new ArrayList<>();
    private final Deque<Folder> left = new ArrayDeque<>();

    private record Found(Path file, BasicFileAttributes attributes) {}

    private record Problem(Path path, String reason) {}

    /**
     * Describes a folder on the way down.
     *
     * @param key the same for every name of the folder
     * @param above null for the first
     */
    private record Folder(Path path, Object key, Folder above) {

        static Folder of(Path path, BasicFileAttributes attributes, Folder above) throws IOException {
            Object key = attributes.fileKey();
            return new Folder(path, key == null ? path.toRealPath() : key, above);
        }

        static Folder of(Path path, Folder above) throws IOException {
            return of(path, Files.readAttributes(path, BasicFileAttributes.class), above);
        }

        /** Returns the folder above that is the same one, or null. */
        Path loop() {
            for (Folder other = above; other != null; other = other.above) {
                if (other.key.equals(key)) {
                    return other.path;
                }
            }
            return null;
        }
    }

    private PictureFolders(Visitor visitor, Object except) {
        this.visitor = visitor;
        this.except = except;
    }

    /** Walks through a folder and all below it. */
    public static void walk(Path folder, Visitor visitor) {
        walk(folder, null, visitor);
    }

    /**
     * Walks through a folder and all below it but one.
     *
     * @param except the folder whose pictures are left out, null for none
     */
    public static void walk(Path folder, Path except, Visitor visitor) {
        new PictureFolders(visitor, except == null ? null : key(except)).walk(folder);
    }

    private static Object key(Path folder) {
        try {
            return Folder.of(folder, null).key;
        } catch (IOException notThere) {
            return null; // so nothing lies in it
        }
    }

    /** Returns the chain of folders above a folder: a link to one of these leads back, too. */
    private static Folder above(Path root) {
        Folder above = null;
        try {
            Path real = root.toRealPath();
            above = Folder.of(real.getRoot(), null);
            for (int depth = 1; depth < real.getNameCount(); depth++) {
                above = Folder.of(real.getRoot().resolve(real.subpath(0, depth)), above);
            }
        } catch (IOException e) {
            return above; // what cannot be read will not be met below either
        }
        return above;
    }

    /** Reads folders whole and one after the other: a deep tree costs neither stack nor open files. */
    private void walk(Path root) {
        try {
            left.push(Folder.of(root, above(root)));
        } catch (IOException e) {
            problem(root, describe(root, e));
        }
        while (!left.isEmpty()) {
            Folder folder = left.pop();
            try (DirectoryStream<Path> children = Files.newDirectoryStream(folder.path)) {
                for (Path child : children) {
                    if (!child.getFileName().toString().startsWith(".")) {
                        look(child, folder);
                    }
                }
            } catch (AccessDeniedException e) {
                problem(folder.path, folder.path + ": this folder may not be read; check its permissions");
            } catch (DirectoryIteratorException e) {
                problem(folder.path, describe(folder.path, e.getCause()));
            } catch (IOException e) {
                problem(folder.path, describe(folder.path, e));
            }
        }
        problems.sort(Comparator.comparing(Problem::path));
        problems.forEach(problem -> visitor.problem(problem.path, problem.reason));
        found.sort(Comparator.comparing(Found::file));
        found.forEach(picture -> visitor.picture(picture.file, picture.attributes));
    }

    /** Sorts in one entry of a folder. */
    private void look(Path child, Folder folder) throws AccessDeniedException {
        String name = child.getFileName().toString();
        boolean picture = PictureFileNames.isReadable(name);
        try {
            BasicFileAttributes attributes = Files.readAttributes(child, BasicFileAttributes.class);
            if (attributes.isDirectory()) {
                enter(Folder.of(child, attributes, folder));
            } else if (picture && attributes.isRegularFile()) {
                found.add(new Found(child, attributes));
            } else if (picture) {
                problem(child, child + ": is a pipe, a socket or a device, no picture file; left out");
            } else {
                PictureFileNames.unreadableFormat(name).ifPresent(format -> visitor.otherFormat(child, format));
            }
        } catch (AccessDeniedException e) {
            throw e; // nothing in this folder may be read
        } catch (IOException e) {
            boolean link = Files.isSymbolicLink(child);
            if (picture && link) {
                problem(child, child + ": is a link that leads nowhere; remove it");
            } else if (picture
                    || !link && !(e instanceof NoSuchFileException)) { // what is gone and no picture does not matter
                problem(child, describe(child, e));
            }
        }
    }

    private void enter(Folder below) {
        if (below.key.equals(except)) {
            return;
        }
        Path loop = below.loop();
        if (loop == null) {
            left.push(below);
        } else {
            problem(
                    below.path,
                    below.path + ": leads back to " + loop + ", above it, and is not followed; remove the link");
        }
    }

    private void problem(Path path, String reason) {
        problems.add(new Problem(path, reason));
    }

    private static String describe(Path path, IOException e) {
        return FileErrors.cannotList(path, e, "check the disk and the path").getMessage();
    }
}
