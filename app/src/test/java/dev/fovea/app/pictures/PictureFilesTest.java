package dev.fovea.app.pictures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fovea.app.Ran;
import dev.fovea.app.TinyClip;
import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@DisabledOnOs(OS.WINDOWS)
class PictureFilesTest {

    @TempDir
    Path folder;

    private Path file(String name) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.createFile(file);
    }

    private List<String> names(PictureFiles found) {
        return found.files().stream()
                .map(file -> folder.relativize(file).toString())
                .toList();
    }

    private String problems(PictureFiles found) {
        return String.join(
                "\n",
                found.problems().stream().map(PictureRun.Unreadable::reason).toList());
    }

    @Test
    void picturesComeByNameAndHiddenOnesNot() throws IOException {
        for (String name : List.of("b.PNG", "a/z.jpg", "a.mpo", "c.apng", ".hidden.png", ".git/x.png", "notes.txt")) {
            file(name);
        }
        PictureFiles found = PictureFiles.of(List.of(folder, folder.resolve("notes.txt")));
        assertEquals(List.of("a.mpo", "a/z.jpg", "b.PNG", "c.apng", "notes.txt"), names(found));
        assertTrue(found.problems().isEmpty(), problems(found));
    }

    @Test
    void aLinkToAFolderAboveIsReportedAndTheRestGoesOn() throws IOException {
        file("a.png");
        file("in/b.png");
        Files.createSymbolicLink(folder.resolve("in/up"), Path.of(".."));
        Files.createSymbolicLink(folder.resolve("self"), folder);
        PictureFiles found = PictureFiles.of(List.of(folder));
        assertEquals(List.of("a.png", "in/b.png"), names(found));
        assertEquals(
                folder.resolve("in/up") + ": leads back to " + folder
                        + ", above it, and is not followed; remove the link\n"
                        + folder.resolve("self") + ": leads back to " + folder
                        + ", above it, and is not followed; remove the link",
                problems(found));
    }

    @Test
    void aLinkToAnotherFolderIsFollowed() throws IOException {
        file("2024/a.png");
        Files.createSymbolicLink(folder.resolve("best"), folder.resolve("2024"));
        PictureFiles found = PictureFiles.of(List.of(folder));
        assertEquals(List.of("2024/a.png", "best/a.png"), names(found));
        assertTrue(found.problems().isEmpty(), problems(found));
    }

    @Test
    void linksThatLeadNowhereAreReportedIfCalledLikePictures() throws IOException {
        file("a.png");
        Files.createSymbolicLink(folder.resolve("gone.jpg"), Path.of("nowhere.jpg"));
        Files.createSymbolicLink(folder.resolve("me.jpg"), Path.of("me.jpg"));
        Files.createSymbolicLink(folder.resolve("other"), Path.of("nowhere"));
        PictureFiles found = PictureFiles.of(List.of(folder));
        assertEquals(List.of("a.png"), names(found));
        assertEquals(
                folder.resolve("gone.jpg") + ": is a link that leads nowhere; remove it\n" + folder.resolve("me.jpg")
                        + ": is a link that leads nowhere; remove it",
                problems(found));
    }

    /** Opening a pipe would wait for ever. */
    @Test
    void pipesAreNotOpened() throws Exception {
        file("a.png");
        Path pipe = folder.resolve("pipe.jpg");
        assumeTrue(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0);
        PictureFiles found = PictureFiles.of(List.of(folder));
        assertEquals(List.of("a.png"), names(found));
        assertEquals(pipe + ": is a pipe, a socket or a device, no picture file; left out", problems(found));
    }

    @Test
    void aFolderWithoutPermissionIsReportedAndTheRestGoesOn() throws IOException {
        file("a.png");
        file("lost/b.png");
        Path lost = folder.resolve("lost");
        for (String permissions : List.of("---------", "r--r--r--")) {
            Files.setPosixFilePermissions(lost, PosixFilePermissions.fromString(permissions));
            try {
                assumeFalse(Files.isExecutable(lost), "the superuser may do anything");
                PictureFiles found = PictureFiles.of(List.of(folder));
                assertEquals(List.of("a.png"), names(found));
                assertEquals(lost + ": this folder may not be read; check its permissions", problems(found));
                assertEquals(
                        lost + ": this folder may not be read; check its permissions",
                        assertThrows(
                                        FoveaException.class,
                                        () -> PictureFiles.of(List.of(lost)).orFail())
                                .getMessage());
            } finally {
                Files.setPosixFilePermissions(lost, PosixFilePermissions.fromString("rwxr-xr-x"));
            }
        }
    }

    @Test
    void aVeryDeepTreeIsWalked() throws IOException {
        StringBuilder name = new StringBuilder();
        for (int i = 0; i < 900; i++) {
            name.append("d/");
        }
        file(name + "deep.png");
        assertEquals(List.of(name + "deep.png"), names(PictureFiles.of(List.of(folder))));
    }

    @Test
    void formatsThatNobodyReadsAreCountedAndNamed() throws IOException {
        for (String name : List.of("a.png", "b.heic", "c.HEIC", "d/e.avif", ".f.heic")) {
            file(name);
        }
        Ran ran = Ran.fovea("embed", "--json", folder, "--model", TinyClip.write(folder.resolve(".model")));
        assertTrue(
                ran.err()
                        .contains("fovea: warning: 3 pictures in formats that Fovea does not read were left out: 2"
                                + " HEIC, 1 AVIF;"),
                ran.err());
        Files.delete(folder.resolve("a.png"));
        FoveaException none = assertThrows(
                FoveaException.class, () -> PictureFiles.of(List.of(folder)).orFail());
        assertEquals(
                folder
                        + ": 3 pictures in formats that Fovea does not read were left out: 2 HEIC, 1 AVIF, and there"
                        + " are no"
                        + " others; convert them to JPEG or PNG",
                none.getMessage());
    }
}
