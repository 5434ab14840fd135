package dev.fovea.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.DType;
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
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Models whose weights are no numbers, do not fit, or have no use. */
class SpoiltModelTest {

    @TempDir
    private Path directory;

    private Path model;
    private Path pictures;

    @BeforeEach
    void prepare() throws IOException {
        model = TinyClip.write(directory.resolve("model"));
        pictures = directory.resolve("pictures");
        ClassifyCommandTest.picture(pictures.resolve("red").resolve("picture.png"), 0xCC0000);
        ClassifyCommandTest.picture(pictures.resolve("blue").resolve("picture.png"), 0x0000CC);
    }

    /** Writes the weights again, with a number of a tensor changed and with further tensors. */
    private void rewrite(String name, float value, WeightData... more) throws IOException {
        Path file = model.resolve("model.safetensors");
        Path edited = model.resolve("edited");
        try (Checkpoint checkpoint = Checkpoint.open(file)) {
            SafetensorsWriter writer = new SafetensorsWriter();
            for (TensorEntry tensor : checkpoint.tensors()) {
                float[] values = tensor.weight().toFloats();
                values[0] = tensor.name().equals(name) ? value : values[0];
                writer.add(WeightData.of(tensor.name(), tensor.shape(), values));
            }
            for (WeightData weight : more) {
                writer.add(weight, DType.F32);
            }
            writer.write(edited);
        }
        Files.move(edited, file, StandardCopyOption.REPLACE_EXISTING);
    }

    private List<Object[]> commands() {
        Path picture = pictures.resolve("red").resolve("picture.png");
        return List.of(
                new Object[] {"embed", "--model", model, "--image", pictures},
                new Object[] {"embed", "--json", "--model", model, "--image", picture, "--text", "a"},
                new Object[] {"classify", "--json", "--model", model, picture, "a", "b"},
                new Object[] {"evaluate", "--model", model, pictures});
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
    void noCommandPrintsWhatIsNoNumber(float value) throws IOException {
        rewrite("visual_projection.weight", value);
        for (Object[] command : commands()) {
            Ran ran = Ran.fovea(command);
            assertEquals(1, ran.exit(), ran.out());
            assertEquals("", ran.out());
            assertEquals(1, ran.err().lines().count(), ran.err());
            assertTrue(ran.err().contains("\"visual_projection.weight\" holds 1 of "), ran.err());
        }
    }

    @Test
    void whatDoesNotFitTheTypeOfTheWeightsIsRefused() throws IOException {
        rewrite("visual_projection.weight", 70_000);
        Ran ran = Ran.fovea(
                "classify",
                "--weights",
                "f16",
                "--model",
                model,
                pictures.resolve("red").resolve("picture.png"),
                "a",
                "b");
        assertEquals(1, ran.exit(), ran.out());
        assertTrue(ran.err().contains("\"visual_projection.weight\" holds 70000.0, too large for F16"), ran.err());
        assertTrue(ran.err().contains("bf16"), ran.err());
    }

    @Test
    void tensorsWithoutUseAreSaid() throws IOException {
        rewrite(
                "",
                0,
                WeightData.of("base_model.lora_A.weight", Shape.of(2), 1, 2),
                WeightData.of("base_model.lora_B.weight", Shape.of(2), 1, 2));
        for (Object[] command : commands()) {
            Ran ran = Ran.fovea(command);
            assertEquals(0, ran.exit(), ran.err());
            assertTrue(
                    ran.err()
                            .contains("warning: " + model + ": 2 tensors have no use in this model and no effect: "
                                    + "base_model.lora_A.weight, base_model.lora_B.weight"),
                    ran.err());
        }
    }
}
