package dev.fovea.tensor.safetensors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.DType;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.WeightData;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files written by the Python library (oracle/safetensors_files.py), read and written again. */
class ReferenceFilesTest {

    @TempDir
    Path folder;

    private static Path resource(String name) {
        try {
            return Path.of(ReferenceFilesTest.class.getResource(name).toURI());
        } catch (java.net.URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    private static WeightData weight(SafetensorsFile file, String name) {
        return file.find(name).orElseThrow().weight();
    }

    @Test
    void readsEveryDtypeThatTorchWrites() {
        try (SafetensorsFile file = SafetensorsFile.open(resource("every-dtype.safetensors"))) {
            assertEquals("\"pt\"\n", file.metadata().get("formät"));
            assertEquals(29, file.tensors().size());
            float[] expected = {1, 2, 3, 4, 5, 6};
            for (String name : List.of("float64", "float32", "float16", "bfloat16")) {
                assertArrayEquals(expected, weight(file, name).toFloats(), name);
            }
            assertEquals("F8_E4M3", file.find("float8_e4m3fn").orElseThrow().type());
            assertEquals("C64", file.find("complex64").orElseThrow().type());
            assertEquals(-2.5f, weight(file, "scalar").get(0));
            assertArrayEquals(
                    new float[] {7.5f, 7.5f},
                    weight(file, "\"\\/\b\f\n\r\t\u0001\u001f\u007f\u2028").toFloats());
            assertArrayEquals(new float[] {4.5f, 4.5f}, weight(file, "中").toFloats());
            MemorySegment bools = file.find("bool").orElseThrow().data();
            assertArrayEquals(new byte[] {1, 0, 1, 0, 1, 0}, bools.toArray(ValueLayout.JAVA_BYTE));
        }
    }

    @Test
    void writesTheSameBytesAsTheReference() throws IOException {
        Path reference = resource("every-dtype.safetensors");
        Path again = folder.resolve("again.safetensors");
        try (SafetensorsFile file = SafetensorsFile.open(reference)) {
            List<TensorEntry> tensors = new ArrayList<>(file.tensors());
            Collections.shuffle(tensors, new Random(3));
            SafetensorsWriter writer = new SafetensorsWriter();
            file.metadata().forEach(writer::metadata);
            tensors.forEach(writer::add);
            writer.write(again);
        }
        assertArrayEquals(Files.readAllBytes(reference), Files.readAllBytes(again));
    }

    @Test
    void roundsAsTorchDoes() throws IOException {
        Path reference = resource("numbers.safetensors");
        Path again = folder.resolve("again.safetensors");
        try (SafetensorsFile file = SafetensorsFile.open(reference)) {
            assertArrayEquals(
                    weight(file, "f32").toFloats(), weight(file, "f64").toFloats());
            SafetensorsWriter writer = new SafetensorsWriter().metadata("format", "pt");
            writer.add(weight(file, "f64"));
            writer.add(weight(file, "f32"));
            for (DType half : List.of(DType.F16, DType.BF16)) {
                String name = half.name().toLowerCase();
                assertArrayEquals(
                        weight(file, name + ".widened").toFloats(),
                        weight(file, name).toFloats(),
                        name);
                writer.add(renamed(weight(file, "f32"), name), half);
                writer.add(renamed(weight(file, name), name + ".widened"), DType.F32);
            }
            writer.write(again);
        }
        assertArrayEquals(Files.readAllBytes(reference), Files.readAllBytes(again));
    }

    @Test
    void widensFloatsOfEightBitsAsTorchDoes() {
        try (Checkpoint checkpoint = Checkpoint.open(resource("eight-bits.safetensors"))) {
            Weights weights = Weights.of(checkpoint);
            for (String name : List.of("float8_e4m3fn", "float8_e5m2")) {
                WeightData found = weights.tensor(name, Shape.of(256));
                assertEquals(DType.BF16, found.dtype());
                assertArrayEquals(weights.tensor(name + ".widened").toFloats(), found.toFloats(), name);
                assertArrayEquals(weights.tensor(name + ".bf16").toFloats(), found.toFloats(), name);
            }
        }
    }

    /** What compressed-tensors, DeepSeek's and ComfyUI's files have beside such matrices. */
    @ParameterizedTest
    @ValueSource(strings = {"a.weight_scale", "a.weight_scale_inv", "a.scale_weight", "scaled_fp8"})
    void scalesOfOthersAreRefused(String scales) throws IOException {
        Path file = folder.resolve("model.safetensors");
        try (SafetensorsFile all = SafetensorsFile.open(resource("eight-bits.safetensors"))) {
            TensorEntry every = all.find("float8_e4m3fn").orElseThrow();
            new SafetensorsWriter()
                    .add(new TensorEntry("a.weight", every.type(), every.shape(), every.data(), every.file()))
                    .add(WeightData.of(scales, Shape.of(1), 2))
                    .write(file);
        }
        try (Checkpoint checkpoint = Checkpoint.open(file)) {
            String message = assertThrows(
                            FoveaException.class, () -> Weights.of(checkpoint).tensor("a.weight"))
                    .getMessage();
            assertTrue(message.contains("\"a.weight\" holds F8_E4M3") && message.contains(scales), message);
        }
    }

    private static WeightData renamed(WeightData weight, String name) {
        return new WeightData(name, weight.dtype(), weight.shape(), weight.data(), weight.source());
    }
}
