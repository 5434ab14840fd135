package dev.fovea.search;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Holds a picture that was found.
 *
 * @param file absolute, as it was indexed; it may have been moved or deleted since
 * @param score the cosine of the angle between picture and query, from -1 to 1
 * @param fields what the side file said about the picture, in its order
 */
public record PhotoHit(Path file, float score, Map<String, List<String>> fields) {

    /** Checks that nothing is null. */
    public PhotoHit {
        Objects.requireNonNull(file, "file is null");
        Objects.requireNonNull(fields, "fields is null");
    }

    /** Returns the first value of a field, or an empty text if there is none. */
    public String field(String name) {
        List<String> values = fields.getOrDefault(Objects.requireNonNull(name, "name is null"), List.of());
        return values.isEmpty() ? "" : values.getFirst();
    }
}
