package dev.fovea.tensor.json;

import java.util.List;
import java.util.Map;

/**
 * A value in a JSON document. Asking for a field that is not there gives a missing value, so that paths can be followed
 * without checks; null counts as missing too, as it does in the configuration files of checkpoints.
 */
public final class JsonValue {
    /** What a field that is not there gives. */
    public static final JsonValue MISSING = new JsonValue(null);

    /** A map, a list, a string, a number, a boolean, or null. */
    private final Object value;

    JsonValue(Object value) {
        this.value = value;
    }

    /** The field of an object, or {@link #MISSING}. */
    public JsonValue get(String name) {
        return fields().getOrDefault(name, MISSING);
    }

    /** An item of an array, or {@link #MISSING}. */
    public JsonValue get(int index) {
        List<JsonValue> items = items();
        return index < items.size() ? items.get(index) : MISSING;
    }

    /** The fields of an object in the order of the file; none if this is no object. */
    @SuppressWarnings("unchecked")
    public Map<String, JsonValue> fields() {
        return value instanceof Map<?, ?> fields ? (Map<String, JsonValue>) fields : Map.of();
    }

    /** The items of an array; none if this is no array. */
    @SuppressWarnings("unchecked")
    public List<JsonValue> items() {
        return value instanceof List<?> items ? (List<JsonValue>) items : List.of();
    }

    /** Whether this is absent or null. */
    public boolean isMissing() {
        return value == null;
    }

    public boolean isObject() {
        return value instanceof Map<?, ?>;
    }

    public boolean isArray() {
        return value instanceof List<?>;
    }

    public boolean isText() {
        return value instanceof String;
    }

    public boolean isNumber() {
        return value instanceof Number;
    }

    public boolean isFlag() {
        return value instanceof Boolean;
    }

    /** Whether this is a number without fraction that fits an int. */
    public boolean isInteger() {
        return value instanceof Long number && number == number.intValue();
    }

    /** The text, or {@code fallback} if this is none. */
    public String text(String fallback) {
        return value instanceof String text ? text : fallback;
    }

    /** True or false, or {@code fallback} if this is neither. */
    public boolean flag(boolean fallback) {
        return value instanceof Boolean flag ? flag : fallback;
    }

    /** The number, or {@code fallback} if this is none. */
    public double number(double fallback) {
        return value instanceof Number number ? number.doubleValue() : fallback;
    }

    /** The whole number, or {@code fallback} if this is none. */
    public int integer(int fallback) {
        return isInteger() ? ((Long) value).intValue() : fallback;
    }

    /** About as it stands in the file, on one line, for messages. */
    @Override
    public String toString() {
        String text = value instanceof String ? "\"" + value + '"' : String.valueOf(value);
        return text.replaceAll("[\\p{Cc}\\p{Zl}\\p{Zp}]", " ");
    }
}
