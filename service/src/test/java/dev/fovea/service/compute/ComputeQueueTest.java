package dev.fovea.service.compute;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.service.error.HttpFailure;
import dev.fovea.service.metrics.ServiceMetrics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ComputeQueueTest {

    private final ServiceMetrics metrics = new ServiceMetrics();
    private final ComputeQueue queue = new ComputeQueue("model", Lane.TEXTS, 8, metrics);
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    /** The inputs of each batch, in the order in which they were computed. */
    private final List<List<Integer>> batches = Collections.synchronizedList(new ArrayList<>());

    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch go = new CountDownLatch(1);

    @AfterEach
    void close() {
        go.countDown();
        queue.close();
        threads.close();
    }

    private static Deadline soon() {
        return Deadline.in(Duration.ofSeconds(20));
    }

    private Operation<Integer, Integer> negate(String key) {
        return new Operation<>("negate", Lane.TEXTS, key, 4, inputs -> {
            batches.add(List.copyOf(inputs));
            if (inputs.contains(13)) {
                throw new IllegalArgumentException("13");
            }
            return inputs.stream().map(input -> -input).toList();
        });
    }

    /** Keeps the model busy until {@link #go}. */
    private Future<List<Integer>> occupy() throws InterruptedException {
        Future<List<Integer>> busy = threads.submit(() -> queue.compute(
                Operation.<Integer, Integer>alone("wait", Lane.TEXTS, input -> {
                    begun.countDown();
                    try {
                        go.await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                    return input;
                }),
                List.of(0),
                soon()));
        begun.await();
        return busy;
    }

    private Future<List<Integer>> submit(Callable<List<Integer>> call, int waiting) throws InterruptedException {
        Future<List<Integer>> result = threads.submit(call);
        while (!metrics.text().contains("fovea_queue_length{model=\"model\",operation=\"negate\"} " + waiting + "\n")) {
            Thread.sleep(1);
        }
        return result;
    }

    private Future<List<Integer>> submit(String key, int waiting, Integer... inputs) throws InterruptedException {
        return submit(() -> queue.compute(negate(key), List.of(inputs), soon()), waiting);
    }

    @Test
    void whatWaitsIsComputedTogetherAndLargeRequestsLetOthersPass() throws Exception {
        occupy();
        Future<List<Integer>> large = submit("a", 1, 1, 2, 3, 4, 5, 6);
        Future<List<Integer>> other = submit("b", 2, 7);
        Future<List<Integer>> small = submit("a", 3, 8);
        go.countDown();
        assertEquals(List.of(-1, -2, -3, -4, -5, -6), large.get());
        assertEquals(List.of(-7), other.get());
        assertEquals(List.of(-8), small.get());
        assertEquals(List.of(List.of(1, 2, 3, 4), List.of(7), List.of(8, 5, 6)), batches);
        assertTrue(metrics.text().contains("fovea_batch_size_count{model=\"model\",operation=\"negate\"} 3"));
    }

    @Test
    void oneRequestsFaultIsNotAnothers() throws Exception {
        occupy();
        Future<List<Integer>> good = submit("a", 1, 1);
        Future<List<Integer>> bad = submit("a", 2, 13);
        go.countDown();
        assertEquals(List.of(-1), good.get());
        ExecutionException failed = assertThrows(ExecutionException.class, bad::get);
        assertEquals("13", failed.getCause().getMessage());
        assertEquals(List.of(-2), queue.compute(negate("a"), List.of(2), soon()));
    }

    @Test
    void tooManyAreRefusedWithATime() throws Exception {
        occupy();
        for (int i = 1; i <= 8; i++) {
            submit("a", i, i);
        }
        HttpFailure busy = assertThrows(HttpFailure.class, () -> queue.compute(negate("a"), List.of(9), soon()));
        assertEquals(429, busy.status());
        assertEquals("1", busy.headers().get("Retry-After"));
        assertEquals("8 requests wait for model (texts) already; try again in 1 s", busy.getMessage());
    }

    @Test
    void whatNobodyWaitsForIsNotComputed() throws Exception {
        occupy();
        Deadline now = Deadline.in(Duration.ofMillis(50));
        HttpFailure late = assertThrows(HttpFailure.class, () -> queue.compute(negate("a"), List.of(1), now));
        assertEquals(503, late.status());
        go.countDown();
        assertEquals(List.of(-2), queue.compute(negate("a"), List.of(2), soon()));
        assertEquals(List.of(List.of(2)), batches);
    }

    /** The work is interrupted, as that of a model is, and the thread goes on with the next. */
    @Test
    void whatIsComputedForNobodyIsCancelled() throws Exception {
        AtomicBoolean interrupted = new AtomicBoolean();
        CountDownLatch ended = new CountDownLatch(1);
        Operation<Integer, Integer> endless = Operation.alone("endless", Lane.TEXTS, input -> {
            begun.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.set(true);
            } finally {
                ended.countDown();
            }
            return input;
        });
        for (int time = 50; begun.getCount() > 0; time *= 2) { // on a busy machine it may be over before it begins
            Deadline now = Deadline.in(Duration.ofMillis(time));
            assertThrows(HttpFailure.class, () -> queue.compute(endless, List.of(1), now));
        }
        ended.await();
        assertTrue(interrupted.get());
        assertEquals(List.of(-2), queue.compute(negate("a"), List.of(2), soon()));
    }

    @Test
    void aClosedQueueFailsWhatWaits() throws Exception {
        occupy();
        Future<List<Integer>> waiting = submit("a", 1, 1);
        queue.close();
        ExecutionException failed = assertThrows(ExecutionException.class, waiting::get);
        assertEquals(503, ((HttpFailure) failed.getCause()).status());
        assertThrows(HttpFailure.class, () -> queue.compute(negate("a"), List.of(2), soon()));
        assertEquals(List.of(), queue.compute(negate("a"), List.of(), soon()));
    }

    @Test
    void everybodyGetsTheirOwn() throws Exception {
        List<Future<List<Integer>>> answers = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            List<Integer> inputs = IntStream.range(1000 + 20 * i, 1000 + 20 * i + i % 7 + 1)
                    .boxed()
                    .toList();
            answers.add(threads.submit(() -> {
                while (true) {
                    try {
                        return queue.compute(negate("a"), inputs, soon());
                    } catch (HttpFailure busy) {
                        Thread.sleep(1);
                    }
                }
            }));
        }
        for (int i = 0; i < 400; i++) {
            List<Integer> expected = IntStream.range(1000 + 20 * i, 1000 + 20 * i + i % 7 + 1)
                    .map(value -> -value)
                    .boxed()
                    .toList();
            assertEquals(expected, answers.get(i).get());
        }
    }
}
