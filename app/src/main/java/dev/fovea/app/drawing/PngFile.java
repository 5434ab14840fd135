package dev.fovea.app.drawing;

import dev.fovea.tensor.FoveaException;
import java.awt.image.BufferedImage;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import javax.imageio.ImageIO;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Writes PNG files that are whole or not there. */
final class PngFile {

    private PngFile() {}

    /** Writes to a temporary file beside the target and moves it into place; where the target is a link, to what it leads to. */
    static void write(BufferedImage image, Path target) {
        Path temporary = null;
        try {
            Path file = Files.exists(target) ? target.toRealPath() : target;
            if (Files.isDirectory(file)) {
                throw new FoveaException(target + ": is a folder; name the file to write");
            }
            if (Files.exists(file) && !Files.isWritable(file)) {
                throw new AccessDeniedException(file.toString());
            }
            temporary = file.resolveSibling("." + UUID.randomUUID() + ".png.tmp");
            temporary.toFile().deleteOnExit(); // for a process that is stopped in the middle
            encode(image, temporary);
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new FoveaException(
                    target + ": cannot be written (" + reason(e)
                            + "); check the folder, its permissions and the free space",
                    e);
        } finally {
            deleteQuietly(temporary);
        }
    }

    private static void encode(BufferedImage image, Path file) throws IOException {
        try (OutputStream stream = new BufferedOutputStream(
                        Files.newOutputStream(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
                ImageOutputStream out = new MemoryCacheImageOutputStream(stream)) {
            if (!ImageIO.write(image, "png", out)) {
                throw new IOException("this Java cannot write PNG files");
            }
        }
    }

    private static String reason(IOException e) {
        return switch (e) {
            case NoSuchFileException missing -> "no such folder";
            case AccessDeniedException denied -> "no permission";
            case FileSystemException file when file.getReason() != null -> file.getReason();
            default -> e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        };
    }

    private static void deleteQuietly(Path file) {
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException alreadyFailing) {
            // What failed before is what people need to know; after a success it is not there any more.
        }
    }
}
