package dev.fovea.tensor.json;

import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes JSON as configuration files have it, indented by two, or on one line. Maps, lists, texts, numbers, flags,
 * null, and what was read from a file.
 */
public final class JsonWriter {

    private final StringBuilder text = new StringBuilder();
    private final String indent;

    private JsonWriter(String indent) {
        this.indent = indent;
    }

    /**
     * Makes an object with its fields in this order; {@code Map.of} would have another in every run.
     *
     * @param namesAndValues by turns
     */
    public static Map<String, Object> object(Object... namesAndValues) {
        Map<String, Object> fields = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            fields.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        return fields;
    }

    /** Writes a document in UTF-8. */
    public static byte[] document(Object value) {
        return bytes("  ", "\n", value);
    }

    /** Writes a line of a JSON-lines file in UTF-8, its end included. */
    public static byte[] line(Object value) {
        return bytes("", "", value);
    }

    private static byte[] bytes(String indent, String lineEnd, Object value) {
        JsonWriter json = new JsonWriter(indent);
        json.write(value, lineEnd);
        return json.text.append('\n').toString().getBytes(StandardCharsets.UTF_8);
    }

    /** Writes a string that escapes what must be escaped and nothing else, as serde_json does. */
    public static String string(String string) {
        JsonWriter json = new JsonWriter("");
        json.quote(string);
        return json.text.toString();
    }

    private void write(Object value, String lineEnd) {
        switch (value) {
            case Map<?, ?> fields -> writeObject(fields, lineEnd);
            case List<?> items -> writeArray(items, lineEnd);
            case String string -> quote(string);
            case JsonValue read when read.isObject() -> writeObject(read.fields(), lineEnd);
            case JsonValue read when read.isArray() -> writeArray(read.items(), lineEnd);
            case JsonValue read when read.isText() -> quote(read.text(""));
            case null, default -> text.append(value); // a number, a flag or null
        }
    }

    private void writeObject(Map<?, ?> fields, String lineEnd) {
        text.append('{');
        for (Iterator<? extends Map.Entry<?, ?>> i = fields.entrySet().iterator(); i.hasNext(); ) {
            Map.Entry<?, ?> field = i.next();
            text.append(lineEnd).append(indent);
            quote((String) field.getKey());
            text.append(indent.isEmpty() ? ":" : ": ");
            write(field.getValue(), lineEnd + indent);
            text.append(i.hasNext() ? "," : lineEnd);
        }
        text.append('}');
    }

    private void writeArray(List<?> items, String lineEnd) {
        text.append('[');
        for (int i = 0; i < items.size(); i++) {
            text.append(lineEnd).append(indent);
            write(items.get(i), lineEnd + indent);
            text.append(i + 1 < items.size() ? "," : lineEnd);
        }
        text.append(']');
    }

    private void quote(String string) {
        text.append('"');
        for (int i = 0; i < string.length(); i++) {
            char c = string.charAt(i);
            switch (c) {
                case '"', '\\' -> text.append('\\').append(c);
                case '\b' -> text.append("\\b");
                case '\f' -> text.append("\\f");
                case '\n' -> text.append("\\n");
                case '\r' -> text.append("\\r");
                case '\t' -> text.append("\\t");
                default -> {
                    boolean half = Character.isSurrogate(c) && !isHalfOfPair(string, i);
                    text.append(c < ' ' || half ? String.format("\\u%04x", (int) c) : c);
                }
            }
        }
        text.append('"');
    }

    private static boolean isHalfOfPair(String string, int at) {
        return at + 1 < string.length() && Character.isSurrogatePair(string.charAt(at), string.charAt(at + 1))
                || at > 0 && Character.isSurrogatePair(string.charAt(at - 1), string.charAt(at));
    }
}
