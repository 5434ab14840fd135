package dev.fovea.app.pictures;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.fovea.app.session.ModelSource;
import dev.fovea.app.session.Session;
import dev.fovea.app.terminal.Console;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.files.PictureFolders;
import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Finds the pictures that paths on the command line mean. A file is taken whatever its name, a folder means what {@link
 * PictureFolders} finds in it. Files and folders that cannot be read are remembered, and the search continues.
 */
public final class PictureFiles {

    private final List<Path> given;
    /** The folder whose pictures are left out, null for none. */
    private final Path except;

    private final List<Path> files = new ArrayList<>();
    private final List<PictureRun.Unreadable> problems = new ArrayList<>();
    private final Map<String, Integer> leftOut = new TreeMap<>();

    private PictureFiles(List<Path> given, Path except) {
        this.given = given;
        this.except = except;
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
        PictureFiles found = new PictureFiles(paths, except);
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

    private void walk(Path root) {
        PictureFolders.walk(root, except, new PictureFolders.Visitor() {
            @Override
            public void picture(Path file, BasicFileAttributes attributes) {
                files.add(file);
            }

            @Override
            public void problem(Path path, String reason) {
                problems.add(new PictureRun.Unreadable(path, -1, reason));
            }

            @Override
            public void otherFormat(Path file, String format) {
                leftOut.merge(format, 1, Integer::sum);
            }
        });
    }
}
