package dev.fovea.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.inspection.CheckpointReport;
import dev.fovea.models.inspection.CheckpointReport.Misshapen;
import dev.fovea.models.inspection.Checkpoints;
import dev.fovea.models.nn.DryBackend;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.safetensors.Checkpoint;
import dev.fovea.tensor.safetensors.SafetensorsWriter;
import dev.fovea.tensor.safetensors.TensorEntry;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The check of checkpoints asks for what loading asks for, and reports all problems at once. */
class CheckpointsTest {

    @TempDir
    private Path directory;

    @ParameterizedTest
    @EnumSource
    void nothingIsWrongWithAWholeCheckpoint(SmallModel model) {
        CheckpointReport report = Checkpoints.inspect(model.copy(directory));
        assertTrue(report.isChecked());
        assertEquals(Map.of(), report.missing());
        assertEquals(Map.of(), report.misshapen());
        assertEquals(Map.of(), report.unreadable());
        assertEquals(List.of(), report.unexpected());
    }

    /**
     * Of the tensors inside of blocks, which every checkpoint must have, some are left out and some have an axis more.
     */
    @ParameterizedTest
    @EnumSource
    void allProblemsAreReportedAndLoadingEndsWithOneOfThem(SmallModel model) throws IOException {
        Path folder = model.copy(directory);
        Map<String, Shape> missing = new HashMap<>();
        Map<String, Misshapen> misshapen = new HashMap<>();
        SafetensorsWriter writer = new SafetensorsWriter();
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            int number = 0;
            for (TensorEntry tensor : checkpoint.tensors()) {
                boolean inBlock = tensor.name().matches(".*\\.(layers?|blocks|layer\\d)\\.\\d.*")
                        && !tensor.name().contains("crossattention.")
                        && !tensor.name().endsWith("num_batches_tracked");
                int kind = inBlock ? number++ % 5 : -1;
                if (kind == 0) {
                    missing.put(tensor.name(), tensor.shape());
                } else if (kind == 1) {
                    long[] extents = tensor.shape().extents();
                    long[] more = new long[extents.length + 1];
                    System.arraycopy(extents, 0, more, 0, extents.length);
                    more[extents.length] = 1;
                    misshapen.put(tensor.name(), new Misshapen(Shape.of(more), tensor.shape()));
                    writer.add(tensor.name(), tensor.dtype().orElseThrow(), Shape.of(more), tensor.data());
                } else {
                    writer.add(tensor);
                }
            }
            writer.write(directory.resolve("edited"));
        }
        Files.move(
                directory.resolve("edited"), folder.resolve("model.safetensors"), StandardCopyOption.REPLACE_EXISTING);
        CheckpointReport report = Checkpoints.inspect(folder);
        assertFalse(missing.isEmpty() || misshapen.isEmpty());
        assertEquals(missing, report.missing());
        assertEquals(misshapen, report.misshapen());
        assertEquals(List.of(), report.unexpected());
        String error = assertThrows(FoveaException.class, () -> model.load(folder, new DryBackend()))
                .getMessage();
        String first = report.missing().keySet().iterator().next();
        assertTrue(
                error.contains("\"" + first + "\" is missing")
                        || misshapen.keySet().stream().anyMatch(name -> error.contains("\"" + name + "\" has shape")),
                error);
    }

    @Test
    void integersAreNoWeights() throws IOException {
        Path folder = SmallModel.CLIP.copy(directory);
        String name = "vision_model.post_layernorm.bias";
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            SafetensorsWriter writer = new SafetensorsWriter();
            for (TensorEntry tensor : checkpoint.tensors()) {
                if (tensor.name().equals(name)) {
                    byte[] bytes = new byte[(int) tensor.shape().elements() * 4];
                    writer.add(name, DType.I32, tensor.shape(), MemorySegment.ofArray(bytes));
                } else {
                    writer.add(tensor);
                }
            }
            writer.write(directory.resolve("edited"));
        }
        Files.move(
                directory.resolve("edited"), folder.resolve("model.safetensors"), StandardCopyOption.REPLACE_EXISTING);
        CheckpointReport report = Checkpoints.inspect(folder);
        assertEquals(Set.of(name), report.unreadable().keySet());
        assertTrue(report.unreadable().get(name).contains("holds I32"));
    }

    @ParameterizedTest
    @CsvSource({
        "CLIP, hidden_size",
        "CLIP, num_hidden_layers",
        "CLIP, image_size",
        "CLIP_RESNET, width",
        "VIT, hidden_size",
        "CAPTIONER, num_hidden_layers",
        "CAPTIONER, vocab_size",
        "RESNET, embedding_size",
        "FLORENCE, d_model",
        "FLORENCE, decoder_layers"
    })
    void absurdSizesTakeNoMemory(SmallModel model, String field) throws IOException {
        Path folder = model.copy(directory);
        Path config = folder.resolve("config.json");
        String text = Files.readString(config);
        String absurd = text.replaceAll("\"" + field + "\": \\d+", "\"" + field + "\": 960000");
        assertFalse(text.equals(absurd));
        Files.writeString(config, absurd);
        CheckpointReport report = Checkpoints.inspect(folder);
        assertFalse(report.missing().isEmpty() && report.misshapen().isEmpty());
    }
}
