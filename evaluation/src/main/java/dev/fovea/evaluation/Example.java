package dev.fovea.evaluation;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Holds what came out for one example, to look at what went wrong.
 *
 * @param image the picture's file
 * @param score how good it is, larger is better, comparable among the examples of one evaluation
 * @param fields what the model said, what was expected and more, by name: texts, numbers, flags, lists
 */
public record Example(Path image, double score, Map<String, Object> fields) {

    /** Copies the fields in their order. */
    public Example {
        Objects.requireNonNull(image, "image is null");
        fields = Collections.unmodifiableMap(new LinkedHashMap<>(Objects.requireNonNull(fields, "fields is null")));
    }
}
