package dev.fovea.library;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.Models;
import dev.fovea.models.blip.BlipCaptioner;
import dev.fovea.models.clip.Clip;
import dev.fovea.tensor.FoveaException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Names of models, with the hub and the embedded models on the class path. */
class ModelsTest {

    private static final LoadOptions OFFLINE = LoadOptions.DEFAULTS.withoutDownload();

    @TempDir
    private Path directory;

    @Test
    void listsTheEmbeddedModels() {
        assertEquals(List.of("blip-mini", "clip-mini", "florence-mini"), Models.embedded());
    }

    @Test
    void findsEmbeddedModelsAndTheirParts() {
        Path folder = Models.folder("florence-mini", OFFLINE);
        assertTrue(Files.exists(folder.resolve("model.safetensors")), folder.toString());
        Path answerer = Models.folder("blip-mini/answerer", OFFLINE);
        assertEquals(answerer, Models.folder("blip-mini", "answerer", OFFLINE));
        assertTrue(Files.exists(answerer.resolve("config.json")), answerer.toString());
    }

    @Test
    void loadsModelsByName() {
        try (Clip clip = Clip.load("clip-mini");
                BlipCaptioner blip = BlipCaptioner.load("blip-mini")) {
            assertEquals(clip.dimension(), clip.embed("a cat").length);
            assertTrue(blip.preprocessing() != null);
        }
    }

    @Test
    void findsFolders() throws Exception {
        assertEquals(directory, Models.folder(directory.toString(), OFFLINE));
        Path snapshot = Files.createDirectories(directory.resolve("models--a--b/snapshots/0123"));
        assertEquals(snapshot, Models.folder(directory.resolve("models--a--b").toString(), OFFLINE));
    }

    @Test
    void saysWhatANameMayBe() {
        String hub = "nobody/has-this-model";
        String error = assertThrows(FoveaException.class, () -> Models.folder(hub, OFFLINE))
                .getMessage();
        assertEquals(
                hub + ": no such model; pass a checkpoint's folder, a downloaded model's owner/name, or an embedded"
                        + " model: blip-mini, clip-mini, florence-mini",
                error);
        assertThrows(FoveaException.class, () -> Models.folder("no such\0name", OFFLINE));
        assertThrows(NullPointerException.class, () -> Models.folder(null, OFFLINE));
    }
}
