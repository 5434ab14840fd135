package dev.fovea.tensor.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.CancelledException;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileErrorsTest {

    @TempDir
    private Path folder;

    @Test
    void aFolderInPlaceOfAFileIsSaid() {
        assertEquals(
                folder + ": cannot be read (it is a folder); check it",
                FileErrors.cannotRead(folder, new IOException("Is a directory"), "check it")
                        .getMessage());
        assertEquals(
                folder + ": cannot be read (permission denied); check it",
                FileErrors.cannotRead(folder, new AccessDeniedException(folder.toString()), "check it")
                        .getMessage());
    }

    /** What is wrong with a folder is never that it is one. */
    @Test
    void aFolderThatCannotBeListedHasAReason() {
        assertEquals(
                folder + ": cannot be read (Input/output error); check it",
                FileErrors.cannotList(folder, new IOException("Input/output error"), "check it")
                        .getMessage());
        assertEquals(
                folder + ": cannot be read (no such file); check it",
                FileErrors.cannotList(folder, new NoSuchFileException(folder.toString()), "check it")
                        .getMessage());
    }

    @Test
    void anInterruptIsNothingThatIsWrongWithAFile() {
        try {
            assertInstanceOf(
                    CancelledException.class,
                    FileErrors.cannotList(folder, new ClosedByInterruptException(), "check it"));
            assertInstanceOf(
                    CancelledException.class,
                    FileErrors.cannotRead(folder, new ClosedByInterruptException(), "check it"));
        } finally {
            assertTrue(Thread.interrupted());
        }
    }
}
