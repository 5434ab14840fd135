package dev.fovea.evaluation.data;

import dev.fovea.models.files.PictureFolders;
import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** Reads a folder with one sub-folder of pictures for each class. */
public final class ClassFolders {

    private ClassFolders() {}

    /**
     * Returns the label of each sub-folder, by name: the sub-folder's own with underscores as spaces. Hidden ones do
     * not count.
     *
     * @throws FoveaException if it is no folder, has no sub-folders, or two spell one label differently
     */
    public static Map<Path, String> labels(Path folder) {
        Objects.requireNonNull(folder, "folder is null");
        if (!Files.isDirectory(folder)) {
            throw new FoveaException(folder + (Files.exists(folder) ? ": not a folder" : ": no such folder")
                    + "; give one with a sub-folder of pictures for each class");
        }
        Map<Path, String> labels = new LinkedHashMap<>();
        Map<String, Path> folders = new LinkedHashMap<>();
        try (Stream<Path> children = Files.list(folder)) {
            for (Path child : children.sorted().toList()) {
                String name = child.getFileName().toString();
                if (!Files.isDirectory(child) || name.startsWith(".")) {
                    continue;
                }
                String label = name.replace('_', ' ');
                Path other = folders.put(label, child);
                if (other != null) {
                    throw new FoveaException(
                            child + " and " + other + " stand for the same label; put their pictures into one folder");
                }
                labels.put(child, label);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (labels.isEmpty()) {
            throw new FoveaException(folder + ": no sub-folders; put each class' pictures into a folder of its own");
        }
        return labels;
    }

    /**
     * Finds the pictures of each class.
     *
     * @param problems receives what cannot be looked into
     */
    static List<LabelledImage> pictures(Path folder, List<Problem> problems) {
        List<LabelledImage> pictures = new ArrayList<>();
        labels(folder)
                .forEach((child, label) -> PictureFolders.walk(child, null, new PictureFolders.Visitor() {
                    @Override
                    public void picture(Path file, BasicFileAttributes attributes) {
                        pictures.add(new LabelledImage(file, label));
                    }

                    @Override
                    public void problem(Path path, String reason) {
                        problems.add(new Problem(path, reason));
                    }

                    @Override
                    public void otherFormat(Path file, String format) {
                        problems.add(new Problem(
                                file,
                                file + ": is in a format that is not read (" + format
                                        + "); convert it to JPEG or PNG"));
                    }
                }));
        return pictures;
    }
}
