package dev.fovea.service.compute;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.service.error.HttpFailure;
import dev.fovea.service.metrics.ServiceMetrics;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One lane is held by a latch while others are asked, so nothing here depends on how fast anything is. */
@Timeout(30)
class ComputeLanesTest {

    private static final int CAPACITY = 2;

    private final ServiceMetrics metrics = new ServiceMetrics();
    private final ComputeLanes lanes = new ComputeLanes("model", CAPACITY, metrics);
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch go = new CountDownLatch(1);
    private final AtomicInteger computing = new AtomicInteger();

    @AfterEach
    void close() {
        go.countDown();
        lanes.close();
        threads.close();
    }

    private static Deadline soon() {
        return Deadline.in(Duration.ofSeconds(20));
    }

    private List<Integer> negate(Lane lane, int input) {
        return lanes.compute(
                new Operation<Integer, Integer>(
                        "negate-" + lane.label(),
                        lane,
                        "",
                        1,
                        inputs -> inputs.stream().map(one -> -one).toList()),
                List.of(input),
                soon());
    }

    /** Keeps a lane busy until {@link #go}. */
    private Future<List<Integer>> occupy(Lane lane, Deadline deadline) throws InterruptedException {
        Future<List<Integer>> busy = threads.submit(() -> lanes.compute(
                Operation.<Integer, Integer>alone("batch", lane, input -> {
                    computing.incrementAndGet();
                    begun.countDown();
                    try {
                        go.await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    } finally {
                        computing.decrementAndGet();
                    }
                    return input;
                }),
                List.of(0),
                deadline));
        begun.await();
        return busy;
    }

    /** Lets requests wait in a lane that is busy. */
    private Future<List<Integer>> waiting(Lane lane, int input, int waiting) throws InterruptedException {
        Future<List<Integer>> result = threads.submit(() -> negate(lane, input));
        String line = "fovea_queue_length{model=\"model\",operation=\"negate-" + lane.label() + "\"} " + waiting + "\n";
        while (!metrics.text().contains(line)) {
            Thread.sleep(1);
        }
        return result;
    }

    @Test
    void textsAreAnsweredWhilePicturesAreComputed() throws Exception {
        Future<List<Integer>> pictures = occupy(Lane.PICTURES, soon());
        Future<List<Integer>> next = waiting(Lane.PICTURES, 1, 1);
        for (int i = 0; i < 100; i++) {
            assertEquals(List.of(-i), negate(Lane.TEXTS, i));
        }
        assertEquals(List.of(-7), negate(Lane.WRITING, 7));
        assertFalse(pictures.isDone());
        assertFalse(next.isDone(), "a second batch of pictures was computed beside the first");
        go.countDown();
        assertEquals(List.of(0), pictures.get());
        assertEquals(List.of(-1), next.get());
    }

    @Test
    void aFullLaneRefusesItsOwnWorkOnly() throws Exception {
        occupy(Lane.PICTURES, soon());
        for (int i = 1; i <= CAPACITY; i++) {
            waiting(Lane.PICTURES, i, i);
        }
        HttpFailure busy = assertThrows(HttpFailure.class, () -> negate(Lane.PICTURES, 9));
        assertEquals(429, busy.status());
        assertEquals("2 requests wait for model (pictures) already; try again in 1 s", busy.getMessage());
        assertEquals(List.of(-9), negate(Lane.TEXTS, 9));
    }

    /** The time to try again in is that of the inputs before, not that of the requests or of other lanes. */
    @Test
    void theTimeToTryAgainIsThatOfTheLane() throws Exception {
        Operation<Integer, Integer> slow = new Operation<>("slow", Lane.PICTURES, "", 2, inputs -> {
            try {
                Thread.sleep(600L * inputs.size());
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return inputs;
        });
        lanes.compute(slow, List.of(1), soon());
        occupy(Lane.PICTURES, soon());
        threads.submit(() -> lanes.compute(slow, List.of(1, 2, 3, 4, 5), soon()));
        while (!metrics.text().contains("operation=\"slow\"} 1\n")) {
            Thread.sleep(1);
        }
        waiting(Lane.PICTURES, 1, 1);
        HttpFailure busy = assertThrows(HttpFailure.class, () -> negate(Lane.PICTURES, 9));
        int seconds = Integer.parseInt(busy.headers().get("Retry-After"));
        assertTrue(seconds >= 4 && seconds < 60, "six inputs of 0.6 s or more, and not " + seconds + " s");
    }

    /** A model is not idle, and so not unloaded, while any lane computes, even if nobody waits for it any more. */
    @Test
    void aModelIsIdleWhenAllLanesAre() throws Exception {
        assertTrue(lanes.isIdle());
        occupy(Lane.WRITING, soon());
        assertEquals(List.of(-1), negate(Lane.TEXTS, 1));
        assertFalse(lanes.isIdle());
        go.countDown();
        while (!lanes.isIdle()) {
            Thread.sleep(1);
        }
    }

    @Test
    void closingCancelsAndWaits() throws Exception {
        Future<List<Integer>> busy = occupy(Lane.PICTURES, soon());
        Future<List<Integer>> next = waiting(Lane.PICTURES, 1, 1);
        lanes.close();
        assertEquals(0, computing.get(), "the model may be closed only after what it computes");
        assertThrows(ExecutionException.class, busy::get);
        ExecutionException stopped = assertThrows(ExecutionException.class, next::get);
        assertEquals(503, ((HttpFailure) stopped.getCause()).status());
        assertThrows(HttpFailure.class, () -> negate(Lane.TEXTS, 2));
        lanes.close(); // nothing more
    }

    @Test
    void metricsTellOperationsApart() throws Exception {
        occupy(Lane.PICTURES, soon());
        waiting(Lane.PICTURES, 1, 1);
        negate(Lane.TEXTS, 2);
        String text = metrics.text();
        assertTrue(text.contains("fovea_queue_length{model=\"model\",operation=\"negate-texts\"} 0\n"), text);
        assertTrue(text.contains("fovea_queue_length{model=\"model\",operation=\"negate-pictures\"} 1\n"), text);
        assertTrue(text.contains("fovea_queue_seconds_count{model=\"model\",operation=\"negate-texts\"} 1\n"), text);
        assertTrue(text.contains("fovea_batch_size_count{model=\"model\",operation=\"negate-texts\"} 1\n"), text);
        assertEquals(1, text.split("# TYPE fovea_queue_length ", -1).length - 1);
    }
}
