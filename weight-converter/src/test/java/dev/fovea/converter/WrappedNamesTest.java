package dev.fovea.converter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.safetensors.Checkpoint;
import dev.fovea.tensor.safetensors.SafetensorsWriter;
import dev.fovea.tensor.safetensors.TensorEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Models that training tools have wrapped come out as themselves; what does not come out whole does not come out at
 * all.
 */
class WrappedNamesTest {

    @TempDir
    Path directory;

    private static final Backend BACKEND = Backends.open(Backends.DEFAULT, 1);
    private static float[] expected;

    private Path source;
    private Path output;

    @BeforeAll
    static void embedPlain(@TempDir Path folder) {
        expected = SmallClip.embedding(SmallClip.write(folder), BACKEND);
    }

    @AfterAll
    static void close() {
        BACKEND.close();
    }

    @BeforeEach
    void prepare() {
        source = SmallClip.writeWithoutWeights(directory.resolve("source"));
        output = directory.resolve("converted");
    }

    private Conversion assertConverts(Path from) {
        Conversion made = new Converter().convert(from, output);
        assertArrayEquals(expected, SmallClip.embedding(output, BACKEND));
        assertEquals(List.of(), made.unused());
        return made;
    }

    private void refused(Path from, Converter converter, String... words) {
        FoveaException e = assertThrows(ModelException.class, () -> converter.convert(from, output));
        assertEquals(1, e.getMessage().lines().count(), e.getMessage());
        for (String word : words) {
            assertTrue(e.getMessage().contains(word), e.getMessage());
        }
        assertFalse(e.getMessage().contains(".converting"), e.getMessage());
        String[] left = directory.toFile().list();
        assertEquals(List.of("source"), List.of(left));
    }

