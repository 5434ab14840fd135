package dev.fovea.service;

import static dev.fovea.service.TestService.get;
import static dev.fovea.service.TestService.post;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.service.TestService.Answer;
import dev.fovea.tensor.FoveaException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;

/** Starting and stopping. */
@Timeout(60)
class StopTest {

    private static final String TEXTS = IntStream.range(0, 500)
            .mapToObj(i -> "\"a drawing of cat " + i + "\"")
            .collect(Collectors.joining(","));

    /** What was taken before the service stops is answered; what comes after it is refused, or not taken. */
    @Test
    void requestsThatWereTakenAreAnswered() throws Exception {
        FoveaService service = TestService.start(builder -> builder.drainTime(Duration.ofSeconds(40)));
        assertEquals(
                200,
                post(service, "/v1/embeddings", "{\"model\": \"clip-mini\", \"input\": \"a\"}")
                        .status());
        CountDownLatch sent = new CountDownLatch(4);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Answer>> answers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                answers.add(threads.submit(() -> {
                    sent.countDown();
                    return post(service, "/v1/embeddings", "{\"model\": \"clip-mini\", \"input\": [" + TEXTS + "]}");
                }));
            }
            sent.await();
            while (!get(service, "/metrics").body().contains("fovea_requests_in_flight 5")) {
                Thread.onSpinWait(); // the four and this one
            }
            Future<?> stopping = threads.submit(service::close);
            while (!stopping.isDone()) {
                try {
                    Answer state = get(service, "/readyz");
                    assertTrue(state.status() == 200 || state.status() == 503, state.body());
                } catch (UncheckedIOException stopped) {
                    break;
                }
            }
            for (Future<Answer> answer : answers) {
                assertEquals(500, answer.get().json().get("data").size());
            }
            stopping.get();
        }
        assertThrows(UncheckedIOException.class, () -> get(service, "/healthz"));
        service.close(); // nothing more
    }

    /** What is not done when the time is over is refused, and not cut off. */
    @Test
    void requestsThatTakeTooLongAreRefused() throws Exception {
        FoveaService service = TestService.start(builder -> builder.drainTime(Duration.ZERO));
        String texts = String.join(",", TEXTS, TEXTS, TEXTS, TEXTS);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Answer>> answers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                answers.add(threads.submit(() ->
                        post(service, "/v1/embeddings", "{\"model\": \"clip-mini\", \"input\": [" + texts + "]}")));
            }
            while (!get(service, "/metrics").body().contains("fovea_requests_in_flight 5")) {
                Thread.onSpinWait(); // the four and this one
            }
            service.close();
            for (Future<Answer> answer : answers) {
                assertEquals(503, answer.get().status(), answer.get().body());
                assertTrue(
                        answer.get().code().matches("stopping|timeout"),
                        answer.get().body());
            }
        }
    }

    @Test
    void whatCannotStartSaysWhy() {
        try (FoveaService first = TestService.start(builder -> builder)) {
            int port = first.address().getPort();
            FoveaException taken =
                    assertThrows(FoveaException.class, () -> TestService.start(builder -> builder.port(port)));
            assertTrue(taken.getMessage().startsWith("cannot listen on 127.0.0.1:" + port), taken.getMessage());
        }
        FoveaException host =
                assertThrows(FoveaException.class, () -> TestService.start(builder -> builder.host("no.such.invalid")));
        assertTrue(host.getMessage().contains("is no address of this machine"), host.getMessage());
        FoveaException model = assertThrows(
                FoveaException.class,
                () -> FoveaService.builder()
                        .port(0)
                        .model("x", Path.of("nowhere").toString()));
        assertTrue(model.getMessage().contains("no such model"), model.getMessage());
        FoveaException twice = assertThrows(
                FoveaException.class,
                () -> FoveaService.builder().model("a", "clip-mini").model("a", "clip-mini"));
        assertTrue(twice.getMessage().contains("a model of the name a is there already"), twice.getMessage());
        FoveaException odd =
                assertThrows(FoveaException.class, () -> FoveaService.builder().model("a b", "clip-mini"));
        assertTrue(odd.getMessage().contains("cannot be the name of a model"), odd.getMessage());
        assertThrows(
                IllegalArgumentException.class, () -> FoveaService.builder().port(70_000));
    }

    /** What would never match a request is refused when it is said. */
    @Test
    void hostsAndOriginsThatNoRequestHasAreRefused() {
        for (String name : List.of("", "http://shop.example", "shop.example:8080", "shop.example/", "*.example")) {
            assertRefused("no name of a host", () -> FoveaService.builder().allowHost(name));
            assertRefused("no name of a host", () -> FoveaService.builder().allowPicturesFrom(name));
        }
        for (String origin : List.of("", "*", "shop.example", "https://shop.example/", "https://a.example https://b")) {
            assertRefused("is no origin", () -> FoveaService.builder().allowOrigin(origin));
        }
        FoveaService.builder()
                .allowHost("shop_1.example")
                .allowPicturesFrom("[2001:db8::1]")
                .allowOrigin("http://localhost:3000")
                .allowOrigin("https://[2001:db8::1]:8443")
                .allowOrigin("null");
    }

    private static void assertRefused(String message, Executable call) {
        String found = assertThrows(FoveaException.class, call).getMessage();
        assertTrue(found.contains(message), found);
    }
}
