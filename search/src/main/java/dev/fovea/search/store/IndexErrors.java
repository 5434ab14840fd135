package dev.fovea.search.store;

import dev.fovea.tensor.CancelledException;
import dev.fovea.tensor.FoveaException;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.IndexFormatTooNewException;
import org.apache.lucene.index.IndexFormatTooOldException;
import org.apache.lucene.index.IndexNotFoundException;
import org.apache.lucene.store.LockObtainFailedException;
import org.apache.lucene.util.ThreadInterruptedException;

/** Makes one line of what Lucene says about an index. */
final class IndexErrors {

    private IndexErrors() {}

    /** Returns the error to throw for what went wrong with the index in a folder; a defect of ours stays what it is. */
    static RuntimeException of(Path folder, Exception e) {
        boolean ours = e instanceof RuntimeException && !isDamage(e) && !isVersion(e);
        return ours ? (RuntimeException) e : new FoveaException(folder + ": " + reason(e), e);
    }

    /** Returns the error to throw for what went wrong while an index was written. */
    static RuntimeException ofWriting(Path folder, Exception e) {
        if (e instanceof ClosedByInterruptException || e instanceof ThreadInterruptedException) {
            return new CancelledException(e);
        }
        Throwable cause = e;
        while (cause.getCause() != null && !(cause instanceof IOException)) {
            cause = cause.getCause(); // Lucene closes a writer that failed and says so the next time
        }
        boolean known = cause instanceof LockObtainFailedException || isDamage(cause) || isVersion(cause);
        return known && cause instanceof Exception reason
                ? of(folder, reason)
                : new FoveaException(
                        folder + ": cannot be written (" + said(cause) + "); what was indexed so far is kept: check"
                                + " the free space and the permissions, and update again",
                        e);
    }

    private static String reason(Exception e) {
        if (e instanceof LockObtainFailedException) {
            return "somebody else is writing to this index; wait until that has ended";
        }
        if (e instanceof IndexNotFoundException) {
            return "no index in this folder; make one with PhotoIndex.update";
        }
        if (isVersion(e)) {
            return "was written by another version of Fovea; delete it and index again";
        }
        if (isDamage(e)) {
            return "this index is damaged (" + said(e) + "); delete it and index again";
        }
        return "cannot be read (" + said(e) + "); check its permissions and the disk";
    }

    private static boolean isVersion(Throwable e) {
        return e instanceof IndexFormatTooOldException
                || e instanceof IndexFormatTooNewException
                || e instanceof IllegalArgumentException && said(e).startsWith("An SPI class"); // an unknown codec
    }

    private static boolean isDamage(Throwable e) {
        return e instanceof CorruptIndexException
                || e instanceof EOFException
                || e instanceof FileNotFoundException
                || e instanceof NoSuchFileException
                || e instanceof IndexOutOfBoundsException
                || e instanceof NegativeArraySizeException;
    }

    /** Returns the first line of a message without the resources that Lucene lists behind it. */
    private static String said(Throwable e) {
        String message = e instanceof FileSystemException file && file.getReason() != null
                ? file.getReason()
                : e instanceof NoSuchFileException missing
                        ? "no file " + Path.of(missing.getFile()).getFileName()
                        : e instanceof AccessDeniedException ? "permission denied" : String.valueOf(e.getMessage());
        return message.lines().findFirst().orElse("").replaceAll(" \\(resource=.*", "");
    }
}
