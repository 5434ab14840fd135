package dev.fovea.tensor.json;

import java.util.List;
import java.util.Map;

/**
 * A value in a JSON document. Asking for a field that is not there gives a missing value, so that paths can be followed
 * without checks; null counts as missing too, as it does in the configuration files of checkpoints.
 */
public final class JsonValue {
    /** The value of a field that is not there. */
    public static final JsonValue MISSING = new JsonValue(null);

    /** A map, a list, a string, a number, a boolean, or null. */
    private final Object value;

    JsonValue(Object value) {
        this.value = value;
    }

    /** Returns a field, or {@link #MISSING} if there is none of this name or this is no object. */
    public JsonValue get(String name) {
        return fields().getOrDefault(name, MISSING);
    }

    /** Returns an item, or {@link #MISSING} if the array is shorter or this is no array. */
    public JsonValue get(int index) {
        List<JsonValue> items = items();
        return index < items.size() ? items.get(index) : MISSING;
    }

    /** Returns the fields of an object in the order of the file; none if this is no object. */
    @SuppressWarnings("unchecked")
    public Map<String, JsonValue> fields() {
        return value instanceof Map<?, ?> fields ? (Map<String, JsonValue>) fields : Map.of();
    }

    /** Returns the items of an array; none if this is no array. */
    @SuppressWarnings("unchecked")
    public List<JsonValue> items() {
        return value instanceof List<?> items ? (List<JsonValue>) items : List.of();
    }

    /** Returns whether this is absent or null. */
    public boolean isMissing() {
        return value == null;
    }

    /** Returns whether this is an object. */
    public boolean isObject() {
        return value instanceof Map<?, ?>;
    }

    /** Returns whether this is an array. */
    public boolean isArray() {
        return value instanceof List<?>;
    }

    /** Returns whether this is a string. */
    public boolean isText() {
        return value instanceof String;
    }

    /** Returns whether this is a number, whole or not. */
    public boolean isNumber() {
        return value instanceof Number;
    }

    /** Returns whether this is true or false. */
    public boolean isFlag() {
        return value instanceof Boolean;
    }

    /** Returns whether this is a number without fraction that fits an int. */
    public boolean isInteger() {
        return value instanceof Long number && number == number.intValue();
    }

    /** Returns the text, or {@code fallback} if this is no string. */
    public String text(String fallback) {
        return value instanceof String text ? text : fallback;
    }

    /** Returns the boolean, or {@code fallback} if this is none. */
    public boolean flag(boolean fallback) {
        return value instanceof Boolean flag ? flag : fallback;
    }

    /** Returns the number, or {@code fallback} if this is none. */
    public double number(double fallback) {
        return value instanceof Number number ? number.doubleValue() : fallback;
    }

    /** Returns the number, or {@code fallback} if {@link #isInteger} is false. */
    public int integer(int fallback) {
        return isInteger() ? ((Long) value).intValue() : fallback;
    }

    /** Returns the value on one line, for messages; control characters and line ends become spaces. */
    @Override
    public String toString() {
        String text = value instanceof String ? "\"" + value + '"' : String.valueOf(value);
        return text.replaceAll("[\\p{Cc}\\p{Zl}\\p{Zp}]", " ");
    }
}
