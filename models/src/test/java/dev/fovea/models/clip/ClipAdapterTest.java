package dev.fovea.models.clip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.TestDevices;
import dev.fovea.models.Vectors;
import dev.fovea.models.adapter.AdapterCase;
import dev.fovea.models.clip.OracleCase.Pictures;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Embeddings of a CLIP with adapters that PEFT wrote, beside transformers'. */
class ClipAdapterTest {

    private static final String BASE = "config-dicts";

    @TempDir
    private Path folder;

    static Stream<Arguments> casesAndDevices() {
        return TestDevices.each(Stream.of("clip", "clip-everything"));
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("casesAndDevices")
    void embeddingsAreThoseOfPeft(String name, String device) {
        AdapterCase adapter = AdapterCase.open(name);
        try (OracleCase base = OracleCase.open(BASE);
                Backend backend = TestDevices.open(device);
                Clip clip = Clip.load(base.copyTo(folder), adapter.on(backend))) {
            assertEquals(List.of(), clip.unusedTensors());
            Pictures pictures = base.pictures().getFirst();
            same(
                    adapter.rows("image_embeds"),
                    clip.embedPixels(
                            pictures.pixels(),
                            pictures.grid().images(),
                            pictures.grid().height(),
                            pictures.grid().width()));
            same(
                    adapter.rows("text_embeds"),
                    clip.embedTokens(base.texts().getFirst().ids()));
        }
    }

    private static void same(List<float[]> expected, List<float[]> found) {
        assertEquals(expected.size(), found.size());
        for (int row = 0; row < expected.size(); row++) {
            for (int i = 0; i < expected.get(row).length; i++) {
                assertEquals(expected.get(row)[i], found.get(row)[i], 1e-5);
            }
        }
    }

    @Test
    void adaptersAddUpAndChangeTheFingerprint() {
        Path model = OracleCase.copy(BASE, folder);
        Path adapter = AdapterCase.open("clip").folder();
        Path other = AdapterCase.open("clip-everything").folder();
        try (Backend backend = Backends.open("cpu", 1);
                Clip both = Clip.load(
                        model, LoadOptions.on(backend).withAdapter(adapter).withAdapter(other));
                Clip turned = Clip.load(
                        model, LoadOptions.on(backend).withAdapter(other).withAdapter(adapter));
                Clip one = Clip.load(model, LoadOptions.on(backend).withAdapter(adapter));
                Clip none = Clip.load(model, backend)) {
            float[] expected = both.embed("abc");
            assertTrue(Vectors.cosine(expected, turned.embed("abc")) > 0.99999);
            assertTrue(Vectors.cosine(expected, one.embed("abc")) < 0.99);
            assertTrue(Vectors.cosine(one.embed("abc"), none.embed("abc")) < 0.99);
            assertNotEquals(none.fingerprint(), one.fingerprint());
            assertNotEquals(both.fingerprint(), one.fingerprint());
            assertEquals(
                    one.fingerprint(),
                    Clip.fingerprint(model, LoadOptions.on(backend).withAdapter(adapter)));
        }
    }
}
