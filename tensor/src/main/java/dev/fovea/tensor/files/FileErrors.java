package dev.fovea.tensor.files;

import dev.fovea.tensor.CancelledException;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Makes one line of what the system says about a file that cannot be read. */
public final class FileErrors {

    private FileErrors() {}

    /**
     * Returns the error to throw for a file that cannot be read.
     *
     * @param e what reading it threw; an interrupted thread gets a {@link CancelledException}, since nothing is wrong
     *     with the file
     * @param advice what to do, such as {@code check its permissions}
     */
    public static FoveaException cannotRead(Path file, IOException e, String advice) {
        if (e instanceof ClosedByInterruptException || e instanceof InterruptedIOException) {
            return new CancelledException(e);
        }
        boolean folder = Files.isDirectory(file) && !(e instanceof AccessDeniedException);
        return new ModelException(
                file + ": cannot be read (" + (folder ? "it is a folder" : reason(e)) + "); " + advice, e);
    }

    /**
     * Returns the error to throw for a folder whose files cannot be listed, or not all be looked at.
     *
     * @param e what that threw; an interrupted thread gets a {@link CancelledException}, since nothing is wrong with
     *     the folder
     * @param advice what to do, such as {@code check its permissions}
     */
    public static FoveaException cannotList(Path folder, IOException e, String advice) {
        if (e instanceof ClosedByInterruptException || e instanceof InterruptedIOException) {
            return new CancelledException(e);
        }
        return new ModelException(folder + ": cannot be read (" + reason(e) + "); " + advice, e);
    }

    /**
     * Returns why an operation failed. Exceptions of java.nio often hold the file's name and nothing else, or nothing
     * at all.
     */
    private static String reason(IOException e) {
        String said = e instanceof FileSystemException system ? system.getReason() : e.getMessage();
        if (said != null) {
            return said;
        }
        return switch (e) {
            case AccessDeniedException denied -> "permission denied";
            case NoSuchFileException missing -> "no such file";
            default -> e.getClass().getSimpleName();
        };
    }
}
