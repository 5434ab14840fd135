package dev.fovea.service;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fovea.models.LoadOptions;
import dev.fovea.models.Models;
import dev.fovea.service.http.ServiceLimits;
import dev.fovea.service.json.RecordJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.function.UnaryOperator;

/** Starts services for tests and asks them. */
public final class TestService {

    /** Limits that tests reach quickly. */
    public static final ServiceLimits SMALL =
            new ServiceLimits(1 << 20, 1_000_000, 2048, 100_000, 8, 256, 512, Duration.ofSeconds(60));

    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final Path PICTURES = Path.of("../examples/pictures");

    private static FoveaService shared;

    private TestService() {}

    /** A service of all embedded models, which lives as long as the tests. */
    public static synchronized FoveaService shared() {
        if (shared == null) {
            shared = start(builder -> builder);
        }
        return shared;
    }

    /** Starts a service of all embedded models, loaded on demand, on a free port. */
    public static FoveaService start(UnaryOperator<FoveaService.Builder> settings) {
        FoveaService.Builder builder = FoveaService.builder().port(0).limits(SMALL);
        for (String name : Models.embedded()) {
            builder.modelOnDemand(name, Models.folder(name, LoadOptions.DEFAULTS), LoadOptions.DEFAULTS);
        }
        return settings.apply(builder).start();
    }

    /** An answer. */
    public record Answer(int status, String body, HttpHeaders headers) {

        public JsonNode json() {
            return RecordJson.tree(body);
        }

        public String error() {
            return json().at("/error/message").asText();
        }

        public String param() {
            return json().at("/error/param").asText();
        }

        public String code() {
            return json().at("/error/code").asText();
        }
    }

    public static Answer post(FoveaService service, String path, String json) {
        return send(
                service,
                path,
                builder -> builder.header("Content-Type", "application/json").POST(BodyPublishers.ofString(json)));
    }

    public static Answer get(FoveaService service, String path) {
        return send(service, path, builder -> builder);
    }

    public static Answer send(FoveaService service, String path, UnaryOperator<HttpRequest.Builder> request) {
        URI uri = service.address().resolve(path);
        try {
            HttpResponse<String> answer =
                    CLIENT.send(request.apply(HttpRequest.newBuilder(uri)).build(), BodyHandlers.ofString());
            return new Answer(answer.statusCode(), answer.body(), answer.headers());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    public static Path picture(String name) {
        return PICTURES.resolve(name);
    }

    /** A picture of the examples as a data URL. */
    public static String dataUrl(String name) {
        try {
            String type = name.endsWith(".png") ? "png" : "jpeg";
            return "data:image/" + type + ";base64,"
                    + Base64.getEncoder().encodeToString(Files.readAllBytes(picture(name)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
