package dev.fovea.app.tuning;

import dev.fovea.evaluation.data.ClassFolders;
import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Finds the folders of classes to learn, to choose settings by, to test, and to be kept. A data folder has a sub-folder
 * for each class, or {@code train}, {@code val} and {@code test} with such sub-folders; it is taken for the latter only
 * if nothing else lies beside {@code train}, which could be the name of a class.
 */
final class TuningFolder {

    /** What pictures are for. */
    enum Part {
        TRAINING("train"),
        VALIDATION("val"),
        TEST("test"),
        KEPT("--keep");

        private final String folder;

        Part(String folder) {
            this.folder = folder;
        }

        /** Returns the name of the folder that holds them. */
        String folder() {
            return folder;
        }
    }

    /** A folder of pictures of one class. */
    record ClassFolder(Part part, String label) {}

    private static final Map<String, Part> NAMES = Map.of(
            "train", Part.TRAINING,
            "val", Part.VALIDATION,
            "valid", Part.VALIDATION,
            "validation", Part.VALIDATION,
            "test", Part.TEST);

    private final Map<Path, ClassFolder> folders = new LinkedHashMap<>();

    /**
     * Finds the folders.
     *
     * @param validation a folder of the same classes, or null
     * @param kept a folder of other classes, or null
     */
    TuningFolder(Path data, Path validation, Path kept) {
        if (Files.isRegularFile(data)) {
            throw new FoveaException(data + ": is a file; classes are learned from a folder with a sub-folder of"
                    + " pictures for each, a file from --task pairs, caption, ask or florence");
        }
        Map<String, Path> parts = parts(data);
        if (parts.containsKey("train") && NAMES.keySet().containsAll(parts.keySet())) {
            parts.forEach((name, folder) -> add(NAMES.get(name), folder));
        } else {
            add(Part.TRAINING, data);
        }
        if (validation != null) {
            if (!labels(Part.VALIDATION).isEmpty()) {
                throw new FoveaException(data + ": has a folder of validation pictures; leave out --validation");
            }
            add(Part.VALIDATION, validation);
        }
        if (kept != null) {
            Set<String> learned = Set.copyOf(labels(Part.TRAINING));
            add(Part.KEPT, kept);
            for (String label : labels(Part.KEPT)) {
                if (learned.contains(label)) {
                    throw new FoveaException(kept + ": the class \"" + label + "\" is one of those that are tuned;"
                            + " --keep takes a folder of other classes");
                }
            }
        }
    }

    private static Map<String, Path> parts(Path data) {
        Map<String, Path> parts = new LinkedHashMap<>();
        if (Files.isDirectory(data)) {
            try (Stream<Path> children = Files.list(data)) {
                children.filter(Files::isDirectory)
                        .filter(child -> !child.getFileName().toString().startsWith("."))
                        .sorted()
                        .forEach(child -> parts.put(child.getFileName().toString(), child));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return parts;
    }

    private void add(Part part, Path folder) {
        ClassFolders.labels(folder).forEach((child, label) -> folders.put(child, new ClassFolder(part, label)));
    }

    /** Returns the folders of classes. */
    List<Path> folders() {
        return List.copyOf(folders.keySet());
    }

    /** Returns the names of a part's classes, each once. */
    List<String> labels(Part part) {
        List<String> labels = new ArrayList<>();
        folders.values().stream()
                .filter(folder -> folder.part == part && !labels.contains(folder.label))
                .forEach(folder -> labels.add(folder.label));
        return labels;
    }

    /** Returns what a picture is for and what it shows. */
    ClassFolder of(Path picture) {
        Path above = picture.getParent();
        while (!folders.containsKey(above)) {
            above = above.getParent();
        }
        return folders.get(above);
    }
}