    private static Function<String, String[]> under(String... prefixes) {
        return name -> {
            String[] names = new String[prefixes.length];
            for (int i = 0; i < names.length; i++) {
                names[i] = prefixes[i] + name;
            }
            return names;
        };
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "module.",
                "model.",
                "_orig_mod.",
                "module._orig_mod.",
                "_orig_mod.module.",
                "model._orig_mod.",
                "_fsdp_wrapped_module.",
                "_fsdp_wrapped_module._checkpoint_wrapped_module.",
                "_forward_module.model.",
                "module.module.",
                "ema_model.",
                "clip.",
                "student.backbone.clip."
            })
    void prefixes(String prefix) {
        Path safetensors = SmallClip.safetensors(source.resolve("model.safetensors"), under(prefix), Map.of());
        List<String> takenOff = assertConverts(source).takenOff();
        assertEquals(prefix.length(), String.join("", takenOff).length(), takenOff.toString());
        for (String file : List.of("pytorch_model.bin", "model.pt", "epoch=3.ckpt")) {
            for (String wrapper : List.of("", "state_dict", "model", "module")) {
                deleteAll(output, safetensors);
                safetensors = SmallClip.pytorch(source.resolve(file), wrapper, under(prefix));
                assertConverts(file.endsWith(".bin") ? source : safetensors);
            }
        }
        deleteAll(output, safetensors);
        SmallClip.safetensors(source.resolve("misnamed.pt"), under(prefix), Map.of());
        assertConverts(source);
    }

    private static void deleteAll(Path folder, Path file) {
        try (var files = Files.list(folder)) {
            for (Path each : files.toList()) {
                Files.delete(each);
            }
            Files.delete(folder);
            Files.delete(file);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Blocks that were compiled or wrapped on their own. */
    @Test
    void wrappersInTheMiddle() {
        SmallClip.pytorch(source.resolve("pytorch_model.bin"), "", name ->
                new String[] {name.replace("encoder.layers.0.", "_fsdp_wrapped_module.encoder.layers.0._orig_mod.")});
        assertEquals(
                List.of("_fsdp_wrapped_module.", "_orig_mod."),
                assertConverts(source).takenOff());
    }

    @Test
    void whatLiesBesideIsNamed() {
        SmallClip.safetensors(
                source.resolve("model.safetensors"),
                under("model."),
                Map.of(),
                WeightData.of("loss.weight", Shape.of(1), 1),
                WeightData.of("n_averaged", Shape.of(), 1));
        Conversion made = assertConverts(source);
        assertEquals(List.of("model."), made.takenOff());
        assertEquals(List.of("loss.weight", "n_averaged"), made.leftOut());
        assertEquals(List.of(), made.unused());
    }

    @Test
    void whatTheModelDoesNotUseIsNamed() {
        SmallClip.write(source, WeightData.of("text_model.lora_A.weight", Shape.of(1), 1));
        Conversion made = new Converter().convert(source, output);
        assertEquals(List.of(), made.takenOff());
        assertEquals(List.of("text_model.lora_A.weight"), made.unused());
    }

    /** Names as they are go first; nobody can tell which of two wrapped models is meant. */
    @Test
    void twoModels() throws IOException {
        Path file = source.resolve("model.safetensors");
        SmallClip.safetensors(file, under("ema_model.", "model."), Map.of());
        refused(source, new Converter(), "holds 2 whole models", "under \"ema_model.\" and \"model.\"", "alone");
        Files.delete(file);
        SmallClip.safetensors(file, under("", "ema_model."), Map.of());
        Conversion made = new Converter().convert(source, output);
        assertEquals(List.of(), made.takenOff());
        assertTrue(made.unused().stream().allMatch(name -> name.startsWith("ema_model.")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "|\"text_projection.weight\" is missing",
                "model.|\"text_projection.weight\" is missing",
                "module._orig_mod.|\"text_projection.weight\" is missing"
            })
    void modelsThatAreNotWhole(String prefix, String complaint) throws IOException {
        String begin = prefix == null ? "" : prefix;
        Path file = source.resolve("model.safetensors");
        SmallClip.safetensors(
                file,
                name -> name.equals("text_projection.weight") ? new String[0] : new String[] {begin + name},
                Map.of());
        for (DType type : new DType[] {null, DType.F16, DType.I8}) {
            refused(source, new Converter().precision(type), "would not load", complaint, "nothing was written");
        }
    }

    @Test
    void modelsThatNobodyRuns() throws IOException {
        SmallClip.write(source);
        Files.writeString(source.resolve("config.json"), "{\"model_type\": \"bert\"}");
        refused(source, new Converter().precision(DType.F16), "of type \"bert\", which Fovea does not run");
        SmallClip.write(source);
        Files.delete(source.resolve("vocab.json"));
        refused(source, new Converter(), "would not load", "vocab.json");
        String config = Files.readString(source.resolve("config.json"));
        SmallClip.write(source);
        Files.writeString(source.resolve("config.json"), config.replace("\"hidden_size\":24", "\"hidden_size\":25"));
        Files.writeString(source.resolve("config.json"), config.replace(" 24", " 25"));
        refused(source, new Converter(), "would not load", "expected");
    }

    @Test
    void foldersThatAreMadeForNothingGo() {
        SmallClip.safetensors(source.resolve("model.safetensors"), name -> new String[] {"x." + name + ".y"}, Map.of());
        output = directory.resolve("new/folders/clip");
        refused(source, new Converter(), "would not load");
    }

    /** MLX keeps kernels of convolutions with their inputs last. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void kernelsOfMlx(boolean said) throws IOException {
        SmallClip.write(source);
        Path file = source.resolve("model.safetensors");
        SafetensorsWriter writer = new SafetensorsWriter();
        if (said) {
            writer.metadata("format", "mlx");
        }
        try (Checkpoint checkpoint = Checkpoint.open(file)) {
            for (TensorEntry tensor : checkpoint.tensors()) {
                writer.add(tensor.shape().rank() == 4 ? channelsLast(tensor.weight()) : tensor.weight());
            }
            writer.write(directory.resolve("mlx"));
        }
        Files.move(directory.resolve("mlx"), file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        assertConverts(source);
    }

    private static WeightData channelsLast(WeightData kernel) {
        long[] extents = kernel.shape().extents();
        float[] values = kernel.toFloats();
        float[] turned = new float[values.length];
        int inputs = (int) extents[1];
        int area = (int) (extents[2] * extents[3]);
        for (int i = 0; i < values.length; i++) {
            int output = i / (inputs * area);
            int input = i / area % inputs;
            turned[(output * area + i % area) * inputs + input] = values[i];
        }
        return WeightData.of(kernel.name(), Shape.of(extents[0], extents[2], extents[3], extents[1]), turned);
    }
}
