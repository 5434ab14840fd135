package dev.fovea.app.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fovea.app.ClassifyCommandTest;
import dev.fovea.app.Ran;
import dev.fovea.app.TinyClip;
import dev.fovea.app.json.Json;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.safetensors.SafetensorsWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What others have written never reaches a terminal as it is, and never splits a record. */
class PrintableTest {

    private static final Style SEEN = new Style(true, true, 200, StandardCharsets.UTF_8);
    private static final String EVIL = "e\033[31m\007\u009B2J\r\u202Egpj\uFDD01mx";
    private static final String SAFE = "e\\u001b[31m\\u0007\\u009b2J\\r\\u202egpj\\ufdd01mx";

    @TempDir
    Path directory;

    @Test
    void controlCharactersBecomeVisible() {
        assertEquals(SAFE, Printable.line(EVIL));
        assertEquals("a\\tb\\nc\\d", Printable.line("a\tb\nc\\d"));
        assertEquals("a\\tb\\nc\\\\d", Printable.field("a\tb\nc\\d"));
        assertEquals("a\tb\nc\\d\\r", Printable.lines("a\tb\nc\\d\r"));
        assertEquals("\\u2028\\u2066\\u0085\\u007f\\u0000", Printable.line("\u2028\u2066\u0085\u007F\0"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "größer 猫", "👩‍👩‍👧‍👦 ❤️", "می\u200Cخواهم", "שלום\u200F!", "ก\u200Bข", "\u00A0"})
    void whatScriptsAreWrittenWithStays(String text) {
        assertEquals(text, Printable.line(text));
        assertEquals(text, Printable.field(text));
    }

    @Test
    void onlyTheCodesOfStyleReachTheTerminal() {
        assertEquals("\033[1mx\033[0m \\u001b[1m", SEEN.forOutput(SEEN.bold("x") + " \033[1m"));
        Style plain = Style.plain(StandardCharsets.UTF_8);
        assertEquals("x \\ufdd01m", plain.forOutput(plain.bold("x") + " \uFDD01m"));
    }

    private Path model() throws IOException {
        return TinyClip.write(directory.resolve("model"));
    }

    private static void assertSafe(String printed, String code) {
        String rest = printed.replaceAll(code, "");
        assertTrue(
                rest.chars()
                        .allMatch(letter -> letter == '\n'
                                || letter == '\t'
                                || letter >= ' ' && letter != 0x202E && (letter < 0x7F || letter > 0x9F)),
                printed);
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void namesLabelsAndTexts() throws IOException {
        Path model = model();
        Path folder = Files.createDirectories(directory.resolve("pictures"));
        String name = EVIL + "\t\n.png";
        ClassifyCommandTest.picture(folder.resolve(name), 0xFF0000);
        ClassifyCommandTest.picture(folder.resolve("b.png"), 0x00FF00);
        Files.writeString(folder.resolve("\033[2Jbad.png"), "no picture");
        for (List<Object> command : List.<List<Object>>of(
                List.of("classify", "--model", model, folder, EVIL, "b\nc"),
                List.of("embed", "--model", model, "--image", folder, "--text", EVIL + "\n"))) {
            Ran seen = Ran.at(SEEN, command.toArray());
            assertSafe(seen.out(), "\033\\[\\d+m");
            assertSafe(seen.err(), "none");
            assertTrue(seen.err().contains("\\u001b[2Jbad.png"), seen.err());
            Ran piped = Ran.fovea(command.toArray());
            assertSafe(piped.out(), "none");
            assertTrue(piped.out().contains(SAFE + "\\t\\n.png\t"), piped.out());
            assertEquals(piped.out().lines().count(), piped.out().split("\n").length);
        }
        assertEquals(
                2,
                Ran.fovea("classify", "--model", model, folder, EVIL, "b\nc")
                        .out()
                        .lines()
                        .count());
        assertSafe(Ran.fovea("classify", "\033[2J.png", "a").err(), "none");
        assertSafe(Ran.fovea("\033[2J").err(), "none");
        assertSafe(
                Ran.fovea("classify", "--debug", "--model", "\033[2J", "a", "b").err(), "none");
    }

    @Test
    void checkpointsOfStrangers() throws IOException {
        Path folder = Files.createDirectories(directory.resolve("other"));
        Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"x\\u001b[31m\"}");
        new SafetensorsWriter()
                .add("a\033[31m\nb\t", DType.F32, Shape.of(1), MemorySegment.ofArray(new byte[4]))
                .write(folder.resolve("model.safetensors"));
        assertSafe(Ran.at(SEEN, "inspect", folder).out(), "\033\\[\\d+m");
        String piped = Ran.fovea("inspect", folder).out();
        assertSafe(piped, "none");
        assertTrue(piped.contains("\na\\u001b[31m\\nb\\t\tF32\t[1]\n"), piped);
        assertSafe(Ran.fovea("classify", "a.png", "b", "--model", folder).err(), "none");
    }

    @Test
    void jsonHoldsHalvesOfCharactersWithoutBreakingOff() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Json.write(out, json -> {
            json.writeStringField("a\uD800", "b\uDC00c\uD83D\uDE00");
            json.writeStringField("n", null);
        });
        JsonNode read = new Ran(0, out.toString(StandardCharsets.UTF_8), "").json();
        assertEquals("b\uFFFDc\uD83D\uDE00", read.get("a\uFFFD").asText());
        assertTrue(read.get("n").isNull());
        assertFalse(read.has("a"));
    }
}
