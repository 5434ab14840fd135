package dev.fovea.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.app.terminal.Console;
import dev.fovea.app.terminal.Style;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What someone at a terminal is told who asks the embedded model about a photograph. */
class EmbeddedModelTest {

    private static final String NOTE = "fovea: note: clip-mini, which comes with Fovea, knows drawings";

    @TempDir
    static Path directory;

    private static String errors(boolean terminal, Object... arguments) {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        PrintStream errors = new PrintStream(err, true, StandardCharsets.UTF_8);
        Style plain = Style.plain(StandardCharsets.UTF_8);
        String[] texts = new String[arguments.length];
        for (int i = 0; i < texts.length; i++) {
            texts[i] = arguments[i].toString();
        }
        Console console = new Console(new ByteArrayOutputStream(), errors, plain, terminal);
        assertEquals(0, Main.run(console, texts), () -> err.toString(StandardCharsets.UTF_8));
        return err.toString(StandardCharsets.UTF_8);
    }

    @Test
    void isSaidToKnowDrawingsOnly() throws IOException {
        Path png = ClassifyCommandTest.picture(directory.resolve("picture.png"), 0x112233);
        Path jpeg = java.nio.file.Files.copy(png, directory.resolve("photo.JPG")); // the name is all that counts here
        String said = errors(true, "classify", png, "a cat", "a dog", "--image", jpeg);
        assertTrue(said.contains(NOTE), said);
        assertTrue(said.contains("fovea download openai/clip-vit-base-patch32, then --model openai/"), said);
        assertFalse(errors(true, "classify", png, "a cat", "a dog").contains(NOTE));
        assertFalse(errors(false, "classify", jpeg, "a cat", "a dog").contains(NOTE));
        assertFalse(errors(true, "classify", jpeg, "a cat", "a dog", "--json").contains(NOTE));
        assertFalse(errors(true, "classify", jpeg, "a cat", "a dog", "--model", "clip-mini")
                .contains(NOTE));
        assertTrue(errors(true, "embed", jpeg).contains(NOTE));
    }
}
