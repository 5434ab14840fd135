package dev.fovea.service.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import dev.fovea.service.compute.ComputeLanes;
import dev.fovea.service.compute.Deadline;
import dev.fovea.service.compute.Lane;
import dev.fovea.service.compute.Operation;
import dev.fovea.service.metrics.ServiceMetrics;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The table is one that the test writes, as Linux does on a machine with the lowest byte first, or Linux's own. */
@Timeout(30)
class ClientWatchTest {

    private static final String HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt\n";
    private static final String REST =
            " 00000000:00000000 00:00000000 00000000     0        0 3947976 1 0 20 0 0 10 -1\n";

    @TempDir
    Path folder;

    @AfterEach
    void forget() {
        Thread.interrupted();
    }

    private static InetSocketAddress address(String host, int port) {
        try {
            return new InetSocketAddress(InetAddress.getByName(host), port);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    private void table(String... states) throws IOException {
        StringBuilder lines = new StringBuilder(HEAD);
        for (String state : states) {
            lines.append("   1: 0000000000000000FFFF00000100007F:1F90 0000000000000000FFFF00000100007F:A252 ")
                    .append(state)
                    .append(REST);
        }
        Files.writeString(folder.resolve("tcp6"), lines);
    }

    private ClientWatch seldom() {
        return new ClientWatch(new ConnectionTable(folder), Duration.ofDays(1));
    }

    private static ClientWatch.Watched watch(ClientWatch clients) {
        return clients.watch(address("127.0.0.1", 8080), address("127.0.0.1", 0xA252));
    }

    @Test
    void aConnectionThatTheClientClosedIsGone() throws IOException {
        table("01");
        try (ClientWatch clients = seldom();
                ClientWatch.Watched request = watch(clients)) {
            clients.look();
            assertFalse(Thread.interrupted());
            table("08");
            clients.look();
            assertTrue(Thread.interrupted());
            clients.look();
            assertFalse(Thread.interrupted(), "a request is interrupted once");
        }
    }

    @Test
    void aConnectionThatIsMissingTwiceIsGone() throws IOException {
        table("01");
        try (ClientWatch clients = seldom();
                ClientWatch.Watched request = watch(clients)) {
            clients.look();
            table();
            clients.look();
            assertFalse(Thread.interrupted(), "a line may be missed");
            table("01");
            clients.look();
            table();
            clients.look();
            assertFalse(Thread.interrupted());
            clients.look();
            assertTrue(Thread.interrupted());
        }
    }

    /** As where the table is that of another network, or of a system that shows none. */
    @Test
    void aConnectionThatWasNeverThereIsNotGone() throws IOException {
        table();
        try (ClientWatch clients = seldom();
                ClientWatch.Watched request = watch(clients)) {
            clients.look();
            clients.look();
            clients.look();
            assertFalse(Thread.interrupted());
        }
        try (ClientWatch none = new ClientWatch(new ConnectionTable(folder.resolve("none")), Duration.ofDays(1));
                ClientWatch.Watched request = watch(none)) {
            none.look();
            assertFalse(Thread.interrupted());
        }
    }

    @Test
    void aRequestThatIsOverIsLeftAlone() throws IOException {
        table("08");
        try (ClientWatch clients = seldom()) {
            watch(clients).close();
            clients.look();
            assertFalse(Thread.interrupted());
        }
    }

    @Test
    void addressesAreReadAsTheKernelWritesThem() throws IOException {
        Files.writeString(folder.resolve("tcp"), HEAD + "   0: 0200A8C0:01BB 04030201:C001 01" + REST);
        Files.writeString(
                folder.resolve("tcp6"),
                HEAD + "   0: 00000000000000000000000001000000:1F90 B80D0120000000000000000001000000:0050 08" + REST
                        + "   1: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A" + REST
                        + "   2: broken\n");
        ConnectionTable.Snapshot read = new ConnectionTable(folder).read();
        assertEquals(
                Set.of(ConnectionTable.Connection.of(address("192.168.0.2", 443), address("1.2.3.4", 49_153))),
                read.open());
        assertEquals(
                Set.of(ConnectionTable.Connection.of(address("::1", 8080), address("2001:db8::1", 80))),
                read.closedByPeer());
    }

    /** What a request waits for in a model's lane. */
    record Asked(String text) {}

    @Test
    @EnabledOnOs(OS.LINUX)
    void whatAClientThatHangsUpAskedForIsCancelled() throws Exception {
        ServiceMetrics metrics = new ServiceMetrics();
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch cancelled = new CountDownLatch(1);
        Operation<String, String> endless = Operation.alone("endless", Lane.TEXTS, text -> {
            begun.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                cancelled.countDown();
            }
            return text;
        });
        HttpServer server = HttpServers.bind("127.0.0.1", 0);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                ComputeLanes lanes = new ComputeLanes("model", 8, metrics);
                ClientWatch clients =
                        new ClientWatch(new ConnectionTable(Path.of("/proc/self/net")), Duration.ofMillis(10))) {
            Route route = Route.post("/ask", "", Asked.class, Asked.class, (asked, call) -> {
                lanes.compute(endless, List.of(asked.text()), Deadline.in(Duration.ofSeconds(25)));
                return asked;
            });
            AccessRules access = new AccessRules(Set.of("localhost"), Set.of(), "http", ApiKeys.NONE, new RateLimit(0));
            server.setExecutor(threads);
            server.createContext(
                    "/",
                    new ServiceHandler(
                            List.of(route), access, ServiceLimits.DEFAULTS, metrics, new AtomicBoolean(), clients));
            server.start();
            try (Socket socket = new Socket("127.0.0.1", server.getAddress().getPort())) {
                String request = "POST /ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                        + "Content-Length: 12\r\n\r\n{\"text\":\"a\"}";
                socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
                begun.await();
            }
            assertTrue(cancelled.await(10, TimeUnit.SECONDS), "the request of a client that hung up is computed");
            while (!metrics.text().contains("route=\"/ask\",status=\"499\"} 1\n")) {
                Thread.sleep(1);
            }
        } finally {
            server.stop(0);
        }
    }
}
