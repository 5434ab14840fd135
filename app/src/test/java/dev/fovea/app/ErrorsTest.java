package dev.fovea.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.app.terminal.Failure;
import dev.fovea.app.terminal.Style;
import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Everything that can go wrong: one line and the exit code of the contract. */
public class ErrorsTest {

    @TempDir
    static Path directory;

    private static Path model;
    private static Path picture;

    @BeforeAll
    static void prepare() throws IOException {
        model = TinyClip.write(directory.resolve("model"));
        picture = ClassifyCommandTest.picture(directory.resolve("picture.png"), 0x112233);
    }

    /** The work failed: exit 1, one line that says this, nothing on stdout. */
    public static void assertOneLine(Ran ran, String... words) {
        assertEquals(1, ran.exit(), ran.err());
        assertEquals("", ran.out());
        assertEquals(1, ran.err().lines().count(), ran.err());
        assertTrue(ran.err().startsWith("fovea: "), ran.err());
        for (String word : words) {
            assertTrue(ran.err().contains(word), ran.err());
        }
    }

    private static void assertUsage(Ran ran, String message) {
        assertEquals(2, ran.exit(), ran.err());
        assertEquals("", ran.out());
        assertTrue(ran.err().startsWith("fovea: " + message), ran.err());
        assertEquals(1, ran.err().lines().count(), ran.err());
        assertTrue(ran.err().matches("(?s).*; see fovea( [a-z]+)? --help\n"), ran.err());
    }

    private static Ran classify(Path model, Path picture) {
        return Ran.fovea("classify", "--model", model, picture, "a", "b");
    }

    @Test
    void wrongUsage() {
        assertUsage(Ran.fovea(), "Missing required subcommand");
        assertUsage(Ran.fovea("clasify", "x"), "Unmatched arguments");
        assertUsage(Ran.fovea("classify"), "Missing required parameter: 'IMAGE'");
        assertUsage(Ran.fovea("classify", picture), "classify needs at least one LABEL");
        assertUsage(Ran.fovea("classify", picture, "a", "--nonsense"), "Unknown option: '--nonsense'");
        assertUsage(Ran.fovea("classify", picture, "a", "--threads", "0"), "--threads must be 1 or more, found 0");
        assertUsage(Ran.fovea("--threads", "-2", "inspect"), "--threads must be 1 or more, found -2");
        assertUsage(
                Ran.fovea("classify", picture, "a", "--threads", "many"),
                "Invalid value for option '--threads': expected a whole number, found \"many\"");
        assertUsage(Ran.fovea("classify", picture, "a", "--top", "0"), "--top must be 1 or more");
        assertUsage(Ran.fovea("classify", picture, "a", "--template", "a cat"), "--template must hold {}");
        assertUsage(Ran.fovea("classify", picture, "a", "--device", "abacus"), "--device must be one of cpu");
        assertUsage(Ran.fovea("embed"), "embed needs an IMAGE or a --text TEXT");
        assertUsage(Ran.fovea("evaluate"), "Missing required parameter: 'FOLDER'");
        for (Ran empty : List.of(
                Ran.fovea("index", "", "--into", "x"),
                Ran.fovea("caption", ""),
                Ran.fovea("classify", picture, "a", "--model", ""))) {
            assertEquals(1, empty.err().lines().count(), empty.err());
            assertTrue(empty.err().contains("the name is empty; check the variable"), empty.err());
        }
        assertTrue(Ran.fovea("classfy").err().contains("did you mean classify"));
        assertTrue(Ran.fovea("classify").err().endsWith("; see fovea classify --help\n"));
    }

    @Test
    void addressesAreNoFiles() {
        Ran ran = Ran.fovea("classify", "https://example.org/cat.jpg", "a", "--model", model);
        assertUsage(ran, "Invalid value");
        assertTrue(ran.err().contains("https://example.org/cat.jpg: an address and no file; download it"), ran.err());
        assertUsage(Ran.fovea("embed", "--image", "s3://bucket/cat.jpg"), "Invalid value for option '--image'");
        assertOneLine(classify(Path.of("nowhere"), picture), "no such model");
        assertOneLine(
                Ran.fovea("inspect", "https://huggingface.co/openai/clip-vit-base-patch32"),
                "an address",
                "fovea download openai/clip-vit-base-patch32");
    }

    @Test
    void argumentsThatLostLettersAreRefused() {
        assertOneLine(
                Ran.fovea("embed", "--model", model, "--text", "na\uFFFDve"), "argument 5, \"na\uFFFDve\", ", "UTF-8");
        assertOneLine(Ran.fovea("classify", "caf\uFFFD.jpg", "a"), "argument 2");
        String encoding = System.setProperty("sun.jnu.encoding", "ANSI_X3.4-1968");
        try {
            assertOneLine(
                    Ran.fovea("embed", "--text", "na\uFFFDve"),
                    "lost letters, since Java reads arguments as ANSI_X3.4-1968",
                    "set LC_ALL");
        } finally {
            System.setProperty("sun.jnu.encoding", encoding);
        }
    }

