package dev.fovea.service.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import dev.fovea.service.compute.Deadline;
import dev.fovea.service.error.HttpFailure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RemotePicturesTest {

    private static final byte[] PICTURE = new byte[100_000];

    private HttpServer server;
    private int asked;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            asked++;
            boolean moved = exchange.getRequestURI().getPath().equals("/moved");
            if (moved) {
                exchange.getResponseHeaders().set("Location", "http://169.254.169.254/");
            }
            exchange.sendResponseHeaders(moved ? 302 : 200, moved ? -1 : 0);
            if (!moved) {
                exchange.getResponseBody().write(PICTURE);
            }
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private String address(String host, String path) {
        return "http://" + host + ":" + server.getAddress().getPort() + path;
    }

    private static Deadline soon() {
        return Deadline.in(Duration.ofSeconds(10));
    }

    private String refused(RemotePictures pictures, String address) {
        HttpFailure failure = assertThrows(HttpFailure.class, () -> pictures.fetch(address, "image", soon()));
        assertEquals(400, failure.status());
        return failure.getMessage();
    }

    @Test
    void allowedHostsAreAsked() {
        RemotePictures pictures = new RemotePictures(Set.of("localhost"), PICTURE.length, address -> true);
        assertArrayEquals(PICTURE, pictures.fetch(address("localhost", "/a.png?b=c"), "image", soon()));
        assertTrue(
                refused(pictures, address("localhost", "/moved")).contains("answers 302; redirects are not followed"));
        RemotePictures small = new RemotePictures(Set.of("localhost"), PICTURE.length - 1, address -> true);
        assertTrue(refused(small, address("localhost", "/a.png")).contains("is larger than 99999 bytes"));
    }

    @Test
    void othersAreNotEvenWhereTheirAddressIsTheSame() {
        RemotePictures pictures = new RemotePictures(Set.of("localhost"), PICTURE.length, address -> true);
        for (String host : new String[] {"127.0.0.1", "localhost.", "user@localhost", "[::1]", "evil.localhost"}) {
            refused(pictures, address(host, "/a.png"));
        }
        refused(pictures, "https:///a.png");
        refused(pictures, "http://local host/");
        assertEquals(0, asked);
    }

    @Test
    void allowedNamesThatLeadInsideAreNot() {
        RemotePictures pictures = new RemotePictures(Set.of("localhost"), PICTURE.length);
        assertTrue(refused(pictures, address("localhost", "/a.png")).contains("leads into a private network"));
        assertEquals(0, asked);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "10.1.2.3",
                "172.16.0.1",
                "172.31.255.255",
                "192.168.0.1",
                "169.254.169.254",
                "0.0.0.0",
                "0.1.2.3",
                "100.64.0.1",
                "192.0.0.1",
                "198.18.0.1",
                "224.0.0.1",
                "255.255.255.255",
                "240.0.0.1",
                "::",
                "::1",
                "fe80::1",
                "fc00::1",
                "fd12:3456::1",
                "ff02::1",
                "::ffff:10.0.0.1",
                "64:ff9b::a00:1",
                "2002:a00:1::",
                "2001:0:1::"
            })
    void privateAddresses(String address) throws IOException {
        assertFalse(PublicAddresses.contain(InetAddress.getByName(address)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"1.1.1.1", "8.8.8.8", "100.63.0.1", "172.32.0.1", "192.0.1.1", "2606:4700::1", "2001:4860::1"})
    void publicAddresses(String address) throws IOException {
        assertTrue(PublicAddresses.contain(InetAddress.getByName(address)));
    }
}
