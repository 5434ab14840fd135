package dev.fovea.app.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.hub.Hub;
import dev.fovea.models.clip.Clip;
import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommandLineWordsTest {

    @TempDir
    private Path folder;

    @Test
    void otherMessagesStay() {
        assertEquals("f: a $1 file; convert it", CommandLineWords.of("f: a $1 file; convert it"));
        assertEquals(
                "made with 'fovea convert FILE OUT'", CommandLineWords.of("made with Converter.convert(FILE, OUT)"));
    }

    /** The library's own messages, so that neither side changes alone. */
    @Test
    void messagesOfTheLibrary() throws IOException {
        Files.write(folder.resolve("model.pt"), new byte[4]);
        FoveaException layout = Assertions.assertThrows(FoveaException.class, () -> Clip.load(folder));
        assertTrue(layout.getMessage().contains("Converter.convert(FILE, OUT)"), layout.getMessage());
        String said = Failure.describe(layout);
        assertTrue(said.contains("'fovea convert FILE OUT'"), said);
        FoveaException address = Assertions.assertThrows(
                FoveaException.class, () -> Hub.ofEnvironment().endpoint("nonsense"));
        assertTrue(Failure.describe(address).contains("--hub is no hub's address"), Failure.describe(address));
    }
}
