package dev.fovea.models.clip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.image.Picture;
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

/** Whatever is wrong with the folder of a ResNet is one {@link FoveaException} with one line that says what. */
class ResNetBadInputTest {

    private static final Backend BACKEND = new ReferenceBackend();

    @TempDir
    private Path folder;

    @BeforeEach
    void copy() {
        ResNetCase.copy("small", folder);
    }

    private void failsNaming(String... parts) {
        String message = assertThrows(FoveaException.class, () -> Clip.load(folder, BACKEND))
                .getMessage();
        assertEquals(1, message.lines().count(), message);
        for (String part : parts) {
            assertTrue(message.contains(part), "\"" + part + "\" in: " + message);
        }
    }

    /** A field of vision_config, what it becomes, and what is said about it. */
    @ParameterizedTest(name = "{0} becomes {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "\"width\": 4 | \"width\": 5 | width is 5, expected an even number",
                "\"width\": 4 | \"width\": 0 | width is 0, expected a whole number from 1",
                "\"width\": 4 | \"width\": 8 | conv1.weight\" has shape [2, 3, 3, 3], expected [4, 3, 3, 3]",
                "\"image_size\": 64 | \"image_size\": 100 | image_size is 100, expected a multiple of 32",
                "\"image_size\": 64 | \"image_size\": 96 | positional_embedding\" has shape [5, 128], expected [10,"
                        + " 128]",
                "\"num_attention_heads\": 2 | \"num_attention_heads\": 3 | num_attention_heads is 3, expected a"
                        + " divisor of 128",
                "\"layers\": [ | \"layers\": [ 7, | layers is [7,",
                "\"layers\": [ | \"layers\": 4, \"x\": [ | layers is 4, expected 4 whole numbers",
                "\"layers\": [ | \"x\": [ | layers is missing, expected 4 whole numbers",
                "clip_resnet_vision_model | clip_resnet | vision_model.embeddings.patch_embedding.weight\" is missing",
            })
    void aFieldIsWrong(String from, String to, String complaint) throws IOException {
        Path file = folder.resolve("config.json");
        String config = Files.readString(file);
        int vision = config.indexOf("\"vision_config\"");
        String edited = config.substring(vision).replace(from, to);
        assertFalse(edited.equals(config.substring(vision)), "no " + from);
        Files.writeString(file, config.substring(0, vision) + edited);
        failsNaming(complaint);
    }

    private void rewrite(BiConsumer<SafetensorsWriter, TensorEntry> change) {
        try (Checkpoint checkpoint = Checkpoint.open(ResNetCase.original("small"))) {
            SafetensorsWriter writer = new SafetensorsWriter();
            checkpoint.tensors().forEach(tensor -> change.accept(writer, tensor));
            writer.write(folder.resolve("model.safetensors"));
        }
    }

    private List<String> tensors() {
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            return checkpoint.names().stream()
                    .filter(name -> name.startsWith("vision_model.") && !name.endsWith("num_batches_tracked"))
                    .toList();
        }
    }

    /** The statistics of batch norms among them. */
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
    void aVarianceIsNegative() {
        String name = "vision_model.layer1.0.bn2.running_var";
        rewrite((writer, tensor) -> {
            if (tensor.name().equals(name)) {
                writer.add(name, DType.F32, tensor.shape(), MemorySegment.ofArray(new float[] {1, 1, -0.5f, 1}));
            } else {
                writer.add(tensor);
            }
        });
        failsNaming("\"" + name + "\" holds -0.5, expected variances of 0 and more");
    }

    @Test
    void picturesOfAnotherSize() {
        try (Clip clip = Clip.load(folder, BACKEND)) {
            FoveaException failure =
                    assertThrows(FoveaException.class, () -> clip.embedPixels(new float[32 * 32 * 3], 1, 32, 32));
            assertEquals("pictures of 32 x 32 pixels; this model reads 64 x 64", failure.getMessage());
            // Its preprocessing makes pictures of 24 x 24.
            assertThrows(FoveaException.class, () -> clip.embed(Picture.ofRgb(1, 1, new byte[3])));
        }
    }
}
