package dev.fovea.service;

import static dev.fovea.service.TestService.get;
import static dev.fovea.service.TestService.post;
import static dev.fovea.service.TestService.send;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.Models;
import dev.fovea.service.TestService.Answer;
import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyStore;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What whoever runs a service sets: TLS, limits of callers, unloading. */
@Timeout(120)
class OperationTest {

    private static final String KEY = "0123456789abcdef0123";
    private static final String EMBED = "{\"model\": \"clip-mini\", \"input\": \"a cat\"}";

    @TempDir
    Path folder;

    private Path keyStore() throws Exception {
        Path store = folder.resolve("service.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "service",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "SAN=dns:localhost,ip:127.0.0.1",
                        "-validity",
                        "2",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        "changeit")
                .redirectErrorStream(true)
                .start();
        String said = new String(keytool.getInputStream().readAllBytes());
        assertEquals(0, keytool.waitFor(), said);
        return store;
    }

    private static HttpClient trusting(Path store) throws Exception {
        KeyStore certificates = KeyStore.getInstance(store.toFile(), "changeit".toCharArray());
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("service", certificates.getCertificate("service"));
        TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), null);
        return HttpClient.newBuilder().sslContext(context).build();
    }

    @Test
    void aKeyStoreMakesItSpeakHttps() throws Exception {
        Path store = keyStore();
        Path password = Files.writeString(folder.resolve("password"), "changeit\n");
        try (FoveaService service = TestService.start(builder -> builder.tls(store, password));
                HttpClient client = trusting(store)) {
            URI address = service.address();
            assertEquals("https", address.getScheme());
            HttpRequest.Builder request = HttpRequest.newBuilder(address.resolve("/v1/models"));
            assertEquals(
                    200, client.send(request.build(), BodyHandlers.ofString()).statusCode());
            HttpResponse<String> own =
                    client.send(request.header("Origin", address.toString()).build(), BodyHandlers.ofString());
            assertEquals(200, own.statusCode(), "a page of the service itself");
            URI plain = URI.create("http://127.0.0.1:" + address.getPort() + "/healthz");
            assertThrows(
                    IOException.class,
                    () -> client.send(
                            HttpRequest.newBuilder(plain)
                                    .timeout(Duration.ofSeconds(20))
                                    .build(),
                            BodyHandlers.ofString()));
            assertEquals(
                    200, client.send(request.build(), BodyHandlers.ofString()).statusCode());
        }
    }

    @Test
    void aKeyStoreThatCannotBeOpenedIsALine() throws Exception {
        Path store = keyStore();
        Path wrong = Files.writeString(folder.resolve("wrong"), "changeme\n");
        assertRefused("the key store cannot be opened", store, wrong);
        assertRefused("the key store cannot be opened", wrong, wrong);
        assertRefused("the file of the password cannot be read", store, folder.resolve("none"));
        KeyStore empty = KeyStore.getInstance("PKCS12");
        empty.load(null, null);
        Path none = folder.resolve("empty.p12");
        try (var out = Files.newOutputStream(none)) {
            empty.store(out, "changeme".toCharArray());
        }
        assertRefused("the key store has no private key", none, wrong);
    }

    private static void assertRefused(String line, Path store, Path password) {
        String message = assertThrows(
                        FoveaException.class, () -> FoveaService.builder().tls(store, password))
                .getMessage();
        assertTrue(message.contains(line), message);
    }

    @Test
    void eachKeyHasItsOwnRate() throws IOException {
        String other = "another-key-of-sixteen";
        Path keys = Files.writeString(folder.resolve("keys"), KEY + "\n" + other + "\n");
        try (FoveaService service =
                TestService.start(builder -> builder.keys(keys).rateLimit(3))) {
            for (int i = 0; i < 3; i++) {
                assertEquals(200, models(service, KEY).status());
            }
            Answer refused = models(service, KEY);
            assertEquals(429, refused.status());
            assertEquals("20", refused.headers().firstValue("Retry-After").orElse(""));
            assertTrue(refused.error().startsWith("more than 3 requests a minute came from this caller"));
            assertEquals(200, models(service, other).status());
            assertEquals(200, get(service, "/healthz").status(), "what needs no key is not counted");
        }
        try (FoveaService service = TestService.start(builder -> builder.rateLimit(1))) {
            assertEquals(200, get(service, "/v1/models").status());
            assertEquals(429, get(service, "/v1/models").status(), "without keys the address counts");
        }
    }

    private static Answer models(FoveaService service, String key) {
        return send(service, "/v1/models", builder -> builder.header("Authorization", "Bearer " + key));
    }

    private static String vector(Answer answer) {
        assertEquals(200, answer.status(), answer.body());
        return answer.json().at("/data/0/embedding").toString();
    }

    /** Requests beside an unloading as fast as it goes: none fails, and all have the same bits. */
    @Test
    void modelsAreUnloadedWhenTheyAreIdleAndNeverUnderARequest() throws Exception {
        try (FoveaService service = TestService.start(builder -> builder.unloadAfter(Duration.ofNanos(1)));
                ExecutorService clients = Executors.newFixedThreadPool(4)) {
            String first = vector(post(service, "/v1/embeddings", EMBED));
            Callable<Void> work = () -> {
                for (int i = 0; i < 15; i++) {
                    assertEquals(first, vector(post(service, "/v1/embeddings", EMBED)));
                    Thread.sleep(i); // so that now and then nobody asks
                }
                return null;
            };
            for (Future<Void> done :
                    clients.invokeAll(IntStream.range(0, 4).mapToObj(i -> work).toList())) {
                done.get();
            }
        }
    }

    /** A model's file may be replaced under a service, as an update does: what is loaded stays as it is. */
    @Test
    void aFileThatIsReplacedIsReadWhenTheModelIsLoadedAgain() throws Exception {
        Path copy = Files.createDirectories(folder.resolve("model"));
        try (Stream<Path> files = Files.list(Models.folder("clip-mini", LoadOptions.DEFAULTS))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, copy.resolve(file.getFileName().toString()));
            }
        }
        String embed = EMBED.replace("clip-mini", "own");
        try (FoveaService service =
                TestService.start(builder -> builder.modelOnDemand("own", copy, LoadOptions.DEFAULTS))) {
            String before = vector(post(service, "/v1/embeddings", embed));
            Path broken = Files.writeString(folder.resolve("broken"), "no safetensors");
            Files.move(broken, copy.resolve("model.safetensors"), StandardCopyOption.REPLACE_EXISTING);
            assertEquals(before, vector(post(service, "/v1/embeddings", embed)));
        }
        try (FoveaService service =
                TestService.start(builder -> builder.modelOnDemand("own", copy, LoadOptions.DEFAULTS))) {
            Answer failed = post(service, "/v1/embeddings", embed);
            assertEquals(500, failed.status());
            assertTrue(failed.error().startsWith("the model cannot answer; the service's log says more"));
            assertEquals(200, post(service, "/v1/embeddings", EMBED).status(), "other models go on");
        }
    }

    @Test
    void settingsOutOfRangeAreRefused() {
        FoveaService.Builder builder = FoveaService.builder();
        assertThrows(IllegalArgumentException.class, () -> builder.rateLimit(0));
        assertThrows(IllegalArgumentException.class, () -> builder.unloadAfter(Duration.ZERO));
    }
}
