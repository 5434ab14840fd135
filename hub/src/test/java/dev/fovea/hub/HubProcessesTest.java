package dev.fovea.hub;

import static dev.fovea.hub.HubCase.NEEDED;
import static dev.fovea.hub.HubCase.PIECE;
import static dev.fovea.hub.HubCase.SHORT;
import static dev.fovea.hub.HubCase.assertWhole;
import static dev.fovea.hub.HubCase.hub;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Several downloads of the same model at once, and downloads that are killed at any moment: nothing looks whole that is
 * not, and the next one completes with the same bytes. {@code -Dfovea.kills=50} kills more.
 */
class HubProcessesTest {

    private static final int KILLS = Integer.getInteger("fovea.kills", 4);
    private static final int BYTES = 200_000;

    @TempDir
    Path folder;

    /** What is killed. */
    static final class Child {
        public static void main(String[] arguments) {
            Hub.ofEnvironment().with(SHORT, Disk.REAL, PIECE).download(FakeHub.MODEL);
        }
    }

    private static Process start(FakeHub server, Path place) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Child.class.getName());
        builder.environment().keySet().removeIf(name -> name.matches("(?i)HF_.*|HUGGING.*|.*_PROXY"));
        builder.environment().putAll(Map.of("HF_HOME", place.toString(), "HF_ENDPOINT", server.address()));
        return builder.inheritIO().start();
    }

    /** A slow line: two thousand bytes in 20 milliseconds for each connection. */
    private static boolean slowly(FakeHub server, HttpExchange exchange, byte[] content) throws IOException {
        long[] range = server.range(exchange, content);
        if (range == null) {
            return false;
        }
        exchange.getResponseHeaders()
                .set("Content-Range", "bytes " + range[0] + "-" + (range[1] - 1) + "/" + content.length);
        exchange.sendResponseHeaders(206, range[1] - range[0]);
        for (int at = (int) range[0]; at < range[1]; at += 2_000) {
            exchange.getResponseBody().write(content, at, (int) Math.min(2_000, range[1] - at));
            exchange.getResponseBody().flush();
            pause(20);
        }
        return true;
    }

    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void delete(Path place) throws IOException {
        try (Stream<Path> tree = Files.walk(place)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    @Test
    @Timeout(600)
    void killed() throws Exception {
        try (FakeHub server = FakeHub.withModel(BYTES)) {
            SplittableRandom random = new SplittableRandom(7);
            int inTheMiddle = 0;
            for (int kill = 0; kill < KILLS; kill++) {
                Path place = folder.resolve("cache");
                server.contentFault = (exchange, content) -> slowly(server, exchange, content);
                server.requests.clear();
                Process process = start(server, place);
                while (kill % 4 != 0 && process.isAlive() && server.gets(true) == 0) {
                    pause(2); // the others may die before they ask for weights
                }
                process.waitFor(random.nextLong(400), TimeUnit.MILLISECONDS);
                process.destroyForcibly().waitFor();
                Optional<Path> found = hub(server, place).cache().find(FakeHub.MODEL);
                inTheMiddle += Files.exists(place) && !HubCase.litter(place).isEmpty() ? 1 : 0;
                server.contentFault = (exchange, content) -> false;
                Download next = hub(server, place).download(FakeHub.MODEL);
                assertWhole(server, place, NEEDED, next);
                assertTrue(
                        found.isEmpty() || next.files().stream().noneMatch(Download.File::fetched),
                        "kill " + kill + " left what looked whole");
                delete(place);
            }
            System.out.println(inTheMiddle + " of " + KILLS + " kills met bytes on their way");
            assertTrue(inTheMiddle > 0, "no kill met a download at work");
        }
    }

    @Test
    @Timeout(120)
    void twoProcesses() throws Exception {
        try (FakeHub server = FakeHub.withModel(BYTES)) {
            server.contentFault = (exchange, content) -> slowly(server, exchange, content);
            List<Process> processes = List.of(start(server, folder), start(server, folder));
            for (Process process : processes) {
                assertEquals(0, process.waitFor());
            }
            assertEquals(1 + BYTES / PIECE, server.gets(true), "the second one fetches no weights");
            assertWhole(server, folder, NEEDED, hub(server, folder).download(FakeHub.MODEL));
        }
    }

    @Test
    @Timeout(120)
    void threadsOfOneProcess() throws Exception {
        try (FakeHub server = FakeHub.withModel(BYTES);
                ExecutorService threads = Executors.newFixedThreadPool(4)) {
            Callable<Download> download = () -> hub(server, folder).download(FakeHub.MODEL);
            for (Future<Download> done : threads.invokeAll(List.of(download, download, download, download))) {
                assertWhole(server, folder, NEEDED, done.get());
            }
            assertEquals(1 + BYTES / PIECE, server.gets(true));
        }
    }
}
