package dev.fovea.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code --adapter} as a user runs it. */
class AdapterOptionTest {

    private static final int WIDTH = 192;

    @TempDir
    static Path folder;

    @BeforeAll
    static void adapter() throws IOException {
        Files.writeString(
                folder.resolve("adapter_config.json"),
                "{\"peft_type\": \"LORA\", \"r\": 1, \"lora_alpha\": 1, \"base_model_name_or_path\": \"clip-mini\"}");
        float[] a = new float[WIDTH];
        float[] b = new float[WIDTH];
        for (int i = 0; i < WIDTH; i++) {
            a[i] = (float) Math.sin(i);
            b[i] = (float) Math.cos(i) / 20;
        }
        new SafetensorsWriter()
                .add(WeightData.of("base_model.model.text_projection.lora_A.weight", Shape.of(1, WIDTH), a))
                .add(WeightData.of("base_model.model.text_projection.lora_B.weight", Shape.of(WIDTH, 1), b))
                .write(folder.resolve("adapter_model.safetensors"));
    }

    private static JsonNode vector(Object... options) throws IOException {
        Object[] arguments = Arrays.copyOf(new Object[] {"embed", "--json", "--text", "a frog"}, 4 + options.length);
        System.arraycopy(options, 0, arguments, 4, options.length);
        return Ran.fovea(arguments).json().at("/embeddings/0/vector");
    }

    @Test
    void anAdapterChangesWhatItIsFor() throws IOException {
        JsonNode adapted = vector("--adapter", folder);
        assertFalse(adapted.isMissingNode());
        assertNotEquals(vector(), adapted);
        assertNotEquals(adapted, vector("--adapter", folder, "--adapter", folder));
    }

    @Test
    void whatDoesNotFitIsOneLine() throws IOException {
        Path missing = folder.resolve("missing");
        refused("no adapter_config.json", "embed", "--text", "a frog", "--adapter", missing);
        Path picture = ClassifyCommandTest.picture(folder.resolve("picture.png"), 1);
        refused("text_projection", "caption", picture, "--adapter", folder);
        Path classes = folder.resolve("classes");
        for (String name : new String[] {"a", "b"}) {
            for (int i = 0; i < 3; i++) {
                ClassifyCommandTest.picture(classes.resolve(name + "/" + i + ".png"), 8 * i + name.charAt(0));
            }
        }
        refused("leave out --adapter", "tune", classes, folder.resolve("out"), "--method", "tip", "--adapter", folder);
        assertFalse(Files.exists(folder.resolve("out")));
    }

    @Test
    void anAdapterAloneIsNoModel() {
        refused("--adapter FOLDER", "embed", "--text", "a frog", "--model", folder);
    }

    private static void refused(String expected, Object... arguments) {
        Ran ran = Ran.fovea(arguments);
        assertEquals(1, ran.exit(), ran.err());
        assertTrue(ran.err().startsWith("fovea: ") && ran.err().contains(expected), ran.err());
        assertEquals(1, ran.err().lines().count(), ran.err());
    }
}
