package dev.fovea.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.kind.ModelKind;
import dev.fovea.models.nn.ModelConfig;
import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Configurations of newer versions: what may change the answers is refused by name, what cannot is taken. */
class UnknownFieldsTest {

    @TempDir
    private Path folder;

    private static String config(String name) throws IOException {
        try {
            return Files.readString(
                    Path.of(UnknownFieldsTest.class.getResource(name).toURI()).resolve("config.json"));
        } catch (URISyntaxException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private ModelConfig load(String config) throws IOException {
        Files.writeString(folder.resolve("config.json"), config);
        return ModelKind.of(folder).config(folder);
    }

    /** Adds a field to an object of the configuration, or to all of it if the name is empty. */
    private static String with(String config, String object, String field) {
        String start = object.isEmpty() ? "{" : "\"" + object + "\": {";
        int end = config.indexOf(start) + start.length();
        assertTrue(config.contains(start), config);
        return config.substring(0, end) + field + "," + config.substring(end);
    }

    @ParameterizedTest(name = "{0}, {1}")
    @CsvSource({
        "dinov2/case, ''",
        "dinov2/registers, ''",
        "classification/cases/dinov2, ''",
        "dinov3/vit, ''",
        "dinov3/convnext, ''",
        "siglip/cases/spiece, ''",
        "siglip/cases/spiece, vision_config",
        "siglip/cases/spiece, text_config",
        "siglip/cases/vision, ''",
        "siglip/naflex, ''",
        "siglip/naflex, vision_config",
        "siglip/naflex, text_config"
    })
    void whatMayChangeAnswersIsRefusedByName(String name, String object) throws IOException {
        String written = config(name);
        load(written);
        for (String field : new String[] {
            "\"qk_norm\": true", "\"use_bias\": false", "\"window_size\": 7", "\"rope_parameters\": {\"factor\": 2}"
        }) {
            String message = assertThrows(FoveaException.class, () -> load(with(written, object, field)))
                    .getMessage();
            assertTrue(message.contains(field.substring(1, field.indexOf('"', 1))), message);
            assertEquals(1, message.lines().count());
        }
        assertThrows(FoveaException.class, () -> load(with(written, object, "\"is_decoder\": true")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"dinov2/case", "dinov3/vit", "dinov3/convnext", "siglip/cases/spiece", "siglip/naflex"})
    void whatPublishedFilesHoldBesidesIsTaken(String name) throws IOException {
        load(with(config(name), "", """
                "_name_or_path": "x", "torchscript": false, "top_k": 50, "pruned_heads": {}, "new_part": null"""));
    }

    @Test
    void clipsThatDoNotRunAreNamedWithWhatToTake() throws IOException {
        for (String config : new String[] {
            "{\"model_type\": \"jina_clip\"}",
            "{\"model_type\": \"M-CLIP\", \"architectures\": [\"MultilingualCLIP\"]}",
            "{\"model_type\": \"clip\", \"architectures\": [\"NLLBCLIPModel\"]}"
        }) {
            Files.writeString(folder.resolve("config.json"), config);
            ModelKind kind = ModelKind.of(folder);
            assertEquals(ModelKind.Family.OTHER, kind.family(), config);
            String message = assertThrows(FoveaException.class, () -> ModelKind.towers(folder))
                    .getMessage();
            assertTrue(message.contains("CLIP") || message.contains("clip"), message);
            assertTrue(message.contains("does not run; for many languages take google/siglip2"), message);
            assertEquals(1, message.lines().count());
        }
    }
}
