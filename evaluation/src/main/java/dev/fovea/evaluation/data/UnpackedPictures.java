package dev.fovea.evaluation.data;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Holds pictures of an archive as files of a temporary folder. */
final class UnpackedPictures implements AutoCloseable {

    private final Path folder;
    private final List<Path> files = new ArrayList<>();

    private UnpackedPictures(Path folder) {
        this.folder = folder;
    }

    static UnpackedPictures make() {
        try {
            Path folder = Files.createTempDirectory("fovea-dataset-");
            folder.toFile().deleteOnExit(); // for a process that is stopped in the middle
            return new UnpackedPictures(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes a picture under a name of its own, which says what it was called. */
    Path add(String name, InputStream content) throws IOException {
        String plain = name.replaceAll("[^\\p{L}\\p{N}._-]", "_");
        String end = plain.length() > 80 ? plain.substring(plain.length() - 80) : plain;
        Path file = folder.resolve(files.size() + "-" + end);
        file.toFile().deleteOnExit();
        files.add(file);
        Files.copy(content, file);
        return file;
    }

    @Override
    public void close() {
        try {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
            Files.deleteIfExists(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
