package dev.fovea.converter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.safetensors.Checkpoint;
import dev.fovea.tensor.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Folders as other tools write them: the model inside is found, or the folder is told by its kind. */
class SourceFolderTest {

    private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    @TempDir
    Path directory;

    private Path folder;
    private Path output;

    @BeforeEach
    void prepare() throws IOException {
        folder = Files.createDirectory(directory.resolve("source"));
        output = directory.resolve("converted");
    }

    private void refused(Path source, String... words) {
        FoveaException e = assertThrows(ModelException.class, () -> new Converter().convert(source, output));
        assertEquals(1, e.getMessage().lines().count(), e.getMessage());
        assertTrue(e.getMessage().startsWith(source.toString()), e.getMessage());
        for (String word : words) {
            assertTrue(e.getMessage().contains(word), e.getMessage());
        }
        assertFalse(Files.exists(output));
    }

    private void file(String name) throws IOException {
        Files.createDirectories(folder.resolve(name).getParent());
        Files.writeString(folder.resolve(name), "content");
    }

    @Test
    void cacheOfTheHub() throws IOException {
        Path model = folder.resolve("models--owner--name");
        Path snapshot = SmallClip.write(model.resolve("snapshots").resolve(COMMIT));
        assertEquals(snapshot, new Converter().convert(model, output).source());
        Path other = SmallClip.write(model.resolve("snapshots/ffff456789abcdef0123456789abcdef01234567"));
        output = directory.resolve("second");
        refused(model, "of the hub's cache, with 2 snapshots", "pass one of the folders");
        Files.createDirectories(model.resolve("refs"));
        Files.writeString(model.resolve("refs/main"), other.getFileName().toString());
        assertEquals(other, new Converter().convert(model, output).source());
        output = directory.resolve("third");
        refused(folder, "a cache of models of a hub", "owner/name");
        Files.writeString(model.resolve("refs/main"), "../../..");
        refused(model, "with 2 snapshots");
    }

    @Test
    void sentenceTransformers() throws IOException {
        Path inside = SmallClip.write(folder.resolve("0_CLIPModel"));
        refused(folder, "but in 0_CLIPModel inside it; pass that");
        Files.writeString(
                folder.resolve("modules.json"),
                "[{\"idx\": 0, \"name\": \"0\", \"path\": \"0_CLIPModel\","
                        + " \"type\": \"sentence_transformers.models.CLIPModel\"}]");
        assertEquals(inside, new Converter().convert(folder, output).source());
    }

    @Test
    void modelsInside() {
        SmallClip.write(folder.resolve("text_encoder"));
        SmallClip.write(folder.resolve("image_encoder"));
        refused(folder, "but in image_encoder, text_encoder inside it; pass one of these");
    }

    @Test
    void adapters() throws IOException {
        Files.writeString(
                folder.resolve("adapter_config.json"), "{\"base_model_name_or_path\": \"owner/base\", \"r\": 8}");
        file("adapter_model.safetensors");
        refused(folder, "an adapter", "without owner/base", "merge_and_unload()");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "model.gguf|of llama.cpp",
                "onnx_model.onnx|an ONNX graph",
                "tf_model.h5|of TensorFlow",
                "saved_model.pb|of TensorFlow",
                "model.ckpt.index|a checkpoint of TensorFlow",
                "model.tflite|TensorFlow Lite",
                "flax_model.msgpack|of Flax",
                "weights.npz|as MLX once wrote",
                "model.mlmodel|Core ML"
            })
    void otherFormats(String name, String kind) throws IOException {
        file("config.json");
        file(name);
        refused(folder, "but " + name + ", ", kind, "; use the model's safetensors");
        refused(folder.resolve(name), kind, "; use the model's safetensors");
    }

    @Test
    void partsOfACheckpoint() throws IOException {
        file("__0_0.distcp");
        refused(folder, "dcp_to_torch");
        file("zero_to_fp32.py");
        refused(folder, "zero_to_fp32.py");
    }

    @Test
    void whatTrainersWriteBeside() throws IOException {
        SmallClip.writeWithoutWeights(folder);
        SmallClip.pytorch(folder.resolve("last.ckpt"), "state_dict", name -> new String[] {"model." + name});
        for (String name : List.of("optimizer.pt", "scheduler.pt", "rng_state.pth", "training_args.bin")) {
            file(name);
        }
        assertEquals(List.of("model."), new Converter().convert(folder, output).takenOff());
        file("best.ckpt");
        output = directory.resolve("second");
        refused(folder, "several files of weights", "best.ckpt, last.ckpt", "pass the file itself");
    }

    /** What a file is tells its content, not its name. */
    @ParameterizedTest
    @ValueSource(strings = {"model.safetensors", "pytorch_model.bin", "model.pt", "model.fp16.safetensors"})
    void misnamedFiles(String name) {
        SmallClip.writeWithoutWeights(folder);
        SmallClip.pytorch(folder.resolve(name), "", tensor -> new String[] {tensor});
        assertEquals("clip", new Converter().convert(folder, output).architecture());
        output = directory.resolve("second");
        SmallClip.safetensors(folder.resolve(name), tensor -> new String[] {tensor}, Map.of());
        assertEquals("clip", new Converter().convert(folder, output).architecture());
    }

    /** Floats of eight bits become bfloat16, and the answers stay. */
    @ParameterizedTest
    @ValueSource(strings = {"float8-e4m3", "float8-e5m2"})
    void floatsOfEightBits(String name) throws IOException {
        Path original = Path.of("../models/src/test/resources/dev/fovea/models/clip/cases")
                .resolve(name);
        SmallClip.addSmallFiles(folder);
        for (String file : List.of("config.json", "model.safetensors")) {
            Files.copy(original.resolve(file), folder.resolve(file));
        }
        new Converter().convert(folder, output);
        try (Backend backend = Backends.open(Backends.DEFAULT, 1);
                Checkpoint before = Checkpoint.open(folder);
                Checkpoint after = Checkpoint.open(output)) {
            assertArrayEquals(SmallClip.embedding(folder, backend), SmallClip.embedding(output, backend));
            long wide = after.tensors().stream()
                    .filter(tensor -> tensor.type().equals("BF16"))
                    .count();
            assertTrue(wide > 4);
            assertEquals(
                    wide,
                    before.tensors().stream()
                            .filter(tensor -> tensor.type().startsWith("F8_"))
                            .count());
        }
        try (Checkpoint checkpoint = Checkpoint.open(original)) {
            SafetensorsWriter writer = new SafetensorsWriter();
            checkpoint.tensors().forEach(writer::add);
            writer.add(WeightData.of("visual_projection.weight_scale", Shape.of(), 2));
            writer.write(folder.resolve("model.safetensors"));
        }
        output = directory.resolve("second");
        FoveaException e = assertThrows(ModelException.class, () -> new Converter().convert(folder, output));
        assertTrue(e.getMessage().contains("is to be multiplied by"), e.getMessage());
    }
}
