package dev.fovea.service;

import static dev.fovea.service.TestService.get;
import static dev.fovea.service.TestService.post;
import static dev.fovea.service.TestService.send;
import static dev.fovea.service.TestService.shared;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.fovea.service.TestService.Answer;
import dev.fovea.service.json.RecordJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The document about the service is whole, and what it says is so. */
class OpenApiTest {

    private static JsonNode document() {
        Answer answer = get(shared(), "/openapi.json");
        assertEquals(200, answer.status());
        return answer.json();
    }

    @Test
    void everyReferenceLeadsToASchema() {
        JsonNode document = document();
        assertEquals("3.1.0", document.get("openapi").asText());
        assertTrue(document.findValues("$ref").size() > 50);
        for (JsonNode reference : document.findValues("$ref")) {
            JsonNode there = document.at(reference.asText().substring(1));
            assertFalse(there.isMissingNode(), reference.asText());
            assertFalse(there.isEmpty(), reference.asText());
        }
        Set<String> ids = new HashSet<>();
        for (JsonNode id : document.get("paths").findValues("operationId")) {
            assertTrue(ids.add(id.asText()), id.asText());
        }
        assertTrue(ids.contains("postV1ChatCompletions"), ids.toString());
    }

    /** A request of only its required fields, made of the document's examples, is none that misses something. */
    @Test
    void whatTheDocumentRequiresIsAllThatIsRequired() {
        JsonNode document = document();
        for (Map.Entry<String, JsonNode> path : document.get("paths").properties()) {
            JsonNode schema = path.getValue().at("/post/requestBody/content/application~1json/schema/$ref");
            if (schema.isMissingNode()) {
                continue;
            }
            JsonNode request = document.at(schema.asText().substring(1));
            ObjectNode body = (ObjectNode) RecordJson.tree("{}");
            for (JsonNode field : request.path("required")) {
                Answer answer = post(shared(), path.getKey(), body.toString());
                assertEquals(400, answer.status());
                assertTrue(answer.error().contains(" is missing; "), answer.error());
                body.set(field.asText(), RecordJson.tree(value(field.asText())));
            }
            Answer answer = post(shared(), path.getKey(), body.toString());
            boolean alternatives = Set.of("/classify", "/search").contains(path.getKey()); // labels; text or image
            assertTrue(alternatives || !answer.body().contains(" is missing; "), path.getKey() + answer.body());
        }
    }

    private static String value(String field) {
        return switch (field) {
            case "messages" -> "[{\"role\": \"user\", \"content\": \"a\"}]";
            case "texts", "labels", "input" -> "[\"a\"]";
            case "model" -> "\"clip-mini\"";
            default -> "\"AAAA\"";
        };
    }

    @Test
    void answersHaveTheFieldsOfTheirSchemas() {
        JsonNode schemas = document().at("/components/schemas");
        Answer embeddings = post(shared(), "/v1/embeddings", "{\"model\": \"clip-mini\", \"input\": \"a\"}");
        check(schemas, "EmbeddingsAnswer", embeddings.json());
        check(schemas, "ModelList", get(shared(), "/v1/models").json());
        check(schemas, "ErrorAnswer", get(shared(), "/nothing").json());
        String image = "{\"image\": \"" + TestService.dataUrl("octopus.png") + "\"";
        check(schemas, "BoxesAnswer", post(shared(), "/detect", image + "}").json());
        check(schemas, "OcrAnswer", post(shared(), "/ocr", image + "}").json());
        check(
                schemas,
                "MatchAnswer",
                post(shared(), "/match", image + ", \"texts\": [\"a\"]}").json());
        check(
                schemas,
                "ClassifyAnswer",
                post(shared(), "/classify", image + ", \"labels\": [\"a\"]}").json());
    }

    private static void check(JsonNode schemas, String name, JsonNode answer) {
        JsonNode schema = schemas.get(name);
        for (JsonNode field : schema.path("required")) {
            assertTrue(answer.has(field.asText()), name + ": " + field);
        }
        for (Map.Entry<String, JsonNode> field : answer.properties()) {
            JsonNode type = schema.at("/properties/" + field.getKey());
            assertFalse(type.isMissingNode(), name + ": " + field.getKey());
            JsonNode item = field.getValue().isArray() && !field.getValue().isEmpty()
                    ? field.getValue().get(0)
                    : field.getValue();
            String inner = type.path("$ref").asText(type.at("/items/$ref").asText());
            if (!inner.isEmpty() && item.isObject()) {
                check(schemas, inner.substring(inner.lastIndexOf('/') + 1), item);
            }
        }
    }

    @Test
    void thePageMayOnlyAskThisService(@TempDir Path folder) throws IOException {
        Path keys = Files.writeString(folder.resolve("keys"), "0123456789abcdef\n");
        try (FoveaService service = TestService.start(builder -> builder.keys(keys))) {
            Answer page = get(service, "/");
            assertEquals(200, page.status());
            assertTrue(page.body().startsWith("<!DOCTYPE html>"));
            String policy = page.headers().firstValue("Content-Security-Policy").orElse("");
            assertTrue(policy.startsWith("default-src 'none'; connect-src 'self';"), policy);
            JsonNode document = get(service, "/openapi.json").json();
            assertEquals(
                    "bearer",
                    document.at("/components/securitySchemes/key/scheme").asText());
            assertTrue(document.at("/paths/~1detect/post/security/0").has("key"));
            assertTrue(document.at("/paths/~1healthz/get/security").isMissingNode());
            assertEquals(
                    404,
                    send(service, "/favicon.ico", builder -> builder.header("Authorization", "Bearer 0123456789abcdef"))
                            .status());
        }
    }
}
