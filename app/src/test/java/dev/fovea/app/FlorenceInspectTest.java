package dev.fovea.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fovea.tensor.safetensors.Checkpoint;
import dev.fovea.tensor.safetensors.SafetensorsWriter;
import dev.fovea.tensor.safetensors.TensorEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code inspect} on Florence-2, in transformers' layout and Microsoft's. */
class FlorenceInspectTest {

    @TempDir
    private Path directory;

    /** Writes the checkpoint with one tensor under another name, and returns its folder. */
    private Path renamed(String name, String tensor, String other) throws IOException {
        Path whole = TinyModels.florence(directory.resolve("whole"), name);
        Path folder = Files.createDirectory(directory.resolve("changed"));
        Files.copy(whole.resolve("config.json"), folder.resolve("config.json"));
        SafetensorsWriter writer = new SafetensorsWriter();
        try (Checkpoint checkpoint = Checkpoint.open(whole)) {
            for (TensorEntry entry : checkpoint.tensors()) {
                writer.add(
                        entry.name().equals(tensor) ? other : entry.name(),
                        entry.dtype().orElseThrow(),
                        entry.shape(),
                        entry.data());
            }
            writer.write(folder.resolve("model.safetensors"));
        }
        return folder;
    }

    private static void assertNames(JsonNode json, String field, String... names) {
        assertEquals(names.length, json.get(field).size(), json.get(field).toString());
        for (int i = 0; i < names.length; i++) {
            assertEquals(names[i], json.get(field).get(i).asText());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"base", "relu-scaled", "untied", "float16", "microsoft", "microsoft-bias"})
    void nothingIsWrong(String name) throws IOException {
        JsonNode json = Ran.fovea("inspect", "--json", TinyModels.florence(directory, name))
                .json();
        assertEquals("florence2", json.get("architecture").asText());
        assertTrue(json.get("checked").asBoolean());
        assertNames(json, "missing");
        assertNames(json, "unexpected");
        assertNames(json, "misshapen");
        assertTrue(json.get("parameters").asLong() > 100_000);
    }

    @Test
    void peopleSeeTheTowers() {
        String out = Ran.fovea("inspect", TinyModels.florence(directory.resolve("base"), "base"))
                .out();
        assertTrue(out.contains("layout\ttransformers'"), out);
        assertTrue(out.contains("4 stages, 1/1/3/1 pairs of blocks, 12/16/20/28 wide, 1/2/2/2 heads"), out);
        assertTrue(out.contains("decoder\t2 layers, 32 wide, 4 heads"), out);
        String other = Ran.fovea("inspect", TinyModels.florence(directory.resolve("microsoft"), "microsoft"))
                .out();
        assertTrue(other.contains("layout\tMicrosoft's"), other);
    }

    @Test
    void missingAndUnexpected() throws IOException {
        String table = "model.language_model.shared.weight";
        JsonNode json = Ran.fovea("inspect", "--json", renamed("base", table, "model.language_model.table.weight"))
                .json();
        assertNames(json, "missing", table);
        assertNames(json, "unexpected", "model.language_model.table.weight");
    }

    @Test
    void missingInMicrosoftsLayout() throws IOException {
        String bias = "vision_tower.blocks.2.1.channel_block.ffn.fn.net.fc2.bias";
        Path folder = renamed("microsoft", bias, "vision_tower.more");
        JsonNode json = Ran.fovea("inspect", "--json", folder).json();
        assertNames(json, "missing", bias);
        assertNames(json, "unexpected", "vision_tower.more");
        assertTrue(Ran.fovea("inspect", folder).out().contains("missing\t1: " + bias));
    }

    @Test
    void anotherConfiguration() throws IOException {
        Path folder = TinyModels.florence(directory, "base");
        Path config = folder.resolve("config.json");
        String text = Files.readString(config);
        Files.writeString(
                config,
                text.replace("\"encoder_layers\": 2", "\"encoder_layers\": 1000000")
                        .replace("\"max_position_embeddings\": 64", "\"max_position_embeddings\": 65"));
        JsonNode json = Ran.fovea("inspect", "--json", folder).json();
        JsonNode misshapen = json.get("misshapen");
        assertEquals(2, misshapen.size(), misshapen.toString());
        assertEquals("[66,32]", misshapen.get(0).get("shape").toString());
        assertEquals("[67,32]", misshapen.get(0).get("expected").toString());
        assertFalse(json.get("missing").isEmpty());
        Files.writeString(config, "{\"model_type\": \"florence2\", \"vision_config\": {\"num_heads\": [0, 1, 1, 1]}}");
        ErrorsTest.assertOneLine(Ran.fovea("inspect", folder), "num_heads", "expected");
    }
}
