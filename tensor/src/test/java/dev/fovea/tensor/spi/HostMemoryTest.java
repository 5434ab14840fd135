package dev.fovea.tensor.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostMemoryTest {

    @Test
    void smallAndLargePiecesAreAlignedAndWritableToTheEnd() {
        for (long bytes : new long[] {0, 1, 64, 4097, (2 << 20) - 1, 2 << 20, (5 << 20) + 3}) {
            MemorySegment memory = HostMemory.allocate(bytes);
            assertEquals(bytes, memory.byteSize());
            assertEquals(0, memory.address() % HostMemory.ALIGNMENT);
            memory.fill((byte) 7);
            if (bytes > 0) {
                assertEquals(7, memory.get(ValueLayout.JAVA_BYTE, 0));
                assertEquals(7, memory.get(ValueLayout.JAVA_BYTE, bytes - 1));
            }
        }
    }

    /** Six GiB in pieces that nobody keeps: without scopes, memory goes when the garbage collector hears of it. */
    @Test
    void forgottenMemoryIsFoundBeforeItFillsTheMachine() {
        long most = 0;
        for (int i = 0; i < 384; i++) {
            HostMemory.allocate(16 << 20);
            most = Math.max(most, HostMemory.mappedBytes());
        }
        assertTrue(most < 4L << 30, (most >> 20) + " MiB were mapped at once");
    }

    /** Pages of a private mapping hold what its owner wrote, and nothing else does. */
    @Test
    void pagesOfOthersAreNotDropped(@TempDir Path directory) throws IOException {
        Path file = Files.write(directory.resolve("weights"), new byte[4 * 4096]);
        try (Arena arena = Arena.ofConfined();
                FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            MemorySegment mapped = channel.map(FileChannel.MapMode.PRIVATE, 0, channel.size(), arena);
            mapped.fill((byte) 7);
            MemorySegment own = HostMemory.mapFile(channel, arena); // its neighbour, and of the same arena
            HostMemory.dropPages(mapped);
            HostMemory.dropPages(own);
            assertEquals(7, mapped.get(ValueLayout.JAVA_BYTE, 0));
            assertEquals(7, mapped.get(ValueLayout.JAVA_BYTE, mapped.byteSize() - 1));
        }
    }

    @Test
    void afterAFileIsClosedNothingIsDropped(@TempDir Path directory) throws IOException {
        Path file = Files.write(directory.resolve("weights"), new byte[4 * 4096]);
        MemorySegment closed;
        try (Arena arena = Arena.ofShared();
                FileChannel channel = FileChannel.open(file)) {
            closed = HostMemory.mapFile(channel, arena);
        }
        HostMemory.dropPages(closed);
        HostMemory.mapPages(closed);
        assertThrows(IllegalStateException.class, () -> closed.get(ValueLayout.JAVA_BYTE, 0));
    }

    @Test
    void moreThanThereIsMemoryFor() {
        for (long bytes : new long[] {1L << 50, Long.MAX_VALUE - 100, Long.MAX_VALUE}) {
            assertThrows(FoveaException.class, () -> HostMemory.allocate(bytes));
        }
    }

    @Test
    void droppedPagesAreReadAgain(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("weights");
        byte[] content = new byte[5 * 4096 + 100];
        Arrays.fill(content, (byte) 42);
        Files.write(file, content);
        try (Arena arena = Arena.ofConfined();
                FileChannel channel = FileChannel.open(file)) {
            MemorySegment mapped = HostMemory.mapFile(channel, arena);
            HostMemory.dropPages(mapped.asSlice(10, 3 * 4096));
            HostMemory.dropPages(mapped.asSlice(10, 20));
            HostMemory.dropPages(mapped);
            HostMemory.dropPages(MemorySegment.ofArray(new byte[9000]));
            assertEquals(-1, mapped.mismatch(MemorySegment.ofArray(content)));
        }
    }
}
