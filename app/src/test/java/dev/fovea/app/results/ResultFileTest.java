package dev.fovea.app.results;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.app.json.Json;
import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResultFileTest {

    private static final Map<String, String> SETTINGS = Map.of("command", "embed", "model", "clip-mini");
    /** Names as hostile as a file system allows. */
    private static final List<Path> PICTURES =
            List.of(Path.of("a.jpg"), Path.of("b,\"c\".jpg"), Path.of("d\ne.jpg"), Path.of("é.jpg"), Path.of("f.jpg"));

    @TempDir
    Path folder;

    private static Json.Document result(int number) {
        return json -> {
            json.writeStringField("text", "number \"" + number + "\"");
            json.writeArrayFieldStart("vector");
            for (int i = 0; i < 3; i++) {
                json.writeNumber(number + i / 4f);
            }
            json.writeEndArray();
        };
    }

    private static void write(Path file, int from, int to) {
        try (ResultFile results = ResultFile.open(file, SETTINGS, true)) {
            for (int i = from; i < to; i++) {
                ResultFile.Subject picture = ResultFile.Subject.of(PICTURES.get(i));
                if (!results.has(picture)) {
                    results.append(picture, result(i));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"r.jsonl", "r.csv", "r.npy"})
    void aRunThatWasCutOffAtAnyByteIsCompletedAndNothingIsWrittenTwice(String name) throws IOException {
        Path whole = folder.resolve("whole-" + name);
        write(whole, 0, PICTURES.size());
        byte[] expected = Files.readAllBytes(whole);
        Path record = folder.resolve(name + ".run");
        for (int length = 0; length <= expected.length; length++) {
            Path file = folder.resolve(name);
            Files.write(file, Arrays.copyOf(expected, length));
            Files.copy(folder.resolve("whole-" + name + ".run"), record, StandardCopyOption.REPLACE_EXISTING);
            write(file, 0, PICTURES.size());
            assertEquals(
                    new String(expected, StandardCharsets.ISO_8859_1),
                    new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1),
                    "cut off at " + length);
        }
    }

    @Test
    void aRecordThatIsCutOffCostsRowsOfTheMatrixButNoneIsWrong() throws IOException {
        Path whole = folder.resolve("whole.npy");
        write(whole, 0, PICTURES.size());
        byte[] expected = Files.readAllBytes(whole);
        byte[] record = Files.readAllBytes(folder.resolve("whole.npy.run"));
        int settings = new String(record, StandardCharsets.UTF_8).indexOf('\n') + 1;
        for (int length = settings; length <= record.length; length++) {
            Files.write(folder.resolve("m.npy"), expected);
            Files.write(folder.resolve("m.npy.run"), Arrays.copyOf(record, length));
            write(folder.resolve("m.npy"), 0, PICTURES.size());
            assertEquals(ByteBuffer.wrap(expected), ByteBuffer.wrap(Files.readAllBytes(folder.resolve("m.npy"))));
            assertEquals(ByteBuffer.wrap(record), ByteBuffer.wrap(Files.readAllBytes(folder.resolve("m.npy.run"))));
        }
    }

    @Test
    void theMatrixHasAHeaderThatNumpyReads() throws IOException {
        Path file = folder.resolve("m.npy");
        write(file, 0, 2);
        byte[] bytes = Files.readAllBytes(file);
        String header = new String(bytes, 10, 118, StandardCharsets.US_ASCII);
        assertTrue(header.startsWith("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"), header);
        assertTrue(header.endsWith("\n"));
        ByteBuffer numbers = ByteBuffer.wrap(bytes, 128, 24).order(ByteOrder.LITTLE_ENDIAN);
        assertEquals(0.25f, numbers.getFloat(132));
        assertEquals(1.5f, numbers.getFloat(128 + 20));
    }

    @Test
    void rowsOfCommaSeparatedValuesQuoteWhatTheyMust() throws IOException {
        Path file = folder.resolve("r.csv");
        write(file, 0, 2);
        assertEquals(
                "image,text,0,1,2\na.jpg,\"number \"\"0\"\"\",0.0,0.25,0.5\n\"b,\"\"c\"\".jpg\",\"number"
                        + " \"\"1\"\"\",1.0,1.25,1.5\n",
                Files.readString(file));
    }

    @Test
    void linesBeginWithTheNameOfThePicture() throws IOException {
        Path file = folder.resolve("r.jsonl");
        write(file, 0, 1);
        assertEquals(
                "{\"image\":\"a.jpg\",\"text\":\"number \\\"0\\\"\",\"vector\":[0.0,0.25,0.5]}\n",
                Files.readString(file));
    }

    @Test
    void otherSettingsAreRefusedAndNothingIsTouched() throws IOException {
        Path file = folder.resolve("r.jsonl");
        write(file, 0, 2);
        String before = Files.readString(file);
        FoveaException refused = assertThrows(
                FoveaException.class,
                () -> ResultFile.open(file, Map.of("command", "embed", "model", "another"), true));
        assertTrue(refused.getMessage().contains("was begun with model clip-mini, not another"), refused.getMessage());
        assertEquals(before, Files.readString(file));
    }

    @Test
    void filesOfOthersAreRefusedAndNotTouched() throws IOException {
        Path file = Files.writeString(folder.resolve("notes.csv"), "mine\n");
        assertThrows(FoveaException.class, () -> ResultFile.open(file, SETTINGS, true));
        assertEquals("mine\n", Files.readString(file));
        assertThrows(FoveaException.class, () -> ResultFile.open(folder.resolve("r.xlsx"), SETTINGS, true));
        assertFalse(Files.exists(folder.resolve("r.xlsx")));
        assertThrows(FoveaException.class, () -> ResultFile.open(folder.resolve("r.npy"), SETTINGS, false));
        assertThrows(FoveaException.class, () -> ResultFile.open(folder.resolve("no/r.csv"), SETTINGS, false));
        Files.createDirectory(folder.resolve("f.csv"));
        FoveaException aFolder =
                assertThrows(FoveaException.class, () -> ResultFile.open(folder.resolve("f.csv"), SETTINGS, false));
        assertTrue(aFolder.getMessage().contains("is a folder"), aFolder.getMessage());
    }

    @Test
    void oneRunAtATime() {
        Path file = folder.resolve("r.jsonl");
        try (ResultFile first = ResultFile.open(file, SETTINGS, true)) {
            FoveaException refused = assertThrows(FoveaException.class, () -> ResultFile.open(file, SETTINGS, true));
            assertTrue(refused.getMessage().contains("another process is writing"), refused.getMessage());
            assertEquals(0, first.count());
        }
    }
}
