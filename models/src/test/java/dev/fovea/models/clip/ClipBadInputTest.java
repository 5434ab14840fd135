package dev.fovea.models.clip;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.reference.ReferenceBackend;
import dev.fovea.tensor.safetensors.Checkpoint;
import dev.fovea.tensor.safetensors.SafetensorsWriter;
import dev.fovea.tensor.safetensors.TensorEntry;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever is wrong with a folder is one {@link FoveaException} with one line that says what. */
class ClipBadInputTest {

    private static final Backend BACKEND = new ReferenceBackend();

    @TempDir
    private Path folder;

    @BeforeEach
    void copy() {
        OracleCase.copy("head-dim-10", folder);
    }

    /** The message of the failure. */
    private static String failure(Path folder) {
        FoveaException failure = assertThrows(FoveaException.class, () -> Clip.load(folder, BACKEND));
        String message = failure.getMessage();
        assertEquals(1, message.lines().count(), message);
        assertTrue(message.length() < 600, message);
        return message;
    }

    private void failsNaming(String... parts) {
        String message = failure(folder);
        for (String part : parts) {
            assertTrue(message.contains(part), "\"" + part + "\" in: " + message);
        }
    }

    // ---- the folder ----

    @Test
    void theUnspoiltFolderLoads() {
        assertDoesNotThrow(() -> Clip.load(folder, BACKEND).close());
    }

    @Test
    void thereIsNoFolder() {
        assertTrue(failure(folder.resolve("nowhere")).contains("nowhere"));
        assertTrue(failure(folder.resolve("config.json")).contains("config.json"));
    }

    @ParameterizedTest
    @CsvSource({
        "config.json, config.json",
        "model.safetensors, model.safetensors",
        "vocab.json, vocab.json",
        "merges.txt, merges.txt",
        "preprocessor_config.json, preprocessor_config.json"
    })
    void aFileIsMissing(String file, String named) throws IOException {
        Files.delete(folder.resolve(file));
        failsNaming(named);
    }

    @ParameterizedTest
    @ValueSource(strings = {"config.json", "model.safetensors", "vocab.json", "preprocessor_config.json"})
    void aFileIsEmptyOrCutShort(String file) throws IOException {
        byte[] whole = Files.readAllBytes(folder.resolve(file));
        while (whole[whole.length - 1] == '\n') {
            whole = Arrays.copyOf(whole, whole.length - 1);
        }
        for (int length : new int[] {0, 1, whole.length / 2, whole.length - 1}) {
            Files.write(folder.resolve(file), Arrays.copyOf(whole, length));
            failsNaming(file);
        }
    }

    // ---- config.json ----

