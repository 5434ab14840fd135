package dev.fovea.app.results;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.fovea.app.json.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Holds the fields of a result for formats that are not JSON.
 *
 * @param texts the fields in their order; numbers and texts as they are, lists and objects as JSON
 * @param vector the elements of the field {@code vector}, which is not among the texts; empty without it
 */
record ResultFields(Map<String, String> texts, float[] vector) {

    private static final String VECTOR = "vector";
    private static final JsonFactory FACTORY = new JsonFactory();

    /** Reads what a result writes. */
    static ResultFields of(Json.Document result) {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            Json.write(bytes, result);
            Map<String, String> texts = new LinkedHashMap<>();
            float[] vector = new float[0];
            try (JsonParser json = FACTORY.createParser(bytes.toByteArray())) {
                json.nextToken();
                while (json.nextToken() == JsonToken.FIELD_NAME) {
                    String name = json.currentName();
                    JsonToken value = json.nextToken();
                    if (name.equals(VECTOR)) {
                        vector = numbers(json);
                    } else {
                        texts.put(name, value.isStructStart() ? structure(json) : json.getText());
                    }
                }
            }
            return new ResultFields(texts, vector);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static float[] numbers(JsonParser json) throws IOException {
        float[] numbers = new float[512];
        int count = 0;
        while (json.nextToken() != JsonToken.END_ARRAY) {
            if (count == numbers.length) {
                numbers = Arrays.copyOf(numbers, 2 * count);
            }
            numbers[count++] = json.getFloatValue();
        }
        return Arrays.copyOf(numbers, count);
    }

    private static String structure(JsonParser json) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator generator = FACTORY.createGenerator(text)) {
            generator.copyCurrentStructure(json);
        }
        return text.toString();
    }
}
