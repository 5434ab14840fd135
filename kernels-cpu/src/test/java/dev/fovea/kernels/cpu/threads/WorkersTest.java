package dev.fovea.kernels.cpu.threads;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.Test;

class WorkersTest {

    private static Set<Thread> threadsOfTwoTasks(Workers workers) {
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        workers.forEach(2, task -> threads.add(Thread.currentThread()));
        return threads;
    }

    @Test
    void tasksAreSharedAmongThreads() {
        try (Workers workers = new Workers(2)) {
            CyclicBarrier bothAtOnce = new CyclicBarrier(2);
            Set<Thread> threads = ConcurrentHashMap.newKeySet();
            workers.forEach(2, task -> {
                try {
                    bothAtOnce.await();
                } catch (Exception broken) {
                    throw new IllegalStateException(broken);
                }
                threads.add(Thread.currentThread());
            });
            assertEquals(2, threads.size());
        }
    }

    @Test
    void onTheCallingThreadNoOtherTakesPartAlsoNestedAndAfterAFailure() {
        Set<Thread> own = Set.of(Thread.currentThread());
        try (Workers workers = new Workers(4)) {
            for (int i = 0; i < 200; i++) {
                assertEquals(own, workers.onCallingThread(() -> threadsOfTwoTasks(workers)));
            }
            assertEquals(own, workers.onCallingThread(() -> {
                workers.onCallingThread(() -> threadsOfTwoTasks(workers));
                return threadsOfTwoTasks(workers);
            }));
            assertThrows(
                    IllegalStateException.class,
                    () -> workers.onCallingThread(() -> {
                        throw new IllegalStateException();
                    }));
            boolean sharedAgain = false;
            for (int i = 0; i < 100_000 && !sharedAgain; i++) {
                sharedAgain = threadsOfTwoTasks(workers).size() == 2;
            }
            assertTrue(sharedAgain);
        }
    }
}
