package dev.fovea.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.safetensors.Checkpoint;
import dev.fovea.tensor.safetensors.SafetensorsWriter;
import dev.fovea.tensor.safetensors.TensorEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConvertCommandTest {

    @TempDir
    Path directory;

    private Path source;
    private Path output;

    @BeforeEach
    void prepare() throws IOException {
        source = TinyClip.write(directory.resolve("source"));
        output = directory.resolve("converted");
    }

    @Test
    void writesAFolderThatTheOtherCommandsLoad() throws IOException {
        Ran ran = Ran.fovea("convert", source, output, "--json");
        assertEquals(0, ran.exit(), ran.err());
        JsonNode json = ran.json();
        assertEquals(source.toString(), json.get("source").asText());
        assertEquals(output.toString(), json.get("output").asText());
        assertEquals("clip", json.get("architecture").asText());
        assertEquals(46, json.get("tensors").asInt());
        long bytes = 0;
        try (var files = Files.list(output)) {
            for (Path file : files.toList()) {
                bytes += Files.size(file);
            }
        }
        assertEquals(bytes, json.get("bytes").asLong());
        assertFalse(json.has("losses"));
        JsonNode inspected = Ran.fovea("inspect", output, "--json").json();
        assertEquals(
                inspected.get("parameters").asLong(), json.get("parameters").asLong());
        Ran before = Ran.fovea("embed", "--model", source, "--text", "a cat");
        Ran after = Ran.fovea("embed", "--model", output, "--text", "a cat");
        assertEquals(before.out(), after.out());
    }

    @Test
    void eightBits() throws IOException {
        Ran ran = Ran.fovea("convert", source, output, "--dtype", "int8", "--json");
        assertEquals(0, ran.exit(), ran.err());
        JsonNode change = ran.json().get("change");
        assertEquals("image embeddings", change.get("of").asText());
        assertEquals(3, change.get("pictures").asInt());
        assertTrue(change.get("cosine").asDouble() > 0.99, change.toString());
        assertTrue(change.get("relativeError").asDouble() < 0.1, change.toString());
        assertTrue(change.get("largestError").asDouble() < 0.1, change.toString());
        JsonNode losses = ran.json().get("losses");
        assertTrue(losses.size() > 10);
        for (JsonNode loss : losses) {
            assertEquals("F32", loss.get("from").asText());
            assertTrue(loss.get("relativeError").asDouble() < 0.01, loss.toString());
        }
        JsonNode inspected = Ran.fovea("inspect", output, "--json").json();
        assertEquals(0, inspected.get("missing").size());
        assertEquals(0, inspected.get("unexpected").size());
        assertEquals(0, inspected.get("misshapen").size());
        assertEquals(Ran.fovea("inspect", source, "--json").json().get("parameters"), inspected.get("parameters"));
        assertEquals(0, Ran.fovea("embed", "--model", output, "--text", "a cat").exit());
        ErrorsTest.assertOneLine(
                Ran.fovea("convert", output, directory.resolve("again"), "--dtype", "f16"), "is in int8 already");
        assertEquals(0, Ran.fovea("convert", output, directory.resolve("copy")).exit());
        assertEquals(
                Ran.fovea("embed", "--model", output, "--text", "a cat").out(),
                Ran.fovea("embed", "--model", directory.resolve("copy"), "--text", "a cat")
                        .out());
    }

    @Test
    void tellsPeopleWhatWasLost() {
        Ran ran = Ran.fovea("convert", source, output, "--dtype", "bf16");
        assertEquals(0, ran.exit(), ran.err());
        assertTrue(ran.out().contains("clip, 11,369 parameters in 46 tensors"), ran.out());
        assertTrue(ran.out().contains("F32 to BF16"), ran.out());
        assertTrue(ran.out().contains("image embeddings of 3 sample pictures: cosine "), ran.out());
    }

    @Test
    void measuresNothingIfNotWanted() throws IOException {
        Ran ran = Ran.fovea("convert", source, output, "--dtype", "bf16", "--no-check", "--json");
        assertEquals(0, ran.exit(), ran.err());
        assertFalse(ran.json().has("change"));
        assertFalse(ran.json().has("changeSkipped"));
        Ran stored = Ran.fovea("convert", source, directory.resolve("stored"), "--check", "--json");
        assertEquals(0, stored.exit(), stored.err());
        assertFalse(stored.json().has("change")); // nothing was changed
    }

    @Test
    void leavesWhatIsThereAlone() throws IOException {
        Files.createDirectory(output);
        assertEquals(0, Ran.fovea("convert", source, output).exit()); // an empty folder is nothing
        ErrorsTest.assertOneLine(Ran.fovea("convert", source, output), "is already there", "name another");
        ErrorsTest.assertOneLine(Ran.fovea("convert", source, source), "is already there");
        ErrorsTest.assertOneLine(Ran.fovea("convert", source, source.resolve("config.json")), "is already there");
        assertEquals(
                0,
                Ran.fovea("convert", source, directory.resolve("new/folders/clip"))
                        .exit());
    }

    /** A model that is not whole is a failure, whatever type it is asked for in, and its folder is not made. */
    @Test
    void whatWouldNotLoad() throws IOException {
        Path broken = TinyClip.write(directory.resolve("broken"), Set.of("visual_projection.weight"));
        for (String dtype : List.of("f32", "bf16", "int8")) {
            ErrorsTest.assertOneLine(
                    Ran.fovea("convert", broken, output, "--dtype", dtype),
                    "would not load",
                    "\"visual_projection.weight\" is missing");
        }
        assertFalse(Files.exists(output));
    }

    @Test
    void tellsWhatWasTakenOff() throws IOException {
        SafetensorsWriter writer = new SafetensorsWriter().add(WeightData.of("loss", Shape.of(1), 1));
        try (Checkpoint checkpoint = Checkpoint.open(source)) {
            checkpoint
                    .tensors()
                    .forEach(tensor -> writer.add(new TensorEntry(
                            "model._orig_mod." + tensor.name(),
                            tensor.type(),
                            tensor.shape(),
                            tensor.data(),
                            "memory")));
            writer.write(directory.resolve("wrapped"));
        }
        Files.move(
                directory.resolve("wrapped"), source.resolve("model.safetensors"), StandardCopyOption.REPLACE_EXISTING);
        Ran told = Ran.fovea("convert", source, output);
        assertEquals(0, told.exit(), told.err());
        assertTrue(told.out().contains("taken off the names: \"_orig_mod.\", \"model.\""), told.out());
        assertTrue(told.out().contains("left out, since they are not of this model: \"loss\""), told.out());
        assertFalse(told.out().contains("  from "), told.out());
        JsonNode json = Ran.fovea("convert", source, directory.resolve("again"), "--json")
                .json();
        assertEquals("[\"_orig_mod.\",\"model.\"]", json.get("takenOff").toString());
        assertEquals("[\"loss\"]", json.get("leftOut").toString());
        assertFalse(json.has("unused"));
        assertEquals(0, Ran.fovea("embed", "--model", output, "--text", "a cat").exit());
    }

    @Test
    void whatCannotBeConverted() throws IOException {
        ErrorsTest.assertOneLine(Ran.fovea("convert", directory.resolve("nowhere"), output), "no such file or folder");
        Path empty = Files.createDirectory(directory.resolve("empty"));
        ErrorsTest.assertOneLine(Ran.fovea("convert", empty, output), "no weights in this folder");
        Path text = Files.writeString(directory.resolve("model.pt"), "<html>");
        ErrorsTest.assertOneLine(Ran.fovea("convert", text, output), "an HTML or XML page");
        Path bare = Files.copy(source.resolve("model.safetensors"), empty.resolve("weights.safetensors"));
        ErrorsTest.assertOneLine(Ran.fovea("convert", bare, output), "of no model that can be told from their names");
        Ran usage = Ran.fovea("convert", source, output, "--activation", "relu");
        assertEquals(2, usage.exit());
        assertTrue(usage.err().startsWith("fovea: --activation must be quick_gelu or gelu, found relu"), usage.err());
        assertEquals(2, Ran.fovea("convert", source).exit());
        assertFalse(Files.exists(output));
    }
}
