package dev.fovea.app.pictures;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.fovea.app.session.ModelSource;
import dev.fovea.app.session.Session;
import dev.fovea.app.terminal.Console;
import dev.fovea.app.terminal.Failure;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.files.PictureFileNames;
import dev.fovea.tensor.FoveaException;
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
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Finds the pictures that paths on the command line mean. A file is taken whatever its name. For a folder these are all
 * files in it and below it that are named like pictures, in the order of their names, hidden ones left out. Files and
 * folders that cannot be read are remembered, and the search continues.
 */
public final class PictureFiles {

    private final List<Path> given;
    /** The key of the folder whose pictures are left out, null for none. */
    private final Object except;

    private final List<Path> files = new ArrayList<>();
    private final List<PictureRun.Unreadable> problems = new ArrayList<>();
    private final Map<String, Integer> leftOut = new TreeMap<>();

    private PictureFiles(List<Path> given, Object except) {
        this.given = given;
        this.except = except;
    }

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

    /** Finds the pictures; there may be none. */
    public static PictureFiles of(List<Path> paths) {
        return of(paths, null);
    }

    /**
     * Finds the pictures; there may be none.
     *
     * @param except a folder whose pictures do not count where it lies in one of the others, such as that of drawings;
     *     null for none
     */
    public static PictureFiles of(List<Path> paths, Path except) {
        PictureFiles found = new PictureFiles(paths, except == null ? null : key(except));
        for (Path path : paths) {
            if (Files.isDirectory(path)) {
                found.walk(path);
            } else {
                found.files.add(path);
            }
        }
        return found;
    }

    /**
     * Returns these files if there are any.
     *
     * @throws FoveaException otherwise, which says what was there instead
     */
    public PictureFiles orFail() {
        if (!files.isEmpty()) {
            return this;
        }
        if (!problems.isEmpty()) {
            throw new FoveaException(problems.getFirst().reason());
        }
        if (given.isEmpty()) {
            throw new FoveaException("the list of pictures is empty; write the name of one on each line");
        }
        Path first = given.getFirst();
        throw new FoveaException(
                leftOut.isEmpty()
                        ? first + ": no pictures in this folder; give one with JPEG, PNG, GIF, BMP, TIFF or WebP files"
                        : first + ": " + describeLeftOut() + ", and there are no others; convert them to JPEG or PNG");
    }

    /** Returns whether there are neither pictures nor anything that might be some. */
    public boolean nothing() {
        return files.isEmpty() && problems.isEmpty() && leftOut.isEmpty();
    }

    /** Returns the pictures, those that are hard to open included. */
    public List<Path> files() {
        return Collections.unmodifiableList(files);
    }

    /** Returns the folders, and the files named like pictures, that cannot be read. */
    public List<PictureRun.Unreadable> problems() {
        return Collections.unmodifiableList(problems);
    }

    /**
     * Reports on stderr, once, which files and folders cannot be read and which pictures are in formats that are not
     * supported.
     */
    public void report(Console console) {
        problems.forEach(problem -> console.error(problem.reason()));
        if (!leftOut.isEmpty()) {
            console.warn(describeLeftOut() + "; convert them to JPEG or PNG");
        }
    }

    /**
     * Loads a CLIP for these pictures, and says before that which cannot be read and what the model does not know.
     * Pictures that are already being read do not wait for it.
     */
    public Clip loadClip(Session session, ModelSource source) {
        report(session.console());
        session.warnOfPhotographs(source, files());
        Clip clip = source.loadClip();
        session.warnUnused(source, clip.unusedTensors());
        return clip;
    }

    /**
     * Writes the field {@code leftOut}, which counts the pictures of each format that is not read; absent if there are
     * none.
     */
    public void writeLeftOut(JsonGenerator json) throws IOException {
        if (leftOut.isEmpty()) {
            return;
        }
        json.writeObjectFieldStart("leftOut");
        for (Map.Entry<String, Integer> format : leftOut.entrySet()) {
            json.writeNumberField(format.getKey(), format.getValue());
        }
        json.writeEndObject();
    }