    @ParameterizedTest
    @ValueSource(
            strings = {"[]", "[{\"model_type\": \"clip\"}]", "null", "\"clip\"", "17", "model_type: clip", "{} {}"})
    void theConfigurationIsNoObject(String content) throws IOException {
        Files.writeString(folder.resolve("config.json"), content);
        failsNaming("config.json");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"model_type\": null}",
                "{\"model_type\": 7}",
                "{\"model_type\": \"bert\"}",
                "{\"model_type\": \"cl\\nip\"}"
            })
    void theModelIsOfAnotherKind(String content) throws IOException {
        Files.writeString(folder.resolve("config.json"), content);
        failsNaming("config.json: model_type is ");
    }

    /** A field of the vision tower, a value that it cannot have, and what is said about it. */
    @ParameterizedTest(name = "{0} = {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "hidden_size | \"40\" | hidden_size is \"40\", expected a whole number",
                "hidden_size | 40.5 | hidden_size is 40.5, expected a whole number",
                "hidden_size | true | hidden_size is true, expected a whole number",
                "hidden_size | [40] | hidden_size is [40], expected a whole number",
                "hidden_size | -40 | hidden_size is -40, expected a whole number from 1",
                "hidden_size | 0 | hidden_size is 0, expected a whole number from 1",
                "hidden_size | 2147483647 | hidden_size is 2147483647, expected a whole number from 1 to",
                "hidden_size | 99999999999999999999 | hidden_size is ",
                "hidden_size | 1e99 | hidden_size is ",
                "hidden_size | 42 | num_attention_heads is 4, expected a divisor of hidden_size 42",
                "hidden_size | 80 | patch_embedding.weight\" has shape [40, 3, 16, 16], expected [80, 3, 16, 16]",
                "intermediate_size | 1000000 | mlp.fc1.weight\" has shape [104, 40], expected [1000000, 40]",
                "num_hidden_layers | 3 | vision_model.encoder.layers.2.layer_norm1.weight\" is missing",
                "num_hidden_layers | 1000000 | vision_model.encoder.layers.2.layer_norm1.weight\" is missing",
                "num_attention_heads | 0 | num_attention_heads is 0",
                "num_attention_heads | 1000000 | num_attention_heads is 1000000, expected a divisor",
                "num_channels | 4 | num_channels is 4, expected 3",
                "patch_size | 49 | patch_size is 49, expected at most image_size 48",
                "patch_size | 8 | patch_embedding.weight\" has shape [40, 3, 16, 16], expected [40, 3, 8, 8]",
                "image_size | 1000000 | position_embedding.weight\" has shape [10, 40], expected [3906250001, 40]",
                "hidden_act | \"softplus\" | hidden_act is \"softplus\", expected relu, gelu",
                "hidden_act | 5 | hidden_act is 5, expected a text",
                "layer_norm_eps | \"small\" | layer_norm_eps is \"small\", expected a number",
                "layer_norm_eps | -1e-5 | layer_norm_eps is ",
                "layer_norm_eps | 1e999 | layer_norm_eps is ",
            })
    void aFieldIsWrong(String field, String value, String complaint) throws IOException {
        Path file = folder.resolve("config.json");
        String config = Files.readString(file);
        int vision = config.indexOf("\"vision_config\"");
        String edited =
                config.substring(vision).replaceFirst("\"" + field + "\": [^,\\n]+", "\"" + field + "\": " + value);
        assertFalse(edited.equals(config.substring(vision)), "no field " + field);
        Files.writeString(file, config.substring(0, vision) + edited);
        failsNaming(complaint);
    }

    @ParameterizedTest(name = "{0} becomes {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "\"projection_dim\": 24 | \"projection_dim\": 25 | projection.weight\" has shape [24, ",
                "\"vocab_size\": 64 | \"vocab_size\": 65 | token_embedding.weight\" has shape [64, 30], expected [65,"
                        + " 30]",
                "\"max_position_embeddings\": 16 | \"max_position_embeddings\": 77 | has shape [16, 30], expected"
                        + " [77, 30]",
                "\"text_config\": { | \"text_config\": [], \"x\": { | text_config is [], expected an object",
                "\"text_config\": { | \"text_config_dict\": 5, \"text_config\": { | text_config_dict is 5, expected"
                        + " an object",
                "\"model_type\": \"clip\" | \"model_type\": \"clip_vision_model\" | has shape",
            })
    void theConfigurationDoesNotFit(String from, String to, String complaint) throws IOException {
        Path file = folder.resolve("config.json");
        String config = Files.readString(file);
        assertTrue(config.contains(from), "no " + from);
        Files.writeString(file, config.replace(from, to));
        failsNaming(complaint);
    }

    // ---- weights ----

    /** Writes the weights again, each as {@code change} says. */
    private void rewrite(BiConsumer<SafetensorsWriter, TensorEntry> change) {
        try (Checkpoint checkpoint = Checkpoint.open(OracleCase.original("head-dim-10"))) {
            SafetensorsWriter writer = new SafetensorsWriter();
            checkpoint.tensors().forEach(tensor -> change.accept(writer, tensor));
            writer.write(folder.resolve("model.safetensors"));
        }
    }

    private List<String> tensors() {
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            return List.copyOf(checkpoint.names());
        }
    }

    @Test
    void anyTensorIsMissing() {
        for (String name : tensors()) {
            rewrite((writer, tensor) -> {
                if (!tensor.name().equals(name)) {
                    writer.add(tensor);
                }
            });
            failsNaming("\"" + name + "\" is missing");
        }
    }

    @Test
    void anyTensorHasAnotherShape() {
        for (String name : tensors()) {
            rewrite((writer, tensor) -> {
                if (tensor.name().equals(name)) {
                    long[] longer = Arrays.copyOf(
                            tensor.shape().extents(), tensor.shape().rank() + 1);
                    longer[longer.length - 1] = 1;
                    writer.add(name, DType.F32, Shape.of(longer), tensor.data());
                } else {
                    writer.add(tensor);
                }
            });
            failsNaming("\"" + name + "\" has shape", "model.safetensors");
        }
    }

    @Test
    void anyTensorHoldsIntegers() {
        for (String name : tensors()) {
            rewrite((writer, tensor) -> {
                if (tensor.name().equals(name)) {
                    writer.add(name, DType.I32, tensor.shape(), tensor.data());
                } else {
                    writer.add(tensor);
                }
            });
            failsNaming("\"" + name + "\" holds I32");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "vision_model., vision_modell.",
        "text_model., model.text_model.",
        "pre_layrnorm, pre_layernorm",
        "visual_projection, vision_projection"
    })
    void aNameIsMisspelt(String right, String wrong) {
        rewrite((writer, tensor) ->
                writer.add(tensor.name().replace(right, wrong), DType.F32, tensor.shape(), tensor.data()));
        failsNaming(right, "is missing; nearest: ", wrong);
    }

    @Test
    void whatNobodyKnowsIsListed() {
        rewrite((writer, tensor) -> {
            writer.add(tensor);
            if (tensor.name().equals("logit_scale")) {
                writer.add("classifier.weight", DType.F32, Shape.of(2), MemorySegment.ofArray(new float[2]));
            }
        });
        try (Clip clip = Clip.load(folder, BACKEND)) {
            assertEquals(List.of("classifier.weight"), clip.unusedTensors());
        }
    }
}
