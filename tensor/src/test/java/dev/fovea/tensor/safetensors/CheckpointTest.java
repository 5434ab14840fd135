package dev.fovea.tensor.safetensors;

import static dev.fovea.tensor.safetensors.SafetensorsFiles.bytes;
import static dev.fovea.tensor.safetensors.SafetensorsFiles.entry;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.Shape;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointTest {

    private static final String INDEX = "model.safetensors.index.json";
    private static final String FIRST = "model-00001-of-00002.safetensors";
    private static final String SECOND = "model-00002-of-00002.safetensors";

    @TempDir
    Path folder;

    private Path file(String name, byte[] content) {
        return SafetensorsFiles.write(folder, name, content);
    }

    private Path file(String name, String content) {
        return file(name, content.getBytes(StandardCharsets.UTF_8));
    }

    /** A file with tensors of one byte each. */
    private Path safetensors(String name, String... tensors) {
        StringBuilder header = new StringBuilder("{\"__metadata__\":{\"of\":\"" + name + "\",\"" + name + "\":\"\"}");
        for (int i = 0; i < tensors.length; i++) {
            header.append(',').append(entry(tensors[i], "U8", "[1]", i, i + 1));
        }
        return file(name, bytes(header + "}", tensors.length));
    }

    private String complaint(Path path) {
        String message =
                assertThrows(FoveaException.class, () -> Checkpoint.open(path)).getMessage();
        assertEquals(1, message.lines().count(), message);
        return message;
    }

    private void assertComplaint(String expected, Path path) {
        String message = complaint(path);
        assertTrue(message.contains(expected), message);
    }

    private void twoShards() {
        safetensors(FIRST, "a", "b");
        safetensors(SECOND, "c");
        file(
                INDEX,
                "{\"metadata\":{\"total_size\":999},\"weight_map\":{\"c\":\"" + SECOND + "\",\"a\":\"" + FIRST
                        + "\",\"b\":\"" + FIRST + "\"}}");
    }

    @Test
    void opensAFolderAndASingleFile() {
        Path single = safetensors("model.safetensors", "a", "b");
        safetensors("other.safetensors", "x");
        file(INDEX, "broken, but not looked at");
        for (Path path : List.of(folder, single)) {
            try (Checkpoint checkpoint = Checkpoint.open(path)) {
                assertEquals(path, checkpoint.path());
                assertEquals(List.of(single), checkpoint.files());
                assertEquals(Set.of("a", "b"), checkpoint.names());
                assertEquals(Shape.of(1), checkpoint.find("b").orElseThrow().shape());
                assertTrue(checkpoint.find("x").isEmpty());
            }
        }
    }

    @Test
    void opensShards() {
        twoShards();
        for (Path path : List.of(folder, folder.resolve(INDEX))) {
            try (Checkpoint checkpoint = Checkpoint.open(path)) {
                assertEquals(List.of(folder.resolve(FIRST), folder.resolve(SECOND)), checkpoint.files());
                assertEquals(List.of("a", "b", "c"), List.copyOf(checkpoint.names()));
                assertEquals(3, checkpoint.tensors().size());
                assertEquals(
                        folder.resolve(SECOND).toString(),
                        checkpoint.find("c").orElseThrow().file());
                assertEquals(FIRST, checkpoint.metadata().get("of"));
                assertEquals("", checkpoint.metadata().get(SECOND));
            }
        }
    }

    @Test
    void closingUnmapsEveryShard() {
        twoShards();
        Checkpoint checkpoint = Checkpoint.open(folder);
        checkpoint.close();
        checkpoint.close();
        for (TensorEntry tensor : checkpoint.tensors()) {
            assertThrows(
                    IllegalStateException.class, () -> tensor.data().toArray(java.lang.foreign.ValueLayout.JAVA_BYTE));
        }
    }

    @Test
    void followsLinksOfTheHubCache() throws IOException {
        Path blobs = Files.createDirectories(folder.resolve("blobs"));
        Path snapshot = Files.createDirectories(folder.resolve("snapshots/0123abcd"));
        Files.move(safetensors("x", "a"), blobs.resolve("d34db33f"));
        try {
            Files.createSymbolicLink(snapshot.resolve("model.safetensors"), Path.of("../../blobs/d34db33f"));
        } catch (UnsupportedOperationException | IOException e) {
            Assumptions.abort("no symbolic links here: " + e.getMessage());
        }
        try (Checkpoint checkpoint = Checkpoint.open(snapshot)) {
            assertEquals(Set.of("a"), checkpoint.names());
        }
        Files.delete(blobs.resolve("d34db33f"));
        complaint(snapshot);
    }

    @Test
    void namesMissingShards() throws IOException {
        twoShards();
        Files.delete(folder.resolve(SECOND));
        assertComplaint("names a shard that is not there: " + SECOND, folder);
        Files.delete(folder.resolve(FIRST));
        assertComplaint("names shards that are not there: " + FIRST + ", " + SECOND, folder);
    }

    @Test
    void brokenShardsAreNamed() {
        twoShards();
        file(SECOND, "<html>");
        assertComplaint(SECOND + ": not a safetensors file but an HTML", folder);
    }

    @Test
    void everyIndexedTensorMustBeInItsShard() {
        twoShards();
        safetensors(SECOND, "d");
        assertComplaint("says that tensor \"c\" is in " + SECOND + ", but it holds no such tensor", folder);
        safetensors(FIRST, "a", "c");
        safetensors(SECOND, "b");
        assertComplaint(
                "says that tensor \"c\" is in " + SECOND + ", but the tensor is in " + folder.resolve(FIRST), folder);
    }

    @Test
    void aTensorMayBeInOneShardOnly() {
        twoShards();
        safetensors(SECOND, "c", "a");
        assertComplaint("tensor \"a\" is also in " + folder.resolve(FIRST), folder);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../model.safetensors",
                "/etc/passwd",
                "sub/model.safetensors",
                "..\\\\model.safetensors",
                "..",
                ".",
                "",
                "C:model.safetensors",
                "a\\u0000b",
                "a\\nb"
            })
    void shardsMustBePlainFileNames(String shard) throws IOException {
        Files.createDirectories(folder.resolve("sub"));
        Files.createDirectories(folder.resolve("in"));
        Files.write(folder.resolve("sub/model.safetensors"), bytes("{" + entry("a", "U8", "[1]", 0, 1) + "}", 1));
        Path index =
                Files.writeString(folder.resolve("in").resolve(INDEX), "{\"weight_map\":{\"a\":\"" + shard + "\"}}");
        safetensors("model.safetensors", "a");
        assertComplaint("must be the name of a file in the same folder", index);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{",
                "{}",
                "{\"weight_map\":null}",
                "{\"weight_map\":[]}",
                "{\"weight_map\":{\"a\":1}}",
                "{\"weight_map\":{\"a\":\"x\",\"a\":\"x\"}}",
                "{\"weight_map\":{},\"weight_map\":{}}",
                "{\"weight_map\":{}} x",
                "{\"weight_map\":{\"a\":\"x\"}",
            })
    void refusesMalformedIndexes(String json) {
        file(INDEX, json);
        assertComplaint(INDEX + ": not a valid checkpoint index: ", folder);
    }

    @Test
    void refusesIndexesThatAreNotUtf8OrNestTooDeep() {
        file(INDEX, new byte[] {'{', '"', (byte) 0xFF, '"'});
        assertComplaint("not UTF-8", folder);
        file(INDEX, "{\"metadata\":" + "[".repeat(100_000));
        complaint(folder);
        file(INDEX, new byte[0]);
        complaint(folder);
    }

    @Test
    void refusesIndexesOfExcessivelyManyNames() {
        StringBuilder names = new StringBuilder();
        for (int i = 0; i <= SafetensorsFile.MOST_NAMES; i++) {
            names.append(i == 0 ? "" : ",").append('"').append(i).append("\":\"a\"");
        }
        file(INDEX, "{\"weight_map\":{" + names + "}}");
        assertComplaint("more than 250000 names", folder);
    }

    @Test
    void anIndexMayBeEmpty() {
        file(INDEX, "{\"weight_map\":{}}");
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            assertEquals(Set.of(), checkpoint.names());
        }
    }

    @Test
    void saysWhatToDoWithFoldersWithoutSafetensors() throws IOException {
        assertComplaint(
                "no model.safetensors or " + INDEX + " in this folder; pass the folder of a checkpoint", folder);
        file("pytorch_model.bin", "PK");
        assertComplaint(
                "only PyTorch weights (pytorch_model.bin); convert the folder with Converter.convert(FOLDER, OUT)",
                folder);
        safetensors("open_clip_model.safetensors", "a");
        assertComplaint(
                "but open_clip_model.safetensors; rename the one that holds the model to model.safetensors", folder);
        safetensors("model.fp16.safetensors", "a");
        try (Checkpoint variant = Checkpoint.open(folder)) {
            assertEquals(List.of(folder.resolve("model.fp16.safetensors")), variant.files());
        }
        safetensors("model.bf16.safetensors", "a");
        assertComplaint("model.bf16.safetensors, model.fp16.safetensors, open_clip_model.safetensors; rename", folder);
        safetensors("adapter_model.safetensors", "a");
        assertComplaint("adapter_model.safetensors, an adapter (PEFT) and no whole model", folder);
        assertComplaint("no such file or folder", folder.resolve("absent"));
        Files.createDirectories(folder.resolve("model.safetensors"));
        assertComplaint("not a regular file", folder);
    }
}
