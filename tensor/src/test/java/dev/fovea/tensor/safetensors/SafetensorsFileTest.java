package dev.fovea.tensor.safetensors;

import static dev.fovea.tensor.safetensors.SafetensorsFiles.bytes;
import static dev.fovea.tensor.safetensors.SafetensorsFiles.entry;
import static dev.fovea.tensor.safetensors.SafetensorsFiles.withLength;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.DType;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.Shape;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsFileTest {

    private static final String I32_2X2 = "{" + entry("test", "I32", "[2,2]", 0, 16) + "}";

    @TempDir
    Path folder;

    private SafetensorsFile open(byte[] content) {
        return SafetensorsFile.open(SafetensorsFiles.write(folder, "model.safetensors", content));
    }

    /** What is wrong with these bytes; the message is one line and names the file. */
    private String complaint(byte[] content) {
        String message = assertThrows(FoveaException.class, () -> open(content)).getMessage();
        assertTrue(message.startsWith(folder.resolve("model.safetensors") + ": "), message);
        assertTrue(message.lines().count() == 1, message);
        return message;
    }

    private void assertComplaint(String expected, byte[] content) {
        String message = complaint(content);
        assertTrue(message.contains(expected), message);
    }

    @Test
    void readsTheTensorsOfAFile() {
        String header = "{\"__metadata__\":{\"format\":\"pt\",\"k\\u00e9y\":\"\","
                + "\"中\":\"é\\n\\uD83D\\ude00\\\"\\\\\\/\\b\\f\\r\\t😀\"},"
                + entry("b", "F32", "[2,1]", 2, 10) + "," + entry("a", "I16", "[1]", 0, 2) + "}";
        ByteBuffer data = ByteBuffer.allocate(10)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort((short) -3)
                .putFloat(1.5f)
                .putFloat(-0.25f);
        try (SafetensorsFile file = open(bytes(header.getBytes(StandardCharsets.UTF_8), data.array()))) {
            String escaped = "é\n😀\"\\/\b\f\r\t😀";
            assertEquals(Map.of("format", "pt", "kéy", "", "中", escaped), file.metadata());
            assertEquals(
                    List.of("a", "b"),
                    file.tensors().stream().map(TensorEntry::name).toList());
            TensorEntry a = file.find("a").orElseThrow();
            assertEquals(Optional.of(DType.I16), a.dtype());
            assertEquals(Shape.of(1), a.shape());
            assertEquals(-3, a.data().get(ValueLayout.JAVA_SHORT_UNALIGNED, 0));
            TensorEntry b = file.find("b").orElseThrow();
            assertEquals(Shape.of(2, 1), b.shape());
            assertArrayEquals(new float[] {1.5f, -0.25f}, b.weight().toFloats());
            assertTrue(b.data().isReadOnly());
            assertEquals(Optional.empty(), file.find("c"));
        }
    }

    @Test
    void afterCloseTheDataAreGone() {
        SafetensorsFile file = open(bytes(I32_2X2, 16));
        TensorEntry tensor = file.find("test").orElseThrow();
        file.close();
        file.close();
        assertThrows(IllegalStateException.class, () -> tensor.data().get(ValueLayout.JAVA_BYTE, 0));
    }

    @Test
    void aScalarHasOneElement() {
        try (SafetensorsFile file = open(bytes("{" + entry("test", "I32", "[]", 0, 4) + "}", 4))) {
            TensorEntry scalar = file.find("test").orElseThrow();
            assertEquals(Shape.of(), scalar.shape());
            assertEquals(4, scalar.data().byteSize());
        }
    }

    @Test
    void zeroExtentTensorsLieBetweenOthers() {
        String header = "{" + entry("b", "F32", "[1]", 0, 4) + "," + entry("z", "F32", "[0,7]", 4, 4) + ","
                + entry("c", "F32", "[1]", 4, 8) + "}";
        try (SafetensorsFile file = open(bytes(header, 8))) {
            assertEquals(0, file.find("z").orElseThrow().weight().toFloats().length);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "F8_E8M0, 8, 8",
        "F8_E4M3FNUZ, 8, 8",
        "F8_E5M2FNUZ, 8, 8",
        "C64, 8, 64",
        "F4, 8, 4",
        "F6_E2M3, 8, 6",
        "F6_E3M2, 8, 6"
    })
    void formatsWithoutArithmeticCanBeLookedAt(String dtype, int elements, int bytes) {
        String header = "{" + entry("test", dtype, "[" + elements + "]", 0, bytes) + "}";
        try (SafetensorsFile file = open(bytes(header, bytes))) {
            TensorEntry tensor = file.find("test").orElseThrow();
            assertEquals(dtype, tensor.type());
            assertEquals(Optional.empty(), tensor.dtype());
            assertEquals(bytes, tensor.data().byteSize());
            String message = assertThrows(FoveaException.class, tensor::weight).getMessage();
            assertTrue(message.contains("\"test\" holds " + dtype), message);
        }
        assertComplaint("needs", bytes("{" + entry("test", dtype, "[8]", 0, bytes + 1) + "}", bytes + 1));
    }

    @Test
    void elementsNarrowerThanAByteMustFillBytes() {
        assertComplaint(
                "\"test\": F4 [3] does not fill whole bytes", bytes("{" + entry("test", "F4", "[3]", 0, 2) + "}", 2));
    }

    @ParameterizedTest
    @ValueSource(strings = {"BOOL", "U8", "I8", "I16", "U16", "F16", "BF16", "I32", "U32", "F32", "F64", "I64", "U64"})
    void everyDTypeIsKnown(String dtype) {
        int bytes = 3 * DType.valueOf(dtype).bytes();
        try (SafetensorsFile file = open(bytes("{" + entry("test", dtype, "[3]", 0, bytes) + "}", bytes))) {
            TensorEntry tensor = file.find("test").orElseThrow();
            assertEquals(Optional.of(DType.valueOf(dtype)), tensor.dtype());
            if (!DType.valueOf(dtype).isFloating()) {
                assertThrows(FoveaException.class, tensor::weight);
            }
        }
    }

    @Test
    void tellsWhatIsWrongWithTheFrame() {
        assertComplaint("an empty file", new byte[0]);
        assertComplaint("7 bytes are too few", new byte[7]);
        assertComplaint(
                "header of 18446744069414584380 bytes, the limit is 100000000",
                withLength(0xFFFF_FFFF_0000_003CL, I32_2X2.getBytes(StandardCharsets.UTF_8), new byte[16]));
        assertComplaint("header of 100000001 bytes", withLength(100_000_001, new byte[0], new byte[0]));
        assertComplaint("header of 60 bytes, but only 0 follow", withLength(0x3C, new byte[0], new byte[0]));
        assertComplaint(
                "header of 100000000 bytes, but only 3 follow", withLength(100_000_000, new byte[3], new byte[0]));
        assertComplaint("not UTF-8", bytes(new byte[] {(byte) 0xFF}, new byte[0]));
        assertComplaint("not UTF-8", bytes(new byte[] {'{', '"', (byte) 0xC3}, new byte[0]));
        assertComplaint("need 16 bytes of data, the file has 14", bytes(I32_2X2, 14));
        assertComplaint(
                "trail after the last tensor: its tensors need 16 bytes of data, the file has 17", bytes(I32_2X2, 17));
        assertComplaint(
                "trail after the last tensor: its tensors need 0 bytes of data, the file has 3", bytes("{}", 3));
    }

    @Test
    void tellsWhatTheFileIsInstead() {
        String pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";
        assertComplaint("git-lfs pointer", pointer.getBytes(StandardCharsets.US_ASCII));
        assertComplaint("HTML", "<!DOCTYPE html><html></html>".getBytes(StandardCharsets.US_ASCII));
        assertComplaint("HTML", "\n <html>".getBytes(StandardCharsets.US_ASCII));
        assertComplaint("zip file", "PK\3\4\0\0\10\10\0\0\0".getBytes(StandardCharsets.ISO_8859_1));
        assertComplaint("pickle", "\u0080\2\u008a\nl\u00fc\u009cF\u00f9 j".getBytes(StandardCharsets.ISO_8859_1));
        assertComplaint("JSON text", "{\"weight_map\": {}}".getBytes(StandardCharsets.US_ASCII));
        assertComplaint("GGUF", "GGUF\3\0\0\0\0\0\0\0".getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void refusesNamesGivenTwice() {
        String twice = "{" + entry("a", "U8", "[1]", 0, 1) + "," + entry("\\u0061", "U8", "[1]", 1, 2) + "}";
        assertComplaint("names \"a\" twice", bytes(twice, 2));
    }

    @Test
    void refusesHolesAndOverlaps() {
        assertComplaint(
                "\"a\": data_offsets [1, 2] leave a hole after byte 0",
                bytes("{" + entry("a", "U8", "[1]", 1, 2) + "}", 2));
        String first = "{" + entry("a", "U8", "[2]", 0, 2) + ",";
        assertComplaint(
                "\"b\": data_offsets [3, 4] leave a hole after byte 2",
                bytes(first + entry("b", "U8", "[1]", 3, 4) + "}", 4));
        assertComplaint("\"b\": data_offsets [1, 3] overlap", bytes(first + entry("b", "U8", "[2]", 1, 3) + "}", 3));
        assertComplaint("\"b\": data_offsets [0, 2] overlap", bytes(first + entry("b", "U8", "[2]", 0, 2) + "}", 2));
        assertComplaint(
                "\"b\": data_offsets [2, 1] end before they begin",
                bytes(first + entry("b", "U8", "[1]", 2, 1) + "}", 2));
        assertComplaint(
                "\"test\": I32 [2, 2] needs 16 bytes, but its data_offsets hold 4",
                bytes("{" + entry("test", "I32", "[2,2]", 0, 4) + "}", 16));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[2,18446744073709551614]",
                "[2,9223372036854775807]",
                "[9223372036854775807,9223372036854775807,0]",
                "[0,9223372036854775808]",
                "[18446744073709551616]",
                "[99999999999999999999999999999999999999999999999999]",
                "[4294967296,4294967296]",
                "[1152921504606846976]",
            })
    void refusesSizesThatOverflow(String shape) {
        assertComplaint("overflows 64 bits", bytes("{" + entry("test", "I32", shape, 0, 16) + "}", 16));
    }

    @Test
    void offsetsAreUnsigned() {
        assertComplaint(
                "\"test\": its data_offsets holds something other than whole numbers from 0 on",
                bytes("{" + entry("test", "U8", "[1]", -1, 0) + "}", 1));
        String largest = "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,18446744073709551615]}}";
        assertComplaint("its data_offsets hold 18446744073709551615", bytes(largest, 1));
        String beyond = "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,18446744073709551616]}}";
        assertComplaint("data_offsets overflows 64 bits", bytes(beyond, 1));
        String far =
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[1152921504606846976],\"data_offsets\":[0,1152921504606846976]}}";
        assertComplaint("need 1152921504606846976 bytes of data, the file has 1", bytes(far, 1));
    }

    @Test
    void namesFromTheFileStayOnOneLine() {
        String header = "{" + entry("a\\nb\\u2028\\u001b" + "x".repeat(5000), "U8", "[2]", 0, 1) + "}";
        assertTrue(complaint(bytes(header, 1)).length() < 600);
    }

    @Test
    void unalignedDataCanBeRead() {
        String header = "{" + entry("pad", "U8", "[1]", 0, 1) + "," + entry("f", "F32", "[2]", 1, 9) + ","
                + entry("h", "F16", "[3]", 9, 15) + "," + entry("d", "F64", "[1]", 15, 23) + " }";
        ByteBuffer data = ByteBuffer.allocate(23).order(ByteOrder.LITTLE_ENDIAN);
        data.put((byte) 7).putFloat(3f).putFloat(Float.MIN_VALUE);
        data.putShort((short) 0x3C00)
                .putShort((short) 0x0001)
                .putShort((short) 0xFC00)
                .putDouble(Math.PI);
        byte[] headerBytes = header.getBytes(StandardCharsets.UTF_8);
        for (int spaces = 0; spaces < 8; spaces++) {
            byte[] padded = (" ".repeat(spaces) + header).getBytes(StandardCharsets.UTF_8);
            assertEquals(headerBytes.length + spaces, padded.length);
            try (SafetensorsFile file = open(bytes(padded, data.array()))) {
                assertArrayEquals(
                        new float[] {3f, Float.MIN_VALUE},
                        file.find("f").orElseThrow().weight().toFloats());
                assertArrayEquals(
                        new float[] {1f, 0x1p-24f, Float.NEGATIVE_INFINITY},
                        file.find("h").orElseThrow().weight().toFloats());
                assertEquals(
                        (float) Math.PI, file.find("d").orElseThrow().weight().get(0));
            }
        }
    }

    @Test
    void filesOverTwoGibibytesAreMapped() throws IOException {
        long elements = 1_400_000_000L; // of two bytes: beyond 2^31 bytes
        byte[] header = ("{" + entry("big", "F16", "[" + elements + "]", 0, 2 * elements) + ","
                        + entry("end", "F32", "[1]", 2 * elements, 2 * elements + 4) + "}")
                .getBytes(StandardCharsets.UTF_8);
        Path path = SafetensorsFiles.write(folder, "big.safetensors", bytes(header, new byte[0]));
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            try {
                file.setLength(8 + header.length + 2 * elements + 4);
            } catch (IOException e) {
                Assumptions.abort("no room for a sparse file: " + e.getMessage());
            }
            file.seek(8 + header.length + 2 * elements - 2);
            file.write(new byte[] {0x00, 0x3C, 0x00, 0x00, (byte) 0x80, 0x3F});
        }
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            TensorEntry big = file.find("big").orElseThrow();
            assertEquals(1f, big.weight().get(elements - 1));
            float[] tail = new float[5];
            big.weight().copyTo(elements - 4, tail, 1, 4);
            assertArrayEquals(new float[] {0, 0, 0, 0, 1}, tail);
            assertEquals(1f, file.find("end").orElseThrow().weight().get(0));
        } finally {
            Files.delete(path);
        }
    }

    @Test
    void refusesWhatIsNotAFile() {
        assertThrows(FoveaException.class, () -> SafetensorsFile.open(folder.resolve("absent.safetensors")));
        assertThrows(FoveaException.class, () -> SafetensorsFile.open(folder));
        assertFalse(Files.exists(folder.resolve("absent.safetensors")));
    }
}
