package dev.fovea.search.documents;

import dev.fovea.tensor.FoveaException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/**
 * A document with its vector.
 *
 * @param id by which it is replaced and removed
 * @param vector of any length above 0
 * @param text empty where it has none
 * @param metadata values that are texts, whole or floating-point numbers, truth values, UUIDs or lists of them
 */
public record IndexedDocument(String id, float[] vector, Optional<String> text, Map<String, Object> metadata) {

    /**
     * Checks that nothing is null and that the metadata can be kept with their types.
     *
     * @throws FoveaException if a value is of another type
     */
    public IndexedDocument {
        Objects.requireNonNull(id, "id is null");
        Objects.requireNonNull(vector, "vector is null");
        Objects.requireNonNull(text, "text is null");
        Objects.requireNonNull(metadata, "metadata is null");
        metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
        metadata.forEach(IndexedDocument::check);
    }

    private static void check(String key, Object value) {
        switch (value) {
            case List<?> list -> list.forEach(element -> checkPlain(key, element));
            case null, default -> checkPlain(key, value);
        }
    }

    private static void checkPlain(String key, Object value) {
        boolean known = value instanceof String
                || value instanceof Integer
                || value instanceof Long
                || value instanceof Float
                || value instanceof Double
                || value instanceof Boolean
                || value instanceof UUID;
        if (!known) {
            throw new FoveaException("the metadata " + key + " is "
                    + (value == null ? "null" : "a " + value.getClass().getName())
                    + "; expected a text, an int, long, float or double, a truth value, a UUID, or a list of these");
        }
    }
}