    @Test
    void namesThatNoFileCanHave() {
        InvalidPathException invalid = new InvalidPathException("caf?", "Malformed input");
        assertTrue(
                Failure.describe(invalid).startsWith("\"caf?\" cannot be the name of a file here (Malformed input)"));
    }

    @Test
    void helpAndVersionAreNoErrors() {
        assertTrue(Ran.fovea("--version").out().startsWith("fovea "));
        for (String command : Set.of("classify", "embed", "evaluate", "inspect", "devices", "download", "completion")) {
            Ran help = Ran.fovea(command, "--help");
            assertEquals(0, help.exit());
            assertEquals("", help.err());
            assertTrue(help.out().contains("Usage: fovea " + command), help.out());
            assertTrue(help.out().contains("--json"), help.out());
        }
    }

    @Test
    void completionKnowsTheCommands() {
        Ran ran = Ran.fovea("completion");
        assertEquals(0, ran.exit());
        assertTrue(ran.out().contains("classify") && ran.out().contains("--template"), ran.out());
    }

    @Test
    void picturesThatAreNone() throws IOException {
        assertOneLine(classify(model, directory.resolve("missing.png")), "missing.png");
        assertOneLine(classify(model, Files.createFile(directory.resolve("empty.png"))), "empty.png");
        assertOneLine(classify(model, Files.writeString(directory.resolve("text.png"), "hello")), "text.png");
        byte[] whole = Files.readAllBytes(picture);
        Path cut = Files.write(directory.resolve("cut.png"), java.util.Arrays.copyOf(whole, whole.length / 2));
        assertOneLine(classify(model, cut), "cut.png");
        assertOneLine(
                classify(model, Files.createDirectory(directory.resolve("no-pictures"))), "no-pictures", "no pictures");
        assertOneLine(
                Ran.fovea("embed", "--model", model, "--json", "--image", directory.resolve("missing.png")),
                "missing.png");
    }

    @Test
    void models() throws IOException {
        assertOneLine(classify(directory.resolve("nowhere"), picture), "nowhere", "no such model");
        assertOneLine(classify(Files.createDirectory(directory.resolve("hollow")), picture), "hollow", "config.json");
        assertOneLine(classify(picture, picture), "picture.png");
        assertOneLine(
                classify(TinyClip.write(directory.resolve("gap"), Set.of("logit_scale")), picture), "logit_scale");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[]", "null", "{\"model_type\": \"blip\"}", "{\"model_type\": 3}", "\u0000\u0001"})
    void brokenConfigurations(String config) throws IOException {
        Path folder = TinyClip.write(directory.resolve("broken"));
        Files.writeString(folder.resolve("config.json"), config);
        assertOneLine(classify(folder, picture), "broken");
    }

    @Test
    void folders() throws IOException {
        assertOneLine(Ran.fovea("evaluate", "--model", model, directory.resolve("nowhere")), "no such folder");
        assertOneLine(Ran.fovea("evaluate", "--model", model, picture), "not a folder");
        Path flat = Files.createDirectory(directory.resolve("flat"));
        assertOneLine(Ran.fovea("evaluate", "--model", model, flat), "no sub-folders");
        Files.createDirectory(flat.resolve("a_b"));
        assertOneLine(Ran.fovea("evaluate", "--model", model, flat), "no pictures");
        Files.createDirectory(flat.resolve("a b"));
        assertOneLine(Ran.fovea("evaluate", "--model", model, flat), "same label");
    }

    /** A stream that fails as a file descriptor does. */
    private static OutputStream failing(String reason) {
        return new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException(reason);
            }
        };
    }

    @Test
    void aReaderWhoLeftIsNoFailure() {
        Style plain = Style.plain(StandardCharsets.UTF_8);
        for (String command : Set.of("--json", "--top=1")) {
            Ran ran = Ran.into(failing("Broken pipe"), plain, "classify", "--model", model, picture, "a", "b", command);
            assertEquals(new Ran(0, "", ""), ran);
        }
        Ran full = Ran.into(failing("No space left on device"), plain, "classify", "--model", model, picture, "a", "b");
        assertOneLine(full, "cannot write the results (No space left on device)");
    }

    @Test
    void stackTracesOnlyOnRequest() {
        Ran ran = Ran.fovea("classify", "--debug", "--model", directory.resolve("nowhere"), picture, "a");
        assertEquals(1, ran.exit());
        assertTrue(ran.err().contains("\tat dev.fovea.app."), ran.err());
    }

    @Test
    void anyExceptionHasItsLine() {
        assertTrue(Failure.describe(new OutOfMemoryError("Java heap space"))
                .startsWith("out of memory (Java heap space)"));
        assertTrue(Failure.describe(new IllegalStateException("oops")).contains("internal error"));
        assertEquals("what; do", Failure.describe(new FoveaException("what; do")));
        assertEquals(
                "f: no such file or folder; check the path",
                Failure.describe(new UncheckedIOException(new NoSuchFileException("f"))));
    }
}
