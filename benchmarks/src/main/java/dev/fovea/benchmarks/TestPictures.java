package dev.fovea.benchmarks;

import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Lists pictures of a folder, or of its sub-folders, which then are their classes.
 *
 * @param files sorted
 * @param classes of each picture its class; empty where the folder has no sub-folders
 */
record TestPictures(List<Path> files, List<String> classes) {

    private static final List<String> ENDINGS =
            List.of(".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff");

    /**
     * Reads a folder.
     *
     * @param most pictures
     * @throws FoveaException if there are no pictures
     */
    static TestPictures in(Path folder, int most) {
        List<Path> files = new ArrayList<>();
        List<String> classes = new ArrayList<>();
        for (Path child : children(folder)) {
            if (Files.isDirectory(child)) {
                for (Path file : children(child)) {
                    if (isPicture(file)) {
                        files.add(file);
                        classes.add(child.getFileName().toString().replace('_', ' '));
                    }
                }
            }
        }
        if (files.isEmpty()) {
            files.addAll(
                    children(folder).stream().filter(TestPictures::isPicture).toList());
        }
        if (files.isEmpty()) {
            throw new FoveaException(folder + ": no pictures in it; expected files that end in " + ENDINGS);
        }
        int count = Math.min(most, files.size());
        return new TestPictures(
                List.copyOf(files.subList(0, count)), List.copyOf(classes.subList(0, Math.min(most, classes.size()))));
    }

    /** Returns every class once. */
    List<String> classNames() {
        return classes.stream().distinct().toList();
    }

    private static List<Path> children(Path folder) {
        try (Stream<Path> children = Files.list(folder)) {
            return children.sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isPicture(Path file) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        return Files.isRegularFile(file) && ENDINGS.stream().anyMatch(name::endsWith);
    }
}
