package dev.fovea.tensor.safetensors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.DType;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.WeightData;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class WeightsTest {

    @TempDir
    static Path folder;

    private static Path file;
    private Checkpoint checkpoint;
    private Weights weights;

    @BeforeAll
    static void writeACheckpoint() {
        file = folder.resolve("model.safetensors");
        SafetensorsWriter writer = new SafetensorsWriter();
        for (int layer = 0; layer < 12; layer++) {
            String path = "vision_model.encoder.layers." + layer + ".";
            writer.add(WeightData.of(path + "mlp.fc1.weight", Shape.of(2, 1), layer, -layer));
            writer.add(WeightData.of(path + "mlp.fc1.bias", Shape.of(2), layer, layer));
        }
        writer.add(WeightData.of("vision_model.embeddings.class_embedding", Shape.of(3), 1, 2, 3));
        writer.add(
                "vision_model.embeddings.position_ids", DType.I64, Shape.of(1, 2), MemorySegment.ofArray(new long[2]));
        writer.add("stem.bn1.num_batches_tracked", DType.I64, Shape.of(), MemorySegment.ofArray(new long[1]));
        writer.add(WeightData.of("logit_scale", Shape.of(), 4.6f));
        writer.write(file);
    }

    @BeforeEach
    void open() {
        checkpoint = Checkpoint.open(folder);
        weights = Weights.of(checkpoint);
    }

    @AfterEach
    void close() {
        checkpoint.close();
    }

    private static String complaint(Executable action) {
        String message = assertThrows(FoveaException.class, action).getMessage();
        assertEquals(1, message.lines().count(), message);
        return message;
    }

    @Test
    void followsPaths() {
        Weights layer = weights.at("vision_model").at("encoder.layers", 7);
        assertEquals("vision_model.encoder.layers.7", layer.path());
        WeightData weight = layer.tensor("mlp.fc1.weight", Shape.of(2, 1));
        assertEquals("vision_model.encoder.layers.7.mlp.fc1.weight", weight.name());
        assertEquals(file.toString(), weight.source());
        assertEquals(-7, weight.get(1));
        assertEquals(7, layer.at("mlp").at("fc1").tensor("bias").get(0));
        assertEquals(4.6f, weights.tensor("logit_scale", Shape.of()).get(0));
        assertEquals("", weights.at("").path());
        assertTrue(weight.data().isMapped(), "a slice of the file, not a copy");
    }

    @Test
    void knowsWhatIsThere() {
        assertTrue(weights.has("logit_scale"));
        assertTrue(weights.at("vision_model").has("embeddings.class_embedding"));
        assertFalse(weights.at("text_model").has("embeddings.class_embedding"));
        assertFalse(weights.has("vision_model"), "a level is not a tensor");
        assertEquals(Optional.empty(), weights.optional("logit_bias", Shape.of()));
        assertEquals(
                4.6f, weights.optional("logit_scale", Shape.of()).orElseThrow().get(0));
        assertThrows(FoveaException.class, () -> weights.optional("logit_scale", Shape.of(1)));
    }

    @Test
    void takesTheFirstLevelThatExists() {
        assertEquals(
                "vision_model", weights.atAnyOf("visual", "vision_model", "").path());
        assertEquals("", weights.atAnyOf("visual", "").path());
        assertEquals("visual", weights.atAnyOf("visual", "tower").path());
        assertEquals(
                "vision_model.encoder",
                weights.at("vision_model").atAnyOf("model.encoder", "encoder").path());
        assertEquals("", weights.atAnyOf("vision", "").path(), "part of a name is not a level");
    }

    @Test
    void misshapenTensorsAreNamed() {
        String message =
                complaint(() -> weights.at("vision_model.embeddings").tensor("class_embedding", Shape.of(1, 768)));
        assertEquals(
                file + ": tensor \"vision_model.embeddings.class_embedding\" has shape [3], expected [1, 768]; does"
                        + " config.json belong to these weights?",
                message);
    }

    @Test
    void missingTensorsAreNamedWithTheNearest() {
        String letter = complaint(() -> weights.at("vision_model").tensor("embeddings.class_embeding", Shape.of(3)));
        assertTrue(
                letter.startsWith(folder + ": tensor \"vision_model.embeddings.class_embeding\" is missing; nearest: "
                        + "\"vision_model.embeddings.class_embedding\""),
                letter);
        String level = complaint(() -> weights.tensor("embeddings.class_embedding", Shape.of(3)));
        assertTrue(level.endsWith("nearest: \"vision_model.embeddings.class_embedding\""), level);
        String deeper = complaint(() -> weights.tensor("model.logit_scale", Shape.of()));
        assertTrue(deeper.endsWith("nearest: \"logit_scale\""), deeper);
        String other = complaint(() -> weights.tensor("decoder.bias", Shape.of()));
        assertTrue(other.contains("it holds 28 others; is it a checkpoint of this kind of model?"), other);
        String layer =
                complaint(() -> weights.at("vision_model.encoder.layers", 12).tensor("mlp.fc1.bias"));
        assertEquals(3, layer.split("vision_model\\.encoder\\.layers\\.\\d+\\.mlp\\.fc1\\.bias", -1).length - 2, layer);
    }

    @Test
    void integersAreNotWeightsButCanBeLookedAt() {
        String message = complaint(() -> weights.tensor("vision_model.embeddings.position_ids", Shape.of(1, 2)));
        assertTrue(message.contains("position_ids\" holds I64, but a weight must be"), message);
        assertEquals(
                Optional.of(DType.I64),
                weights.entry("vision_model.embeddings.position_ids").dtype());
    }

    @Test
    void remembersWhatNobodyAskedFor() {
        assertEquals(26, weights.unused().size(), "all but the two buffers");
        Weights vision = weights.at("vision_model");
        vision.tensor("embeddings.class_embedding");
        for (int layer = 1; layer < 12; layer++) {
            vision.at("encoder.layers", layer).tensor("mlp.fc1.weight");
            vision.at("encoder.layers", layer).tensor("mlp.fc1.bias");
        }
        weights.has("logit_scale");
        List<String> expected = List.of(
                "logit_scale",
                "vision_model.encoder.layers.0.mlp.fc1.bias",
                "vision_model.encoder.layers.0.mlp.fc1.weight");
        assertEquals(expected, weights.unused());
        assertEquals(expected, vision.unused(), "the same from every level");
        weights.optional("logit_scale", Shape.of());
        assertEquals(expected.subList(1, 3), weights.unused());
    }

    @Test
    void aMatrixOfBytesComesWithItsScales() {
        Path quantized = folder.resolve("quantized.safetensors");
        MemorySegment bytes = MemorySegment.ofArray(new byte[] {1, -2, 127, 0, 5, 6});
        MemorySegment scales = MemorySegment.ofBuffer(ByteBuffer.allocateDirect(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putFloat(0.5f)
                .putFloat(2)
                .flip());
        new SafetensorsWriter()
                .add("fc.weight", DType.I8, Shape.of(2, 3), (from, piece) -> piece.copyFrom(bytes))
                .add("fc.weight" + TensorEntry.SCALES, DType.F32, Shape.of(2, 1), scales)
                .add("bare.weight", DType.I8, Shape.of(2, 3), bytes)
                .add("odd.weight", DType.I8, Shape.of(2, 3), bytes)
                .add("odd.weight" + TensorEntry.SCALES, DType.F32, Shape.of(2), scales)
                .write(quantized);
        try (Checkpoint opened = Checkpoint.open(quantized)) {
            Weights all = Weights.of(opened);
            WeightData matrix = all.tensor("fc.weight", Shape.of(2, 3));
            assertArrayEquals(new float[] {0.5f, -1, 63.5f, 0, 10, 12}, matrix.toFloats());
            assertTrue(all.unused().stream().noneMatch(name -> name.startsWith("fc.")));
            assertTrue(complaint(() -> all.tensor("bare.weight")).contains("holds I8, but a weight must be"));
            assertTrue(complaint(() -> all.tensor("odd.weight")).contains("expected a matrix and F32 [2, 1]"));
            Path again = folder.resolve("again.safetensors");
            new SafetensorsWriter().add(matrix).write(again);
            try (Checkpoint copy = Checkpoint.open(again)) {
                WeightData same = Weights.of(copy).tensor("fc.weight");
                assertArrayEquals(matrix.toFloats(), same.toFloats());
            }
        }
    }
}
