package dev.fovea.converter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What fewer bits change in the answers, measured while converting. */
class OutputChangeTest {

    @TempDir
    Path directory;

    private final Backend backend = Backends.open(Backends.DEFAULT, 1);

    @AfterEach
    void close() {
        backend.close();
    }

    private Conversion convert(Path source, String name, DType type, long mostBytes) {
        return new Converter()
                .precision(type)
                .measuringChange(backend, mostBytes)
                .convert(source, directory.resolve(name));
    }

    @ParameterizedTest
    @CsvSource({
        "openai-vit, openai-vit.pt, image embeddings",
        "openai-resnet, openai-resnet.pt, image embeddings",
        "blip-caption, blip-caption.pth, image tokens",
        "blip-vqa, blip-vqa.pth, image tokens",
        "blip-itm, blip-itm.pth, image tokens"
    })
    void grows(String name, String file, String what) throws IOException {
        Path source = Case.named(name).unpack(directory.resolve("source")).resolve(file);
        OutputChange wide = convert(source, "bf16", DType.BF16, Long.MAX_VALUE).change();
        OutputChange narrow = convert(source, "int8", DType.I8, Long.MAX_VALUE).change();
        for (OutputChange change : List.of(wide, narrow)) {
            assertEquals(what, change.what());
            assertEquals(3, change.pictures());
            assertTrue(change.cosine() > 0.999 && change.cosine() <= 1 + 1e-9, change.toString());
            assertTrue(change.relativeError() < 0.05 && change.largestError() < 0.05, change.toString());
        }
        assertTrue(narrow.relativeError() > 1e-4, narrow.toString());
        // What was loaded before is not what was published.
        Converter plain = new Converter().precision(DType.I8);
        plain.convert(source, directory.resolve("plain"));
        try (var files = Files.list(directory.resolve("plain"))) {
            for (Path expected : files.toList()) {
                assertEquals(
                        -1, Files.mismatch(expected, directory.resolve("int8").resolve(expected.getFileName())));
            }
        }
    }

    @Test
    void onlyIfSomethingChangesAndTheModelIsSmall() {
        Path source = Case.named("openai-vit").unpack(directory.resolve("source"));
        assertNull(convert(source, "stored", null, Long.MAX_VALUE).change());
        Conversion large = convert(source, "large", DType.BF16, 1000);
        assertNull(large.change());
        assertTrue(
                large.changeSkipped().contains("measuringChange with a larger limit does it"), large.changeSkipped());
        assertNull(new Converter()
                .precision(DType.BF16)
                .convert(source, directory.resolve("unasked"))
                .changeSkipped());
    }

    @Test
    void theWorstPictureCounts() {
        ModelOutputs before = new ModelOutputs("numbers", List.of(new float[] {1, 0}, new float[] {0, 2}));
        ModelOutputs after = new ModelOutputs("numbers", List.of(new float[] {1, 0}, new float[] {1, 2}));
        OutputChange change = OutputChange.between(before, after);
        assertEquals(2 / Math.sqrt(5), change.cosine(), 1e-12);
        assertEquals(0.5, change.relativeError());
        assertEquals(0.5, change.largestError());
        ModelOutputs broken = new ModelOutputs("numbers", List.of(new float[] {1, 0}, new float[] {Float.NaN, 2}));
        assertThrows(ModelException.class, () -> OutputChange.between(before, broken));
    }
}
