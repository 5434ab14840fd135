package dev.fovea.models.adapter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.DType;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.json.JsonReader;
import dev.fovea.tensor.json.JsonValue;
import dev.fovea.tensor.safetensors.Checkpoint;
import dev.fovea.tensor.safetensors.SafetensorsWriter;
import dev.fovea.tensor.safetensors.TensorEntry;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What adapters do to weights, and what is said about files that are none. */
class AdaptersTest {

    private static final String PATH = "base_model.model.tower.fc1";
    private static final String CONFIG = "{\"peft_type\": \"LORA\", \"r\": 1, \"lora_alpha\": 2%s}";

    @TempDir
    private Path folder;

    private void config(String fields) {
        write("adapter_config.json", CONFIG.formatted(fields.isEmpty() ? "" : ", " + fields));
    }

    private void write(String name, String text) {
        try {
            Files.writeString(folder.resolve(name), text);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void tensors(WeightData... tensors) {
        SafetensorsWriter writer = new SafetensorsWriter();
        for (WeightData tensor : tensors) {
            writer.add(tensor);
        }
        writer.write(folder.resolve("adapter_model.safetensors"));
    }

    private static WeightData pairA() {
        return WeightData.of(PATH + ".lora_A.weight", Shape.of(1, 3), 1, 2, 3);
    }

    private static WeightData pairB() {
        return WeightData.of(PATH + ".lora_B.weight", Shape.of(2, 1), 10, -1);
    }

    private Adapters open() {
        return Adapters.open(List.of(folder), UnaryOperator.identity());
    }

    private String refused(String... words) {
        String message = assertThrows(ModelException.class, this::open).getMessage();
        for (String word : words) {
            assertTrue(message.contains(word), message);
        }
        assertTrue(message.contains(folder.toString()), message);
        return message;
    }

    private static WeightData weight(String name, Shape shape, float value) {
        float[] values = new float[(int) shape.elements()];
        Arrays.fill(values, value);
        return WeightData.of(name, shape, values);
    }

    @Test
    void aProductIsAddedToItsWeightAlone() {
        config("");
        tensors(pairA(), pairB());
        try (Adapters adapters = open()) {
            WeightData changed = adapters.changed(weight("tower.fc1.weight", Shape.of(2, 3), 0.5f));
            assertArrayEquals(new float[] {20.5f, 40.5f, 60.5f, -1.5f, -3.5f, -5.5f}, changed.toFloats());
            WeightData bias = weight("tower.fc1.bias", Shape.of(2), 1);
            assertSame(bias, adapters.changed(bias));
            adapters.requireApplied(Set.of());
        }
    }

    @Test
    void theFactorIsThatOfTheConfiguration() {
        tensors(pairA(), pairB());
        config("\"use_rslora\": true, \"alpha_pattern\": {\"tower.fc1\": 3, \"fc1\": 4}");
        assertEquals(30, first());
        config("\"rank_pattern\": {\"c1\": 5}");
        assertEquals(20, first()); // a pattern begins after a dot
        config("\"alpha_pattern\": {\"t.w.r\\\\.fc\\\\d\": 0.5}");
        assertEquals(5, first());
    }

    private float first() {
        try (Adapters adapters = open()) {
            return adapters.changed(weight("tower.fc1.weight", Shape.of(2, 3), 0))
                    .toFloats()[0];
        }
    }

    @Test
    void whatIsWrittenIsRead() {
        new AdapterWriter("base", 2, 4, 0.1)
                .write(folder, List.of(new AdapterWriter.Pair("tower.fc1", 1, 2, new float[] {1, 2, 3, 4}, new float[] {
                    1, 10
                })));
        try (Adapters adapters = open()) {
            WeightData changed = adapters.changed(weight("tower.fc1.weight", Shape.of(1, 2), 0));
            assertArrayEquals(new float[] {2 * 31, 2 * 42}, changed.toFloats());
        }
    }

    /**
     * The pairs of an adapter that PEFT wrote are written as PEFT did: the same tensors, and no setting that says
     * something else. {@code oracle/adapter_cases.py --written} has PEFT answer with these files.
     */
    @ParameterizedTest
    @ValueSource(strings = {"clip", "blip", "florence"})
    void filesAreThoseOfPeft(String name) throws IOException {
        AdapterCase peft = AdapterCase.open(name);
        JsonValue settings = JsonReader.readObject(peft.folder().resolve("adapter_config.json"));
        int rank = settings.get("r").integer(0);
        Path written = Files.createDirectories(Path.of("target/adapters", name));
        try (Checkpoint theirs = Checkpoint.open(peft.folder().resolve("adapter_model.safetensors"))) {
            List<AdapterWriter.Pair> pairs = new ArrayList<>();
            for (TensorEntry a : theirs.tensors()) {
                String path = a.name().replace(".lora_A.weight", "");
                if (!path.equals(a.name())) {
                    TensorEntry b = theirs.find(path + ".lora_B.weight").orElseThrow();
                    pairs.add(new AdapterWriter.Pair(
                            path.substring("base_model.model.".length()),
                            (int) b.shape().extent(0),
                            (int) a.shape().extent(1),
                            a.weight().toFloats(),
                            b.weight().toFloats()));
                }
            }
            new AdapterWriter(
                            settings.get("base_model_name_or_path").text(""),
                            rank,
                            settings.get("lora_alpha").number(0),
                            settings.get("lora_dropout").number(1))
                    .write(written, pairs);
            try (Checkpoint ours = Checkpoint.open(written.resolve("adapter_model.safetensors"))) {
                assertEquals(theirs.metadata(), ours.metadata());
                List<TensorEntry> matrices = theirs.tensors().stream()
                        .filter(tensor -> !tensor.name().contains(".base_layer.")) // the table, beside an output layer
                        .toList();
                assertEquals(
                        matrices.stream().map(TensorEntry::name).toList(),
                        ours.tensors().stream().map(TensorEntry::name).toList());
                for (TensorEntry tensor : matrices) {
                    TensorEntry same = ours.find(tensor.name()).orElseThrow();
                    assertEquals(tensor.shape(), same.shape());
                    assertEquals(-1, tensor.data().mismatch(same.data()), tensor.name());
                }
            }
        }
        Map<String, JsonValue> said =
                JsonReader.readObject(written.resolve("adapter_config.json")).fields();
        said.forEach((key, value) -> {
            JsonValue expected = settings.get(key);
            if (expected.isNumber()) {
                assertEquals(expected.number(0), value.number(-1), key);
            } else if (!key.equals("target_modules")) { // full paths here
                assertEquals(expected.toString(), value.toString(), key);
            }
        });
    }

    @Test
    void otherMethodsAreRefusedByName() {
        tensors(pairA(), pairB());
        write("adapter_config.json", "{\"peft_type\": \"LOHA\"}");
        refused("peft_type is LOHA", "merge_and_unload");
        write("adapter_config.json", "{\"r\": 1}");
        refused("peft_type is missing");
        config("\"use_dora\": true");
        refused("use_dora", "DoRA");
        config("\"trainable_token_indices\": [1]");
        refused("trainable_token_indices");
        config("\"init_lora_weights\": \"pissa_niter_4\"");
        refused("pissa_niter_4", "path_initial_model_for_weight_conversion");
        config("\"use_dora\": false, \"layer_replication\": null, \"init_lora_weights\": \"gaussian\"");
        open().close();
    }

    @Test
    void aBrokenConfigurationIsSaid() {
        tensors(pairA(), pairB());
        write("adapter_config.json", "{\"peft_type\": \"LORA\", \"r\": 0, \"lora_alpha\": 2}");
        refused("r is 0", "at least 1");
        write("adapter_config.json", "{\"peft_type\": \"LORA\", \"r\": 1, \"lora_alpha\": \"two\"}");
        refused("lora_alpha is \"two\"", "a number");
        config("\"rank_pattern\": {\"fc(1\": 2}");
        refused("rank_pattern", "fc(1");
        write("adapter_config.json", "{");
        refused("adapter_config.json");
    }

    @Test
    void missingFilesAreSaid() throws IOException {
        refused("no adapter_config.json", "save_pretrained");
        config("");
        refused("no adapter_model.safetensors");
        write("adapter_model.bin", "");
        refused("safe_serialization=True");
        Files.delete(folder.resolve("adapter_model.bin"));
        tensors();
        refused("holds no tensor");
    }

    @Test
    void tensorsThatAreNoPairsAreNamed() {
        config("");
        tensors(pairA());
        refused(PATH + ".lora_A.weight", "without", PATH + ".lora_B.weight");
        tensors(pairB());
        refused(PATH + ".lora_B.weight", "no place in LoRA");
        tensors(pairA(), pairB(), WeightData.of(PATH + ".lora_magnitude_vector", Shape.of(1), 1));
        refused("lora_magnitude_vector");
        tensors(WeightData.of("tower.fc1.lora_A.weight", Shape.of(1, 3), 1, 2, 3));
        refused("\"tower.fc1.lora_A.weight\"", "base_model.model.PATH.lora_A.weight");
        tensors(pairA(), WeightData.of(PATH + ".lora_B.weight", Shape.of(1, 2), 1, 2));
        refused("tower.fc1", "[1, 3] and [1, 2]", "adapter_config.json");
        byte[] bytes = new byte[12];
        tensors(
                new WeightData(
                        PATH + ".lora_A.weight", DType.I32, Shape.of(1, 3), MemorySegment.ofArray(bytes), "memory"),
                pairB());
        refused("I32");
    }

    @Test
    void aSharedTableIsRefused() {
        config("");
        String table = "base_model.model.text_decoder.bert.embeddings.word_embeddings";
        tensors(
                WeightData.of(table + ".lora_embedding_A", Shape.of(1, 3), 1, 2, 3),
                WeightData.of(table + ".lora_embedding_B", Shape.of(2, 1), 1, 2));
        refused("word_embeddings", "output layer");
    }

    @Test
    void anAdapterForAnotherModelIsRefused() {
        config("\"base_model_name_or_path\": \"owner/base\"");
        tensors(pairA(), pairB());
        try (Adapters adapters = open()) {
            String misfit = assertThrows(
                            ModelException.class, () -> adapters.changed(weight("tower.fc1.weight", Shape.of(2, 4), 0)))
                    .getMessage();
            assertTrue(misfit.contains("[1, 3]") && misfit.contains("[2, 4]"), misfit);
        }
        try (Adapters adapters = open()) {
            String other = assertThrows(ModelException.class, () -> adapters.requireApplied(Set.of("other.weight")))
                    .getMessage();
            assertTrue(other.contains("tower.fc1.weight") && other.contains("owner/base"), other);
            String part = assertThrows(
                            ModelException.class, () -> adapters.requireApplied(Set.of("vision.tower.fc1.weight")))
                    .getMessage();
            assertTrue(part.contains("vision.tower.fc1.weight") && part.contains("whole model"), part);
        }
    }
}
