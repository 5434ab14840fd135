package dev.fovea.app;

import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/** Finds the pictures that paths on the command line stand for. */
final class PictureFiles {

    private static final Set<String> ENDINGS =
            Set.of("jpg", "jpeg", "jpe", "jfif", "png", "gif", "bmp", "dib", "tif", "tiff", "webp");

    private PictureFiles() {}

    /**
     * Files as they are, whatever their names; for a folder all files in it and below it that are called like pictures, in
     * the order of their names, hidden ones left out.
     */
    static List<Path> expand(List<Path> paths) {
        List<Path> files = new ArrayList<>();
        for (Path path : paths) {
            if (Files.isDirectory(path)) {
                files.addAll(below(path));
            } else {
                files.add(path);
            }
        }
        return files;
    }

    /**
     * The same.
     *
     * @throws FoveaException if there are none
     */
    static List<Path> expandSome(List<Path> paths) {
        List<Path> files = expand(paths);
        if (files.isEmpty()) {
            throw new FoveaException(paths.getFirst()
                    + ": no pictures in this folder; give a folder with JPEG, PNG, GIF, BMP, TIFF or WebP files");
        }
        return files;
    }

    private static List<Path> below(Path folder) {
        try (Stream<Path> tree = Files.walk(folder, FileVisitOption.FOLLOW_LINKS)) {
            return tree.filter(file -> isPictureName(file.getFileName().toString()))
                    .filter(file -> !isHidden(folder, file))
                    .filter(Files::isRegularFile)
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isPictureName(String name) {
        return ENDINGS.contains(name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT));
    }

    private static boolean isHidden(Path folder, Path file) {
        for (Path part : folder.relativize(file)) {
            if (part.toString().startsWith(".")) {
                return true;
            }
        }
        return false;
    }
}
