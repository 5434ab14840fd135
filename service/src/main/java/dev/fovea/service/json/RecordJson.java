package dev.fovea.service.json;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import dev.fovea.service.error.HttpFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.List;

/** Reads requests to the letter and writes answers. What does not fit is one line that names the field. */
public final class RecordJson {

    private static final int SHOWN = 60;

    /** Names of Jackson's settings in its messages. */
    private static final String FOR_PROGRAMMERS = ", from `[^`]*`|: enable `[^`]*` to allow";

    private static final ObjectMapper MAPPER = mapper();

    private RecordJson() {}

    private static ObjectMapper mapper() {
        JsonFactory factory = JsonFactory.builder()
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxStringLength(Integer.MAX_VALUE) // the body is bounded
                        .maxNestingDepth(100)
                        .build())
                .build();
        JsonMapper.Builder builder = JsonMapper.builder(factory)
                .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
                .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                .defaultPropertyInclusion(
                        JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.ALWAYS));
        for (CoercionInputShape shape :
                List.of(CoercionInputShape.Integer, CoercionInputShape.Float, CoercionInputShape.Boolean)) {
            builder.withCoercionConfig(LogicalType.Textual, config -> config.setCoercion(shape, CoercionAction.Fail));
        }
        return builder.build();
    }

    /** Writes an answer. */
    public static byte[] write(Object answer) {
        try {
            return MAPPER.writeValueAsBytes(answer);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads a document that this program has written. */
    public static JsonNode tree(String document) {
        try {
            return MAPPER.readTree(document);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Reads any document.
     *
     * @throws IOException if it is no JSON
     */
    public static JsonNode parse(byte[] document) throws IOException {
        return MAPPER.readTree(document);
    }

    /** Returns a record as a document's part. */
    public static JsonNode tree(Record value) {
        return MAPPER.valueToTree(value);
    }

    /**
     * Reads a request.
     *
     * @throws HttpFailure if it is no JSON, or not such a record
     */
    public static <T> T read(byte[] body, Class<T> type) {
        if (body.length == 0) {
            throw HttpFailure.badRequest("the body is empty; send a JSON object");
        }
        return checked(() -> MAPPER.readValue(body, type));
    }

    /** Reads a request out of the fields of a form. */
    public static <T> T read(JsonNode fields, Class<T> type) {
        return checked(() -> MAPPER.treeToValue(fields, type));
    }

    private interface Reading<T> {
        T read() throws IOException;
    }

    private static <T> T checked(Reading<T> reading) {
        try {
            T request = reading.read();
            if (request == null) {
                throw HttpFailure.badRequest("the body is null; send a JSON object");
            }
            check(request, "");
            return request;
        } catch (UnrecognizedPropertyException unknown) {
            String path = path(unknown);
            List<String> known = unknown.getKnownPropertyIds().stream()
                    .map(Object::toString)
                    .sorted()
                    .toList();
            throw HttpFailure.badRequest(
                    path, path + " is not a field of this request; expected " + String.join(", ", known));
        } catch (MismatchedInputException other) {
            String path = path(other);
            throw HttpFailure.badRequest(
                    path.isEmpty() ? null : path,
                    (path.isEmpty() ? "the body" : path) + " is of the wrong type; expected "
                            + expected(other.getTargetType()));
        } catch (JsonMappingException other) {
            String path = path(other);
            throw HttpFailure.badRequest(
                    path.isEmpty() ? null : path,
                    (path.isEmpty() ? "the body" : path) + " cannot be read: " + firstLine(other));
        } catch (JsonParseException broken) {
            throw HttpFailure.badRequest("the body is not JSON (line "
                    + broken.getLocation().getLineNr() + ", column "
                    + broken.getLocation().getColumnNr() + ": " + firstLine(broken) + "); send a JSON object in UTF-8");
        } catch (JsonProcessingException beyond) { // a name or a number that is too long
            throw HttpFailure.badRequest("the body cannot be read: " + firstLine(beyond));
        } catch (IOException broken) { // not UTF-8
            throw HttpFailure.badRequest(
                    "the body is not JSON (" + broken.getClass().getSimpleName() + "); send a JSON object in UTF-8");
        }
    }

    /** Returns what Jackson says, without what it says to programmers. */
    private static String firstLine(JsonProcessingException e) {
        String line = String.valueOf(e.getOriginalMessage()).lines().findFirst().orElse("");
        String said = line.replaceFirst("\\s*\\(start marker.*", "").replaceAll(FOR_PROGRAMMERS, "");
        return said.length() > 200 ? said.substring(0, 200) + "..." : said;
    }

    private static String path(JsonMappingException e) {
        StringBuilder path = new StringBuilder();
        for (JsonMappingException.Reference step : e.getPath()) {
            if (step.getFieldName() == null) {
                path.append('[').append(step.getIndex()).append(']');
            } else {
                path.append(path.isEmpty() ? "" : ".").append(step.getFieldName());
            }
        }
        return path.toString();
    }

    private static String expected(Class<?> type) {
        if (type == null) {
            return "another one; see /openapi.json";
        }
        if (type == String.class) {
            return "a text";
        }
        if (type == ImageData.class) {
            return "a text: a picture as a data URL or in base64";
        }
        if (type == Integer.class || type == int.class || type == Long.class || type == long.class) {
            return "a whole number";
        }
        if (type == Double.class || type == double.class) {
            return "a number";
        }
        if (type == Boolean.class || type == boolean.class) {
            return "true or false";
        }
        return List.class.isAssignableFrom(type) ? "an array" : "an object";
    }

    /** Checks what {@link About} says of a record's fields, and those of the records in it. */
    private static void check(Object value, String path) {
        switch (value) {
            case ImageData image -> {}
            case Record fields -> {
                for (RecordComponent component : fields.getClass().getRecordComponents()) {
                    String name = JsonSchemas.name(component);
                    check(fields, component, path.isEmpty() ? name : path + "." + name);
                }
            }
            case List<?> list -> {
                for (int i = 0; i < list.size(); i++) {
                    String element = path + "[" + i + "]";
                    if (list.get(i) == null) {
                        throw HttpFailure.badRequest(element, element + " is null; leave it out");
                    }
                    check(list.get(i), element);
                }
            }
            default -> {}
        }
    }

    private static void check(Record fields, RecordComponent component, String path) {
        About about = component.getAnnotation(About.class);
        Object value = value(fields, component);
        boolean absent = value == null || value instanceof JsonNode node && node.isNull();
        if (absent) {
            if (about != null && about.required()) {
                throw HttpFailure.badRequest(path, path + " is missing; " + about.value());
            }
            return;
        }
        if (about != null) {
            switch (value) {
                case Number number -> checkRange(number.doubleValue(), "", about, path);
                case List<?> list -> checkRange(list.size(), " elements", about, path);
                default -> {}
            }
        }
        check(value, path);
    }

    private static void checkRange(double value, String unit, About about, String path) {
        if (value < about.min() || value > about.max()) {
            String found = value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
            throw HttpFailure.badRequest(
                    path, path + (unit.isEmpty() ? " is " : " has ") + found + unit + "; expected " + range(about));
        }
    }

    private static String range(About about) {
        if (about.max() == Integer.MAX_VALUE) {
            return "at least " + about.min();
        }
        if (about.min() == Integer.MIN_VALUE) {
            return "at most " + about.max();
        }
        return about.min() == about.max() ? Integer.toString(about.min()) : about.min() + " to " + about.max();
    }

    private static Object value(Record fields, RecordComponent component) {
        try {
            Method accessor = component.getAccessor();
            accessor.setAccessible(true); // records of routes are not public
            return accessor.invoke(fields);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns the beginning of a text of a request, for complaints. */
    public static String shown(String text) {
        String line = text.replaceAll("[\\p{Cc}\\p{Zl}\\p{Zp}]", " ");
        return '"' + (line.length() > SHOWN ? line.substring(0, SHOWN) + "..." : line) + '"';
    }
}
