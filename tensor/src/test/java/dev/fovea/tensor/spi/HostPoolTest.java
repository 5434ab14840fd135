package dev.fovea.tensor.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.Owner;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HostPoolTest {

    private final HostPool pool = new HostPool(new Owner("test"));

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

    /** The map of one stage lies where the larger map of another lay. */
    @Test
    void largePiecesAreCutAndJoinedAgain() {
        HostStorage whole = pool.take(12 << 20);
        long held = pool.heldBytes();
        assertTrue(held >= 48 << 20, held + " bytes for 48 MiB");
        pool.giveBack(whole);
        for (int round = 0; round < 3; round++) {
            List<HostStorage> parts = new ArrayList<>();
            for (int floats : new int[] {3 << 20, 1 << 20, 5 << 20, 2 << 20}) {
                parts.add(pool.take(floats + round));
            }
            Collections.rotate(parts, round);
            parts.forEach(pool::giveBack);
            pool.giveBack(pool.take(12 << 20));
        }
        assertEquals(held, pool.heldBytes());
        assertEquals(0, pool.usedBytes());
    }

    @Test
    void largePiecesInUseNeverOverlap() {
        Random random = new Random(6);
        List<HostStorage> mine = new ArrayList<>();
        for (int step = 0; step < 2000; step++) {
            if (mine.size() < 12 && random.nextBoolean()) {
                HostStorage storage = pool.take((1 << 18) + random.nextInt(1 << 22));
                mine.add(storage);
                mark(storage);
            } else if (!mine.isEmpty()) {
                HostStorage storage = mine.remove(random.nextInt(mine.size()));
                assertTrue(isMarked(storage), "step " + step);
                pool.giveBack(storage);
            }
        }
        assertTrue(pool.heldBytes() <= 2 * pool.mostUsedBytes() + (128 << 20), pool.heldBytes() + " bytes held");
    }

    private static void mark(HostStorage storage) {
        float[] mine = {System.identityHashCode(storage)};
        storage.write(0, mine, 0, 1);
        storage.write(storage.capacity() - 1, mine, 0, 1);
    }

    private static boolean isMarked(HostStorage storage) {
        float[] found = new float[2];
        storage.read(0, found, 0, 1);
        storage.read(storage.capacity() - 1, found, 1, 1);
        return found[0] == System.identityHashCode(storage) && found[0] == found[1];
    }

    /** A tensor that was made outside any scope is given back by nobody. */
    @Test
    void whatNobodyHoldsAnyMoreComesBack() throws InterruptedException {
        mark(pool.take(20 << 20));
        for (int wait = 0; wait < 200 && pool.usedBytes() > 0; wait++) {
            System.gc();
            Thread.sleep(10);
        }
        assertEquals(0, pool.usedBytes());
    }

    /** A long run over pictures of all sizes must not keep memory of every size for ever. */
    @Test
    void whatLiesUnusedIsBounded() {
        for (int size = 10_000_000; size < 100_000_000; size += 5_000_000) {
            pool.giveBack(pool.take(size));
        }
        assertTrue(pool.heldBytes() <= 2 * pool.mostUsedBytes() + (64 << 20), pool.heldBytes() + " bytes held");
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
