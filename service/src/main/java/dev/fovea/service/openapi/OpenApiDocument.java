package dev.fovea.service.openapi;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.fovea.service.error.ErrorAnswer;
import dev.fovea.service.http.Route;
import dev.fovea.service.json.JsonSchemas;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Describes routes as OpenAPI 3.1 does, out of the routes themselves and the records of their requests and answers, so
 * that the two cannot differ.
 */
public final class OpenApiDocument {

    private static final String JSON = "application/json";
    private static final String KEY = "key";

    /** Why a request fails, by status, and for which methods. */
    private record Failure(String description, boolean ofBodies) {}

    private static final Map<Integer, Failure> FAILURES = new TreeMap<>(Map.of(
            400, new Failure("The request is wrong; param names the field.", false),
            401, new Failure("The service asks for a key, and none or a wrong one was sent.", false),
            403, new Failure("Host or Origin is somebody else's.", false),
            404, new Failure("No such model or index.", false),
            413, new Failure("The body is too large.", true),
            415, new Failure("The body is of another type.", true),
            429, new Failure("Too much waits already; Retry-After says when to try again.", false),
            500, new Failure("The model or the machine failed.", false),
            503, new Failure("It was not done in time, or the service stops.", false)));

    private final JsonSchemas requests = JsonSchemas.ofRequests();
    private final JsonSchemas answers = JsonSchemas.ofAnswers();
    private final boolean asksForKeys;

    private OpenApiDocument(boolean asksForKeys) {
        this.asksForKeys = asksForKeys;
    }

    /**
     * Describes some routes.
     *
     * @param asksForKeys whether routes that are not open need a key
     */
    public static ObjectNode of(List<Route> routes, boolean asksForKeys) {
        return new OpenApiDocument(asksForKeys).document(routes);
    }

    private ObjectNode document(List<Route> routes) {
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        document.put("openapi", "3.1.0");
        document.putObject("info")
                .put("title", "Fovea")
                .put("version", "1")
                .put("summary", "CLIP, BLIP and Florence-2 over HTTP.");
        ObjectNode paths = document.putObject("paths");
        for (Route route : routes) {
            ObjectNode path = paths.withObjectProperty(route.path());
            path.set(route.method().toLowerCase(Locale.ROOT), operation(route));
        }
        ObjectNode components = document.putObject("components");
        ObjectNode error = answers.reference(ErrorAnswer.class);
        ObjectNode responses = components.putObject("responses");
        FAILURES.forEach((status, failure) ->
                content(responses.putObject("Error" + status).put("description", failure.description()), JSON, error));
        ObjectNode schemas = components.putObject("schemas");
        requests.all().forEach(schemas::set);
        answers.all().forEach(schemas::set);
        if (asksForKeys) {
            components
                    .putObject("securitySchemes")
                    .putObject(KEY)
                    .put("type", "http")
                    .put("scheme", "bearer");
        }
        return document;
    }

    private static void content(ObjectNode parent, String type, ObjectNode schema) {
        parent.withObjectProperty("content").putObject(type).set("schema", schema);
    }

    private ObjectNode operation(Route route) {
        ObjectNode operation = JsonNodeFactory.instance.objectNode();
        operation.put("operationId", id(route)).put("summary", route.summary());
        if (asksForKeys && !route.open()) {
            operation.putArray("security").addObject().putArray(KEY);
        }
        if (!route.parameter().isEmpty()) {
            ObjectNode parameter = operation.putArray("parameters").addObject();
            parameter.put("name", route.parameter()).put("in", "path").put("required", true);
            parameter.putObject("schema").put("type", "string").put("minLength", 1);
        }
        boolean hasBody = route.request() != null;
        if (hasBody) {
            ObjectNode body = operation.putObject("requestBody").put("required", true);
            content(body, JSON, requests.reference(route.request()));
            if (route.form()) {
                content(body, "multipart/form-data", requests.form(route.request()));
            }
        }
        ObjectNode responses = operation.putObject("responses");
        ObjectNode done = responses.putObject("200").put("description", "The answer.");
        if (route.answer() != null) {
            content(done, JSON, answers.reference(route.answer()));
        }
        if (route.type() != null) {
            content(done, route.type(), JsonNodeFactory.instance.objectNode().put("type", "string"));
        }
        FAILURES.forEach((status, failure) -> {
            if (hasBody || !failure.ofBodies()) {
                responses.putObject(Integer.toString(status)).put("$ref", "#/components/responses/Error" + status);
            }
        });
        return operation;
    }

    /** Returns a name for generated clients, {@code postV1ChatCompletions} for one. */
    private static String id(Route route) {
        String words = Arrays.stream(route.path().split("[^A-Za-z0-9]+"))
                .filter(word -> !word.isEmpty())
                .map(word -> Character.toUpperCase(word.charAt(0)) + word.substring(1))
                .collect(Collectors.joining());
        return route.method().toLowerCase(Locale.ROOT) + words;
    }
}
