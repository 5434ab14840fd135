package dev.fovea.app.pictures;

import dev.fovea.models.files.WholeFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * Writes texts beside their pictures, {@code photo.txt} beside {@code photo.jpg}, as trainers of image models read
 * captions (kohya-ss/sd-scripts and its taggers): the picture's name with its last ending replaced, UTF-8, ended by a
 * line feed.
 */
final class Sidecars implements PictureOutputs.Target {

    private final boolean overwrite;
    private final Map<Path, Path> pictureOfText = new HashMap<>();
    private final Map<Path, Boolean> writable = new HashMap<>();

    Sidecars(boolean overwrite) {
        this.overwrite = overwrite;
    }

    /** Returns whether texts that are there already are overwritten. */
    boolean overwrites() {
        return overwrite;
    }

    @Override
    public Path file(Path picture) {
        String name = picture.getFileName().toString();
        int dot = name.lastIndexOf('.');
        return picture.resolveSibling((dot > 0 ? name.substring(0, dot) : name) + ".txt");
    }

    @Override
    public String refusal(Path picture) {
        Path text = file(picture);
        if (text.equals(picture)) {
            return text + ": is itself given as a picture and would be written over; rename it";
        }
        Path other = pictureOfText.putIfAbsent(text, picture);
        if (other != null && !other.equals(picture)) {
            return picture + ": its text would lie in " + text + ", as that of " + other + "; rename one of them";
        }
        if (Files.isDirectory(text)) {
            return text + ": is a folder, expected a file for the text of " + picture + "; rename it";
        }
        Path folder = text.toAbsolutePath().getParent();
        boolean reachable = !Files.isDirectory(folder) || writable.computeIfAbsent(folder, Files::isWritable);
        return reachable || has(picture)
                ? null
                : text + ": cannot be written (no permission); check the permissions of its folder";
    }

    /** Returns whether a picture has a text. An empty file is what a power failure leaves, so it does not count. */
    @Override
    public boolean has(Path picture) {
        Path text = file(picture);
        try {
            return !overwrite && Files.isRegularFile(text) && Files.size(text) > 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes the text of a picture. */
    void write(Path picture, String text) {
        WholeFile.write(file(picture), out -> out.write((text + "\n").getBytes(StandardCharsets.UTF_8)));
    }
}
