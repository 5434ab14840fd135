package dev.fovea.models.files;

import dev.fovea.tensor.FoveaException;
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

/** Writes files in one step: a file is either complete or absent. */
public final class WholeFile {

    private WholeFile() {}

    /** Writes the content of a file. */
    @FunctionalInterface
    public interface Content {
        /** Writes the whole content; the stream is closed by the caller. */
        void write(OutputStream out) throws IOException;
    }

    /**
     * Writes to a temporary file beside the target and moves it into place. Where the target is a link, the file that
     * it leads to is replaced.
     *
     * @throws FoveaException if it cannot be written; nothing is left behind, and what was there before stays
     */
    public static void write(Path target, Content content) {
        Path temporary = null;
        try {
            Path file = Files.exists(target) ? target.toRealPath() : target;
            if (Files.isDirectory(file)) {
                throw new FoveaException(target + ": is a folder; name the file to write");
            }
            if (Files.exists(file) && !Files.isRegularFile(file)) {
                throw new FoveaException(
                        target + ": is a pipe or a device and cannot be replaced; name a file to write");
            }
            if (Files.exists(file) && !Files.isWritable(file)) {
                throw new AccessDeniedException(file.toString());
            }
            temporary = file.resolveSibling("." + UUID.randomUUID() + ".tmp");
            temporary.toFile().deleteOnExit(); // for a process that is stopped in the middle
            try (OutputStream out = new BufferedOutputStream(
                    Files.newOutputStream(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE))) {
                content.write(out);
            }
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

    /** Returns in some words why a file cannot be written, without the names of files. */
    static String reason(IOException e) {
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
            // If the writing failed, that error matters, not this one; after a success the temporary file is gone.
        }
    }
}
