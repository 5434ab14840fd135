package dev.fovea.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
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
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code serve}, as a process that is told to stop. */
@Timeout(60)
class ServeCommandTest {

    @TempDir
    Path folder;

    private Process serve(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.fovea.app.Main",
                "serve",
                "--port",
                "0"));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .redirectError(folder.resolve("stderr").toFile())
                .start();
    }

    private static int embed(String address, String model) throws IOException, InterruptedException {
        return post(address + "/v1/embeddings", "{\"model\": \"" + model + "\", \"input\": \"a cat\"}");
    }

    private static int post(String address, String body) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(address))
                .header("Content-Type", "application/json")
                .header("Authorization", "Bearer 0123456789abcdef")
                .POST(BodyPublishers.ofString(body))
                .build();
        HttpResponse<String> answer = HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
        return answer.statusCode();
    }

    @Test
    void saysWhereItIsAndStopsWhenItIsTold() throws Exception {
        Path keys = Files.writeString(folder.resolve("keys"), "0123456789abcdef\n");
        Path index = folder.resolve("photos.index");
        assertEquals(
                0,
                Ran.fovea("index", "../examples/pictures/cat.jpg", "--into", index)
                        .exit());
        Process service = serve(
                "--model",
                "cats=clip-mini",
                "--model",
                "blip-mini",
                "--key-file",
                keys.toString(),
                "--access-log",
                "--index",
                "mine=" + index);
        try (BufferedReader out = service.inputReader()) {
            String line = out.readLine();
            String start = "serving cats, blip-mini, mine at ";
            assertTrue(line.startsWith(start + "http://127.0.0.1:"), line);
            String address = line.substring(start.length());
            assertEquals(200, embed(address, "cats"));
            assertEquals(200, embed(address, "blip-mini"));
            assertEquals(404, embed(address, "clip-mini"));
            assertEquals(200, post(address + "/search", "{\"text\": \"a cat\", \"index\": \"mine\"}"));
            service.toHandle().destroy(); // SIGTERM; Process.destroy would close the output, too
            assertEquals(143, service.waitFor());
            assertEquals("", String.join("\n", out.readAllLines()));
        } finally {
            service.destroyForcibly();
        }
        String log = Files.readString(folder.resolve("stderr"));
        assertTrue(log.contains(" method=POST path=/v1/embeddings status=404 "), log);
    }

    @Test
    void whatCannotBeServedIsALine() {
        Ran port = Ran.fovea("serve", "--port", "70000");
        assertEquals(2, port.exit());
        assertTrue(port.err().contains("--port must be 0 to 65535, found 70000"), port.err());
        Ran rate = Ran.fovea("serve", "--rate-limit", "0");
        assertEquals(2, rate.exit());
        assertTrue(rate.err().contains("--rate-limit must be 1 or more, found 0"), rate.err());
        Ran tls = Ran.fovea("serve", "--tls-key-store", "service.p12");
        assertEquals(2, tls.exit());
        assertTrue(tls.err().contains("--tls-key-store and --tls-password-file belong together"), tls.err());
        Ran model = Ran.fovea("serve", "--port", "0", "--model", "x=nowhere");
        assertEquals(1, model.exit());
        assertTrue(model.err().contains("nowhere: no such model"), model.err());
        Ran twice = Ran.fovea("caption", "a.png", "--model", "a", "--model", "b");
        assertEquals(2, twice.exit());
        assertTrue(twice.err().contains("--model is given 2 times; this command takes one model"), twice.err());
        Ran keys = Ran.fovea("serve", "--port", "0", "--key-file", "nowhere");
        assertEquals(1, keys.exit());
        assertTrue(keys.err().contains("the file of keys cannot be read"), keys.err());
    }
}