    private String describeLeftOut() {
        int count = leftOut.values().stream().mapToInt(Integer::intValue).sum();
        String formats = leftOut.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
                .map(format -> format.getValue() + " " + format.getKey())
                .collect(Collectors.joining(", "));
        return (count == 1 ? "1 picture in a format" : count + " pictures in formats") + " that Fovea does not read "
                + (count == 1 ? "was" : "were") + " left out: " + formats;
    }

    private static Object key(Path folder) {
        try {
            return folder(folder, null).key;
        } catch (IOException notThere) {
            return null; // so nothing lies in it
        }
    }

    private static Folder folder(Path path, Folder above) throws IOException {
        return Folder.of(path, Files.readAttributes(path, BasicFileAttributes.class), above);
    }

    /** Returns the chain of folders above a folder: a link to one of these leads back, too. */
    private static Folder above(Path root) {
        Folder above = null;
        try {
            Path real = root.toRealPath();
            above = folder(real.getRoot(), null);
            for (int depth = 1; depth < real.getNameCount(); depth++) {
                above = folder(real.getRoot().resolve(real.subpath(0, depth)), above);
            }
        } catch (IOException e) {
            return above; // what cannot be read will not be met below either
        }
        return above;
    }

    /**
     * Walks through a folder and all below it. Folders are read whole and one after the other: a deep tree costs
     * neither stack nor open files.
     */
    private void walk(Path root) {
        List<Path> found = new ArrayList<>();
        int before = problems.size();
        Deque<Folder> left = new ArrayDeque<>();
        try {
            left.push(folder(root, above(root)));
        } catch (IOException e) {
            problem(root, Failure.describe(e));
        }
        while (!left.isEmpty()) {
            Folder folder = left.pop();
            try (DirectoryStream<Path> children = Files.newDirectoryStream(folder.path)) {
                for (Path child : children) {
                    if (!child.getFileName().toString().startsWith(".")) {
                        look(child, folder, left, found);
                    }
                }
            } catch (AccessDeniedException e) {
                problem(folder.path, folder.path + ": this folder may not be read; check its permissions");
            } catch (DirectoryIteratorException e) {
                problem(folder.path, folder.path + ": this folder cannot be read: " + Failure.describe(e.getCause()));
            } catch (IOException e) {
                problem(folder.path, folder.path + ": this folder cannot be read: " + Failure.describe(e));
            }
        }
        Collections.sort(found);
        files.addAll(found);
        problems.subList(before, problems.size()).sort(Comparator.comparing(PictureRun.Unreadable::file));
    }

    /** Sorts in one entry of a folder. */
    private void look(Path child, Folder folder, Deque<Folder> left, List<Path> found) throws AccessDeniedException {
        String name = child.getFileName().toString();
        boolean picture = PictureFileNames.isReadable(name);
        try {
            BasicFileAttributes attributes = Files.readAttributes(child, BasicFileAttributes.class);
            if (attributes.isDirectory()) {
                Folder below = Folder.of(child, attributes, folder);
                Path loop = below.loop();
                if (below.key.equals(except)) {
                    return;
                }
                if (loop == null) {
                    left.push(below);
                } else {
                    problem(
                            child,
                            child + ": leads back to " + loop + ", above it, and is not followed; remove the link");
                }
            } else if (picture && attributes.isRegularFile()) {
                found.add(child);
            } else if (picture) {
                problem(child, child + ": is a pipe, a socket or a device, no picture file; left out");
            } else {
                PictureFileNames.unreadableFormat(name).ifPresent(format -> leftOut.merge(format, 1, Integer::sum));
            }
        } catch (AccessDeniedException e) {
            throw e; // nothing in this folder may be read
        } catch (IOException e) {
            boolean link = Files.isSymbolicLink(child);
            if (picture && link) {
                problem(child, child + ": is a link that leads nowhere; remove it");
            } else if (picture
                    || !link && !(e instanceof NoSuchFileException)) { // what is gone and no picture does not matter
                problem(child, Failure.describe(e));
            }
        }
    }

    private void problem(Path path, String reason) {
        problems.add(new PictureRun.Unreadable(path, -1, reason));
    }
}
