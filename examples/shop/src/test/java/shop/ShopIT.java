package shop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Starts the jar that holds all others, as its README does. */
@Timeout(120)
class ShopIT {

    private static final Path PICTURES = Path.of("../pictures");
    private static final Pattern PORT = Pattern.compile("Tomcat started on port (\\d+)");

    @TempDir
    Path folder;

    private Process start(Path products) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--add-modules=jdk.incubator.vector",
                        "--enable-native-access=ALL-UNNAMED",
                        "-jar",
                        Path.of("target/shop.jar").toAbsolutePath().toString(),
                        "--server.port=0",
                        "--shop.products=" + products)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
    }

    private static String port(BufferedReader log) throws IOException {
        for (String line = log.readLine(); line != null; line = log.readLine()) {
            Matcher started = PORT.matcher(line);
            if (started.find()) {
                return started.group(1);
            }
        }
        return null;
    }

    private static String ask(HttpRequest.Builder request) throws Exception {
        return send(request).body();
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString());
    }

    @Test
    void productsAreFoundByWordsAndPictures() throws Exception {
        for (String picture : new String[] {"octopus.png", "elephant.png", "coffee.jpg"}) {
            Files.copy(PICTURES.resolve(picture), folder.resolve(picture));
        }
        Path products = Files.writeString(
                folder.resolve("products.csv"), "octopus.png,Sea,10\nelephant.png,Land,25\ncoffee.jpg,Cafe,4.5\n");
        Process shop = start(products);
        try (BufferedReader log = shop.inputReader()) {
            String port = port(log);
            assertNotNull(port, "it did not start");
            Thread.ofPlatform().daemon().start(() -> log.lines().forEach(line -> {}));
            URI address = URI.create("http://localhost:" + port);
            HttpRequest.Builder search = HttpRequest.newBuilder(address.resolve("/search?words=an+elephant"));
            HttpResponse<String> early = send(search); // the port is open before the products are there
            while (early.statusCode() == 503) {
                assertTrue(early.body().contains("the products are being added"), early.body());
                Thread.sleep(50);
                early = send(search);
            }
            assertEquals(200, early.statusCode());
            String ready = ask(HttpRequest.newBuilder(address.resolve("/actuator/health/readiness")));
            assertTrue(ready.contains("\"UP\""), ready);
            String elephant = early.body();
            assertTrue(
                    elephant.startsWith("[{\"image\":\"elephant.png\",\"brand\":\"Land\",\"price\":25.0,"), elephant);
            String cheap = ask(HttpRequest.newBuilder(address.resolve("/search?words=an+elephant&below=20")));
            assertTrue(cheap.contains("octopus.png") && !cheap.contains("elephant.png"), cheap);
            String alike = ask(HttpRequest.newBuilder(address.resolve("/search"))
                    .header("Content-Type", "image/png")
                    .POST(BodyPublishers.ofFile(PICTURES.resolve("octopus.png"))));
            assertTrue(alike.startsWith("[{\"image\":\"octopus.png\""), alike);
            HttpResponse<String> broken = send(HttpRequest.newBuilder(address.resolve("/search"))
                    .header("Content-Type", "image/png")
                    .POST(BodyPublishers.ofString("no picture")));
            assertEquals(400, broken.statusCode());
            assertTrue(broken.body().contains("the picture is not a picture that we can read"), broken.body());
            String health = ask(HttpRequest.newBuilder(address.resolve("/actuator/health")));
            assertTrue(health.contains("\"documents\":3") && health.contains("\"model\":\"clip-mini\""), health);
            String metric =
                    ask(HttpRequest.newBuilder(address.resolve("/actuator/metrics/fovea.vectorstore.documents")));
            assertTrue(metric.contains("\"value\":3"), metric);
            shop.toHandle().destroy();
            assertEquals(143, shop.waitFor());
        } finally {
            shop.destroyForcibly();
        }
    }
}
