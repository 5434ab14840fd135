package dev.fovea.hub;

import static dev.fovea.hub.HubCase.NEEDED;
import static dev.fovea.hub.HubCase.PIECE;
import static dev.fovea.hub.HubCase.SHORT;
import static dev.fovea.hub.HubCase.assertSays;
import static dev.fovea.hub.HubCase.assertWhole;
import static dev.fovea.hub.HubCase.failure;
import static dev.fovea.hub.HubCase.hub;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Disks that are full, before and in the middle, and what lies there from earlier downloads. */
@Timeout(60)
class HubDiskTest {

    private static final int BYTES = 55_555;

    @TempDir
    Path folder;

    private FakeHub server;

    @BeforeEach
    void start() throws IOException {
        server = FakeHub.withModel(BYTES);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private Path incomplete() {
        return hub(server, folder).cache().incomplete(FakeHub.MODEL, server.etag("model.safetensors"));
    }

    @Test
    void partialFilesOfOtherCommitsAreSwept() throws IOException {
        HubCache cache = hub(server, folder).cache();
        Path stale = cache.incomplete(FakeHub.MODEL, "a".repeat(64));
        Path atWork = cache.incomplete(FakeHub.MODEL, "b".repeat(64));
        Path pythons = stale.resolveSibling("a".repeat(64) + ".0a1b2c3d.incomplete");
        Files.createDirectories(stale.getParent());
        for (Path file : new Path[] {stale, atWork, pythons}) {
            Files.write(file, new byte[3]);
        }
        try (BlobLock _ = BlobLock.take(cache.lock(FakeHub.MODEL, "b".repeat(64)), () -> {})) {
            hub(server, folder).download(FakeHub.MODEL);
        }
        assertTrue(Files.notExists(stale));
        assertTrue(Files.exists(atWork) && Files.exists(pythons));
    }

    @Test
    void noRoomBefore() throws IOException {
        Disk small = new Disk() {
            @Override
            public long usableBytes(Path place) {
                return BYTES;
            }
        };
        assertSays(failure(hub(server, folder).with(SHORT, small, PIECE)), "needs 55,", "HF_HOME");
        assertEquals(1, server.requests.size());
        Files.write(incomplete(), Arrays.copyOf(server.files.get("model.safetensors"), 1_000));
        hub(server, folder).with(SHORT, small, PIECE).download(FakeHub.MODEL);
    }

    /** A disk that takes so many bytes. */
    private static Disk full(int bytes) {
        AtomicInteger left = new AtomicInteger(bytes);
        return new Disk() {
            @Override
            public WritableByteChannel writer(FileChannel file) {
                return new WritableByteChannel() {
                    @Override
                    public int write(ByteBuffer source) throws IOException {
                        int count = Math.min(left.get(), source.remaining());
                        if (count == 0) {
                            throw new IOException("No space left on device");
                        }
                        file.write(source.slice(source.position(), count));
                        source.position(source.position() + count);
                        left.addAndGet(-count);
                        return count;
                    }

                    @Override
                    public boolean isOpen() {
                        return file.isOpen();
                    }

                    @Override
                    public void close() throws IOException {
                        file.close();
                    }
                };
            }
        };
    }

    @Test
    void noRoomInTheMiddle() throws IOException {
        Hub hub = hub(server, folder).with(SHORT, full(33_333), PIECE);
        assertSays(failure(hub), "cannot be written", "No space left on device", "same command");
        assertEquals(Optional.empty(), hub(server, folder).cache().find(FakeHub.MODEL));
        assertTrue(Files.size(incomplete()) > 30_000);
        assertWhole(server, folder, NEEDED, hub(server, folder).download(FakeHub.MODEL));
    }
}
