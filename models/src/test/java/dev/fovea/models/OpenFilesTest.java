package dev.fovea.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.SmallModel.Loaded;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.nn.ModelFiles;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.reference.ReferenceBackend;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The files of a model that is in use: what happens when somebody writes to them, and that failures leave none open.
 */
@EnabledOnOs(OS.LINUX)
class OpenFilesTest {

    @TempDir
    private Path folder;

    private Path weights() {
        return folder.resolve("model.safetensors");
    }

    /** Writes to the file that is mapped, as {@code cp} does. */
    private void overwrite() throws IOException {
        byte[] bytes = Files.readAllBytes(weights());
        for (int i = bytes.length / 2; i < bytes.length; i++) {
            bytes[i] ^= 1;
        }
        Files.write(weights(), bytes);
        Files.setLastModifiedTime(weights(), FileTime.from(Instant.now().plusSeconds(1)));
    }

    @ParameterizedTest
    @EnumSource(SmallModel.class)
    void aChangedFileIsAnError(SmallModel kind) throws IOException {
        kind.copy(folder);
        try (Backend backend = Backends.open("cpu", 2);
                Loaded model = kind.load(folder, backend)) {
            model.answers();
            overwrite();
            model.calls().forEach((name, call) -> {
                String message =
                        assertThrows(FoveaException.class, call::get, name).getMessage();
                assertTrue(message.startsWith(weights() + ": was changed while it was open"), message);
                assertEquals(1, message.lines().count());
            });
        }
    }

    /** What a mapping shows is the file that was opened, whatever has its name now. */
    @ParameterizedTest
    @EnumSource(SmallModel.class)
    void aReplacedOrDeletedFileIsNone(SmallModel kind) throws IOException {
        kind.copy(folder);
        try (Backend backend = Backends.open("cpu", 2);
                Loaded model = kind.load(folder, backend)) {
            Map<String, String> answers = model.answers();
            Path other = folder.resolve("other");
            Files.write(other, new byte[100]);
            Files.move(other, weights(), StandardCopyOption.REPLACE_EXISTING);
            assertEquals(answers, model.answers());
            Files.delete(weights());
            assertEquals(answers, model.answers());
        }
    }

    @Test
    void aCutFileIsAnError() throws IOException {
        SmallModel.CLIP.copy(folder);
        try (Clip clip = Clip.load(folder)) {
            try (FileChannel channel = FileChannel.open(weights(), StandardOpenOption.WRITE)) {
                channel.truncate(4096);
            }
            String message =
                    assertThrows(FoveaException.class, () -> clip.embed("abc")).getMessage();
            assertTrue(message.contains("was changed while it was open"), message);
        }
    }

    /**
     * Between the look at the file and the read of its bytes somebody may cut it: Java's error about that becomes one
     * line.
     */
    @Test
    void aFileThatIsCutWhileItIsReadIsAnError() throws IOException {
        SmallModel.CLIP.copy(folder);
        try (Backend backend = new ReferenceBackend()) {
            FoveaException failure = assertThrows(
                    FoveaException.class,
                    () -> ModelFiles.load(
                            folder,
                            LoadOptions.on(backend),
                            files -> files.compute(() -> {
                                cut();
                                return files.weights()
                                        .tensor("text_model.embeddings.token_embedding.weight")
                                        .toFloats();
                            })));
            assertTrue(failure.getMessage().contains("was changed while it was open"), failure.getMessage());
            assertFalse(CancelTest.isMapped(folder));
        }
    }

    private void cut() {
        try (FileChannel channel = FileChannel.open(weights(), StandardOpenOption.WRITE)) {
            channel.truncate(0);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void anErrorLeavesNothingOpen() throws IOException {
        SmallModel.CLIP.copy(folder);
        long before = threads();
        for (Error error : new Error[] {new OutOfMemoryError(), new StackOverflowError(), new NoClassDefFoundError()}) {
            assertSame(
                    error,
                    assertThrows(
                            Error.class,
                            () -> ModelFiles.load(folder, LoadOptions.DEFAULTS, files -> {
                                throw error;
                            })));
            assertFalse(CancelTest.isMapped(folder), "mapped after " + error);
        }
        for (int i = 0; i < 100 && threads() > before; i++) {
            sleep();
        }
        assertTrue(threads() <= before, "threads of the backend");
        try (Clip clip = Clip.load(folder)) {
            assertArrayEquals(clip.embed("a"), clip.embed("a"));
        }
    }

    private static void sleep() {
        try {
            Thread.sleep(20);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static long threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("fovea-cpu-"))
                .count();
    }
}
