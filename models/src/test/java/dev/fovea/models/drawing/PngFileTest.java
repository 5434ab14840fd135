package dev.fovea.models.drawing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.image.Picture;
import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PngFileTest {

    @TempDir
    private Path directory;

    private final Drawing drawing =
            Drawing.of(DrawingTest.picture(30, 20), DrawingTest.boxes(DrawingTest.box("cat", 3, 3, 20, 15)));

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void isReadBackAsItWas() throws IOException {
        Path file = directory.resolve("out.png");
        drawing.write(file);
        assertArrayEquals(
                Picture.of(drawing.image()).toRgb().samples(),
                Picture.read(file).toRgb().samples());
        assertEquals(List.of("out.png"), files());
    }

    @Test
    void replacesWhatWasThere() throws IOException {
        Path file = Files.writeString(directory.resolve("out.png"), "something else");
        Path link = Files.createSymbolicLink(directory.resolve("link.png"), file);
        drawing.write(link);
        assertEquals(30, Picture.read(file).width());
        assertTrue(Files.isSymbolicLink(link));
        assertEquals(List.of("link.png", "out.png"), files());
    }

    @Test
    void leavesNothingWhereItCannotWrite() throws IOException {
        Path nowhere = directory.resolve("nowhere/out.png");
        FoveaException missing = assertThrows(FoveaException.class, () -> drawing.write(nowhere));
        assertTrue(missing.getMessage().startsWith(nowhere + ": cannot be written (no such folder)"));
        Path file = Files.writeString(directory.resolve("file"), "");
        assertThrows(FoveaException.class, () -> drawing.write(file.resolve("out.png")));
        Path folder = Files.createDirectory(directory.resolve("folder.png"));
        FoveaException taken = assertThrows(FoveaException.class, () -> drawing.write(folder));
        assertTrue(taken.getMessage().contains("is a folder"), taken.getMessage());
        assertEquals(List.of("file", "folder.png"), files());
    }
}
