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
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsWriterTest {

    @TempDir
    Path folder;

    private List<String> filesInFolder() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private static MemorySegment zeros(int bytes) {
        return MemorySegment.ofArray(new byte[bytes]);
    }

    @Test
    void writesWhatTheReaderReads() throws IOException {
        Path target = folder.resolve("model.safetensors");
        long bytes = new SafetensorsWriter()
                .metadata("z", "1")
                .metadata("a", "2")
                .add("half", DType.F16, Shape.of(2), MemorySegment.ofArray(new short[] {0x3C00, 0x4000}))
                .add("b", DType.F32, Shape.of(), () -> MemorySegment.ofArray(new float[] {2.5f}))
                .add("a", DType.F32, Shape.of(0, 3), MemorySegment.NULL)
                .add(WeightData.of("weight", Shape.of(1, 3), 1f, 0.1f, 1e9f), DType.F16)
                .write(target);
        assertEquals(Files.size(target), bytes);
        assertEquals(List.of("model.safetensors"), filesInFolder());
        try (SafetensorsFile file = SafetensorsFile.open(target)) {
            assertEquals(List.of("a", "z"), List.copyOf(file.metadata().keySet()));
            assertEquals(
                    List.of("a", "b", "half", "weight"),
                    file.tensors().stream().map(TensorEntry::name).toList());
            assertArrayEquals(
                    new float[] {1, 2}, file.find("half").orElseThrow().weight().toFloats());
            assertArrayEquals(
                    new float[] {2.5f}, file.find("b").orElseThrow().weight().toFloats());
            assertArrayEquals(
                    new float[] {1, 0.0999755859375f, Float.POSITIVE_INFINITY},
                    file.find("weight").orElseThrow().weight().toFloats());
        }
        assertEquals(0, Files.readAllBytes(target)[0] % 8);
    }

    @Test
    void largeTensorsAreWrittenInPieces() {
        int elements = 3 * (1 << 18) + 5; // of four bytes: more than three pieces
        Path stored = folder.resolve("stored.safetensors");
        Path converted = folder.resolve("converted.safetensors");
        float[] values = new float[elements];
        for (int i = 0; i < elements; i++) {
            values[i] = i % 2047 - 1023; // exact in f16, and out of step with the pieces
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = arena.allocate(4L * elements);
            MemorySegment.copy(MemorySegment.ofArray(values), 0, data, 0, data.byteSize());
            new SafetensorsWriter()
                    .add("x", DType.F32, Shape.of(elements), data)
                    .write(stored);
        }
        try (SafetensorsFile file = SafetensorsFile.open(stored)) {
            WeightData weight = file.find("x").orElseThrow().weight();
            assertArrayEquals(values, weight.toFloats());
            new SafetensorsWriter().add(weight, DType.F16).write(converted);
        }
        try (SafetensorsFile file = SafetensorsFile.open(converted)) {
            assertArrayEquals(values, file.find("x").orElseThrow().weight().toFloats());
        }
    }

    @Test
    void aFileThatIsMappedCanBeReplaced() {
        Path target = folder.resolve("model.safetensors");
        new SafetensorsWriter().add(WeightData.of("x", Shape.of(2), 1f, 2f)).write(target);
        try (SafetensorsFile old = SafetensorsFile.open(target)) {
            WeightData weight = old.find("x").orElseThrow().weight();
            new SafetensorsWriter().add(weight, DType.BF16).write(target);
            assertArrayEquals(new float[] {1f, 2f}, weight.toFloats());
        }
        try (SafetensorsFile replaced = SafetensorsFile.open(target)) {
            assertEquals("BF16", replaced.find("x").orElseThrow().type());
        }
    }

    @Test
    void suppliersAreAskedOneAfterAnotherInTheOrderOfTheFile() {
        List<String> asked = new ArrayList<>();
        SafetensorsWriter writer = new SafetensorsWriter();
        for (String name : List.of("c", "a", "b")) {
            writer.add(name, name.equals("b") ? DType.F64 : DType.U8, Shape.of(1), () -> {
                asked.add(name);
                return zeros(name.equals("b") ? 8 : 1);
            });
        }
        assertEquals(List.of(), asked);
        writer.write(folder.resolve("model.safetensors"));
        assertEquals(List.of("b", "a", "c"), asked);
    }

    @Test
    void aFailureLeavesTheOldFileAndNothingElse() throws IOException {
        Path target = Files.writeString(folder.resolve("model.safetensors"), "old");
        Supplier<MemorySegment> tooShort = () -> zeros(3);
        Supplier<MemorySegment> failing = () -> {
            throw new FoveaException("source broke");
        };
        SafetensorsWriter wrongLength = new SafetensorsWriter().add("x", DType.F32, Shape.of(1), tooShort);
        assertThrows(IllegalArgumentException.class, () -> wrongLength.write(target));
        SafetensorsWriter broken = new SafetensorsWriter()
                .add("big", DType.F32, Shape.of(1 << 20), zeros(4 << 20))
                .add("x", DType.F32, Shape.of(1), failing);
        assertThrows(FoveaException.class, () -> broken.write(target));
        assertEquals("old", Files.readString(target));
        assertEquals(List.of("model.safetensors"), filesInFolder());
    }

    @Test
    void targetsThatCannotBeWrittenAreNamed() throws IOException {
        SafetensorsWriter writer = new SafetensorsWriter().add("x", DType.U8, Shape.of(1), zeros(1));
        for (Path target : List.of(folder.resolve("absent").resolve("x.safetensors"), folder, folder.getRoot())) {
            String message = assertThrows(FoveaException.class, () -> writer.write(target))
                    .getMessage();
            assertTrue(message.startsWith(target + ": "), message);
            assertEquals(1, message.lines().count());
        }
        assertEquals(List.of(), filesInFolder());
    }

    @Test
    void refusesWhatTheFormatCannotHold() {
        SafetensorsWriter writer = new SafetensorsWriter().add("x", DType.U8, Shape.of(1), zeros(1));
        assertThrows(FoveaException.class, () -> writer.add("x", DType.U8, Shape.of(2), zeros(2)));
        assertThrows(FoveaException.class, () -> writer.add("__metadata__", DType.U8, Shape.of(2), zeros(2)));
        assertThrows(FoveaException.class, () -> writer.add("\uD800", DType.U8, Shape.of(2), zeros(2)));
        assertThrows(FoveaException.class, () -> writer.metadata("a", "\uDC00"));
        assertThrows(IllegalArgumentException.class, () -> writer.add("y", DType.U8, Shape.of(2), zeros(3)));
        WeightData integers = new WeightData("i", DType.I8, Shape.of(1), zeros(1), "memory");
        assertThrows(FoveaException.class, () -> writer.add(integers, DType.F16));
        WeightData floats = WeightData.of("f", Shape.of(1), 1f);
        assertThrows(IllegalArgumentException.class, () -> writer.add(floats, DType.I8));
    }

    @Test
    void anEmptyFileIsAFile() {
        Path target = folder.resolve("model.safetensors");
        assertEquals(16, new SafetensorsWriter().write(target));
        try (SafetensorsFile file = SafetensorsFile.open(target)) {
            assertEquals(0, file.tensors().size());
        }
    }
}
