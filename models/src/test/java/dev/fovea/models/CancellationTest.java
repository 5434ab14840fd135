package dev.fovea.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.clip.Clip;
import dev.fovea.tensor.CancelledException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class CancellationTest {

    @TempDir
    private Path folder;

    @Test
    @Timeout(60)
    void anotherThreadEndsACallAndTheModelStaysUsable() {
        try (Clip clip = Clip.load(SmallModel.CLIP.copy(folder))) {
            Cancellation cancellation = new Cancellation();
            CompletableFuture<Void> begun = new CompletableFuture<>();
            CompletableFuture.runAsync(() -> {
                begun.join();
                cancellation.cancel();
            });
            assertThrows(
                    CancelledException.class,
                    () -> cancellation.run(() -> {
                        while (true) {
                            clip.embed("a");
                            begun.complete(null);
                        }
                    }));
            assertFalse(Thread.interrupted(), "the interrupt is taken back");
            assertTrue(cancellation.isCancelled());
            assertThrows(CancelledException.class, () -> cancellation.call(() -> clip.embed("a")));
            assertFalse(Thread.interrupted());
            assertEquals(clip.dimension(), new Cancellation().call(() -> clip.embed("a")).length);
        }
    }

    @Test
    @Timeout(60)
    void timeEndsACall() {
        try (Clip clip = Clip.load(SmallModel.CLIP.copy(folder))) {
            Cancellation cancellation = Cancellation.after(Duration.ofMillis(50));
            assertThrows(
                    CancelledException.class,
                    () -> cancellation.run(() -> {
                        while (true) {
                            clip.embed("a");
                        }
                    }));
            assertFalse(Thread.interrupted());
        }
    }
}
