package dev.fovea.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HostPoolTest {

    private final HostPool pool = new HostPool();

    @Test
    void memoryFitsAndWastesLittle() {
        for (long floats :
                new long[] {0, 1, 255, 256, 257, 319, 320, 321, 511, 512, 513, 1000, 1 << 20, (1 << 20) + 1}) {
            HostStorage storage = pool.take(floats);
            assertTrue(storage.capacity() >= floats, floats + " floats");
            assertTrue(storage.capacity() <= Math.max(256, floats * 5 / 4), floats + ": " + storage.capacity());
            assertEquals(0, storage.memory().address() % HostMemory.ALIGNMENT);
        }
    }

    @Test
    void whatIsGivenBackIsUsedAgain() {
        HostStorage first = pool.take(1000);
        HostStorage second = pool.take(1000);
        assertNotSame(first, second);
        pool.giveBack(first);
        assertSame(first, pool.take(1010), "nearly equal sizes share");
        HostStorage other = pool.take(5000);
        pool.giveBack(other);
        assertNotSame(other, pool.take(1000));
        assertSame(other, pool.take(5000));
    }

    @Test
    void bytesAreCounted() {
        HostStorage first = pool.take(1024);
        assertEquals(4096, pool.usedBytes());
        HostStorage second = pool.take(1024);
        assertEquals(8192, pool.usedBytes());
        pool.giveBack(first);
        pool.giveBack(second);
        assertEquals(0, pool.usedBytes());
        assertEquals(8192, pool.mostUsedBytes());
        pool.take(1024);
        assertEquals(8192, pool.mostUsedBytes());
    }

    /** A long run over pictures of all sizes must not keep memory of every size for ever. */
    @Test
    void whatLiesUnusedIsBounded() {
        Set<HostStorage> given = Collections.newSetFromMap(new IdentityHashMap<>());
        for (int size = 10_000_000; size < 100_000_000; size += 5_000_000) {
            HostStorage storage = pool.take(size);
            given.add(storage);
            pool.giveBack(storage);
        }
        // All of them again at once: those that the pool kept are the same objects.
        List<HostStorage> again = new ArrayList<>();
        for (int size = 10_000_000; size < 100_000_000; size += 5_000_000) {
            again.add(pool.take(size));
        }
        long kept = again.stream()
                .filter(given::contains)
                .mapToLong(HostStorage::capacity)
                .sum();
        assertTrue(kept > 0);
        assertTrue(
                kept <= 2 * 100_000_000 + (16 << 20),
                kept + " floats were kept, at most 100 million were in use at once");
    }

    @Test
    void threadsNeverGetTheSameMemory() {
        IntStream.range(0, 5000).parallel().forEach(i -> {
            HostStorage storage = pool.take(300);
            float[] mine = {i};
            storage.write(0, mine, 0, 1);
            Thread.onSpinWait();
            float[] found = new float[1];
            storage.read(0, found, 0, 1);
            assertEquals(i, found[0]);
            pool.giveBack(storage);
        });
        assertEquals(0, pool.usedBytes());
    }

    @Test
    void storagesKeepWhatIsWritten() {
        HostStorage storage = pool.take(10);
        storage.write(3, new float[] {9, 1, 2, 9}, 1, 2);
        float[] found = new float[4];
        storage.read(3, found, 1, 2);
        assertEquals(1, found[1]);
        assertEquals(2, found[2]);
        assertEquals(0, found[3]);
    }
}
