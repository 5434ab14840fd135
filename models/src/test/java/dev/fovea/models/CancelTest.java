package dev.fovea.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.SmallModel.Loaded;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.image.Picture;
import dev.fovea.models.image.Preprocessing;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.CancelledException;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Precision;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.spi.WrappingBackend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A thread that is interrupted stops after the operation that it is in, and nothing is spoilt for those who come after.
 */
class CancelTest {

    @TempDir
    private Path folder;

    /** Interrupts the thread that computes at one of its operations, and counts those that follow. */
    private static final class Interrupting extends WrappingBackend {

        private int at = Integer.MAX_VALUE;
        private int operations;

        Interrupting(Backend inner) {
            super(inner);
        }

        private <T> T counted(Supplier<T> operation) {
            if (++operations == at) {
                Thread.currentThread().interrupt();
            }
            return operation.get();
        }

        @Override
        protected <T> T around(Call call, Supplier<T> operation) {
            return counted(operation);
        }

        @Override
        public Weight.Linear linearWeight(
                List<WeightData> weights, List<WeightData> biases, DType storage, Precision precision) {
            return counted(() -> super.linearWeight(weights, biases, storage, precision));
        }
    }

    @AfterEach
    void clear() {
        Thread.interrupted();
    }

    private static void isCancelled(Executable call) {
        CancelledException cancelled = assertThrows(CancelledException.class, call);
        assertTrue(cancelled.getMessage().contains("interrupted"), cancelled.getMessage());
        assertTrue(Thread.interrupted(), "the flag stays set");
    }

    @ParameterizedTest
    @EnumSource(SmallModel.class)
    void aCallStopsAfterTheOperationThatItIsIn(SmallModel kind) {
        kind.copy(folder);
        try (Interrupting backend = new Interrupting(Backends.open("cpu", 2));
                Loaded model = kind.load(folder, backend)) {
            Map<String, String> answers = model.answers();
            model.calls().forEach((name, call) -> {
                backend.operations = 0;
                backend.at = Integer.MAX_VALUE;
                call.get();
                int all = backend.operations;
                for (int at : new int[] {1, 2, all / 2, all - 1, all}) {
                    backend.operations = 0;
                    backend.at = at;
                    try {
                        call.get(); // the last operation's result may be all that was missing
                        assertTrue(at >= all - 1, name + " goes on after operation " + at + " of " + all);
                        assertTrue(Thread.interrupted());
                    } catch (CancelledException cancelled) {
                        assertTrue(Thread.interrupted(), "the flag stays set");
                    }
                    assertTrue(backend.operations <= at, name + ": " + backend.operations + " operations after " + at);
                }
                backend.at = Integer.MAX_VALUE;
                Thread.currentThread().interrupt();
                backend.operations = 0;
                isCancelled(call::get);
                assertEquals(0, backend.operations, name + " begins");
            });
            assertEquals(answers, model.answers());
        }
    }

    @ParameterizedTest
    @EnumSource(SmallModel.class)
    void otherThreadsGoOn(SmallModel kind) {
        kind.copy(folder);
        try (Backend backend = Backends.open("cpu", 2);
                Loaded model = kind.load(folder, backend)) {
            Map<String, String> answers = model.answers();
            CompletableFuture<Map<String, String>> other = CompletableFuture.supplyAsync(() -> {
                Map<String, String> last = Map.of();
                for (int i = 0; i < 5; i++) {
                    last = model.answers();
                }
                return last;
            });
            for (int i = 0; i < 20; i++) {
                Thread.currentThread().interrupt();
                isCancelled(model::answers);
            }
            assertEquals(answers, other.join());
        }
    }

    @ParameterizedTest
    @EnumSource(SmallModel.class)
    @EnabledOnOs(OS.LINUX)
    void loadingStopsAndLeavesNothingOpen(SmallModel kind) throws IOException {
        kind.copy(folder);
        try (Interrupting backend = new Interrupting(Backends.open("cpu", 2))) {
            Thread.currentThread().interrupt();
            isCancelled(() -> kind.load(folder, backend));
            assertEquals(0, backend.operations);
            kind.load(folder, backend).close();
            int all = backend.operations;
            for (int at : new int[] {1, Math.max(1, all / 2), all}) {
                backend.operations = 0;
                backend.at = at;
                isCancelled(() -> kind.load(folder, backend));
                assertEquals(at, backend.operations);
                assertFalse(isMapped(folder), "the weights are still mapped");
            }
            backend.at = Integer.MAX_VALUE;
            kind.load(folder, backend).close();
        }
    }

    /** Whether a file of a folder is mapped into this process. */
    static boolean isMapped(Path folder) throws IOException {
        return Files.readString(Path.of("/proc/self/maps"))
                .contains(folder.toRealPath().toString());
    }

    @Test
    void preparingPicturesStops() {
        List<Picture> pictures = Collections.nCopies(50, SmallModel.picture());
        Thread.currentThread().interrupt();
        isCancelled(() -> Preprocessing.clip(24).applyAll(pictures));
    }

    @Test
    void readingAPictureStops() throws IOException {
        Path file = folder.resolve("picture.png");
        Files.write(file, new byte[100]);
        Thread.currentThread().interrupt();
        isCancelled(() -> Picture.read(file));
    }

    @Test
    void manyTextsStop() {
        SmallModel.CLIP.copy(folder);
        try (Clip clip = Clip.load(folder)) {
            String[] texts = new String[100_000];
            Arrays.fill(texts, "abc");
            Thread.currentThread().interrupt();
            isCancelled(() -> clip.embedTexts(List.of(texts)));
        }
    }
}
