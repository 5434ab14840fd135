package dev.fovea.converter.pytorch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fovea.converter.views.TensorView;
import dev.fovea.tensor.json.JsonReader;
import dev.fovea.tensor.json.JsonValue;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PytorchFileTest {

    @TempDir
    Path directory;

    /**
     * Every type, views with offsets and strides, scalars and nothing at all, as torch.save wrote them in three ways.
     */
    @ParameterizedTest
    @ValueSource(strings = {"zip.pt", "legacy.pt", "protocol4.pt"})
    void readsWhatTorchSaved(String name) throws IOException {
        reads("../cases/every-type/", name);
    }

    /** Objects of every kind that training keeps beside the weights, of Python, torch and numpy, are passed over. */
    @ParameterizedTest
    @ValueSource(strings = {"zip.pt", "protocol5.pt", "legacy.pt", "legacy4.pt"})
    void readsWeightsBesideOtherObjects(String name) throws IOException {
        reads("../cases/beside-weights/", name);
    }

    private void reads(String folder, String name) throws IOException {
        Path path = directory.resolve(name);
        try (InputStream packed =
                        new GZIPInputStream(PytorchFileTest.class.getResourceAsStream(folder + name + ".gz"));
                InputStream json = PytorchFileTest.class.getResourceAsStream(folder + "expected.json")) {
            Files.copy(packed, path);
            JsonValue expected = JsonReader.readObject(new String(json.readAllBytes()), "expected.json");
            try (PytorchFile file = PytorchFile.open(path)) {
                file.check();
                assertEquals(expected.fields().keySet(), file.tensors().keySet());
                expected.fields()
                        .forEach((tensor, values) ->
                                check(tensor, values, file.tensors().get(tensor)));
            }
        }
    }

    private static void check(String name, JsonValue expected, TensorView found) {
        assertEquals(expected.get(0).text(""), pythonName(found), name);
        long[] shape = expected.get(1).items().stream()
                .mapToLong(size -> size.integer(-1))
                .toArray();
        assertArrayEquals(shape, found.shape().extents(), name);
        double[] values = expected.get(2).items().stream()
                .mapToDouble(value -> value.number(0))
                .toArray();
        ByteBuffer bytes = ByteBuffer.allocate((int) found.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        found.copyTo(0, MemorySegment.ofBuffer(bytes));
        for (int i = 0; i < values.length; i++) {
            assertEquals(values[i], number(found, bytes, i), name);
        }
        if (values.length > 2) { // also from the middle on
            ByteBuffer part = ByteBuffer.allocate(
                            (values.length - 2) * found.dtype().bytes())
                    .order(ByteOrder.LITTLE_ENDIAN);
            found.copyTo(1, MemorySegment.ofBuffer(part));
            for (int i = 1; i < values.length - 1; i++) {
                assertEquals(values[i], number(found, part, i - 1), name);
            }
        }
    }

    private static String pythonName(TensorView tensor) {
        return switch (tensor.dtype()) {
            case F64 -> "float64";
            case F32 -> "float32";
            case F16 -> "float16";
            case BF16 -> "bfloat16";
            case I64 -> "int64";
            case I32 -> "int32";
            case I16 -> "int16";
            case I8 -> "int8";
            case U8 -> "uint8";
            case BOOL -> "bool";
            default -> "unknown";
        };
    }

    private static double number(TensorView tensor, ByteBuffer bytes, int i) {
        return switch (tensor.dtype()) {
            case F64 -> bytes.getDouble(8 * i);
            case F32 -> bytes.getFloat(4 * i);
            case F16 -> Float.float16ToFloat(bytes.getShort(2 * i));
            case BF16 -> Float.intBitsToFloat(bytes.getShort(2 * i) << 16);
            case I64 -> bytes.getLong(8 * i);
            case I32 -> bytes.getInt(4 * i);
            case I16 -> bytes.getShort(2 * i);
            case U8 -> bytes.get(i) & 0xFF;
            default -> bytes.get(i);
        };
    }
}
