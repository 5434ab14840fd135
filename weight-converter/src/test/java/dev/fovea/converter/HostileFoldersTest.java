package dev.fovea.converter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.DType;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.safetensors.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Folders with links that lead elsewhere, on either side, and weights of absurd shapes. */
class HostileFoldersTest {

    @TempDir
    Path directory;

    private Path source;
    private Path output;
    private Path secret;

    @BeforeEach
    void prepare() throws IOException {
        source = Files.createDirectories(directory.resolve("hub/snapshots/source"));
        output = directory.resolve("converted");
        secret = Files.writeString(directory.resolve("secret"), "secret");
        SmallClip.write(source);
    }

    private void refused(Converter converter, String complaint) throws IOException {
        FoveaException e = assertThrows(FoveaException.class, () -> converter.convert(source, output));
        assertTrue(e.getMessage().contains(complaint), e.getMessage());
        assertEquals(1, e.getMessage().lines().count(), e.getMessage());
        assertEquals("secret", Files.readString(secret));
    }

    @Test
    void anOutputThatIsALink() throws IOException {
        Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
        Files.createSymbolicLink(output, elsewhere);
        refused(new Converter(), "is already there");
        Files.delete(output);
        Files.createSymbolicLink(output, directory.resolve("nowhere"));
        refused(new Converter(), "is already there");
        try (var files = Files.list(elsewhere)) {
            assertEquals(0, files.count());
        }
    }

    @Test
    void aLockThatIsALink() throws IOException {
        Path lock = Files.createSymbolicLink(directory.resolve(".converted.converting.lock"), secret);
        refused(new Converter(), "cannot be written");
        Files.delete(lock);
        Files.createSymbolicLink(lock, directory.resolve("nowhere"));
        refused(new Converter(), "cannot be written");
        assertFalse(Files.exists(directory.resolve("nowhere")));
    }

    /** What a conversion that was killed left behind is deleted; a link in its place, but not what it leads to. */
    @Test
    void litterThatIsALink() throws IOException {
        Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
        Path kept = Files.writeString(elsewhere.resolve("kept"), "kept");
        Files.createSymbolicLink(directory.resolve(".converted.converting"), elsewhere);
        new Converter().convert(source, output);
        assertEquals("kept", Files.readString(kept));
        assertTrue(Files.isRegularFile(output.resolve("model.safetensors")));
    }

    @Test
    void sourcesWithLinks() throws IOException {
        Path link = Files.createSymbolicLink(source.resolve("notes.txt"), secret);
        refused(new Converter(), "notes.txt: is a link to a file outside of its folder");
        assertFalse(Files.exists(output));
        Files.delete(link);
        Path blobs = Files.createDirectories(directory.resolve("hub/blobs"));
        Files.createSymbolicLink(link, Files.writeString(blobs.resolve("0123"), "as the hub's cache has it"));
        new Converter().convert(source, output);
        assertEquals("as the hub's cache has it", Files.readString(output.resolve("notes.txt")));
        assertFalse(Files.isSymbolicLink(output.resolve("notes.txt")));
    }

    /** A row of a million numbers would be quantised again for each piece of it. */
    @Test
    void matricesTooWideForEightBits() {
        SmallClip.write(source, WeightData.of("fc.weight", Shape.of(1, 1 << 20), new float[1 << 20]));
        new Converter().precision(DType.I8).convert(source, output);
        try (Checkpoint checkpoint = Checkpoint.open(output)) {
            assertEquals("F16", checkpoint.find("fc.weight").orElseThrow().type());
        }
    }

    @Test
    void emptyMatrices() {
        long parameters = new Converter().convert(source, output).parameters();
        for (DType type : new DType[] {null, DType.F16, DType.I8}) {
            for (Shape shape : new Shape[] {Shape.of(5, 0), Shape.of(0, 5), Shape.of(0, 0)}) {
                SmallClip.write(source, WeightData.of("fc.weight", shape));
                Path made = directory.resolve(type + "-" + shape.extent(0) + "-" + shape.extent(1));
                assertEquals(
                        parameters,
                        new Converter().precision(type).convert(source, made).parameters());
                Checkpoint.open(made).close();
            }
        }
    }
}
