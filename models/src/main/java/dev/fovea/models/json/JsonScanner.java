package dev.fovea.models.json;

import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.files.FileErrors;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads JSON (RFC 8259) from bytes, as a tree or piece by piece without an object per string. A general library takes 300 ms to
 * read a vocabulary of fifty thousand tokens in a JVM that has just started; most of the time to a first answer would go there.
 */
public final class JsonScanner {
    private static final int MAX_DEPTH = 256;

    private final byte[] bytes;
    private final Object source;
    private int at;
    private int depth;
    private byte[] text = new byte[256];

    /**
     * Starts at the beginning.
     *
     * @param source the file, for errors
     */
    public JsonScanner(byte[] bytes, Object source) {
        this.bytes = bytes;
        this.source = source;
        boolean mark =
                bytes.length >= 3 && bytes[0] == (byte) 0xEF && bytes[1] == (byte) 0xBB && bytes[2] == (byte) 0xBF;
        if (mark) at = 3;
    }

    /**
     * Reads a file that holds one JSON object.
     *
     * @throws FoveaException if there is no such file, or it is not a JSON object
     */
    public static JsonValue readObject(Path file) {
        JsonValue value = readValue(readBytes(file), file);
        if (!value.isObject()) throw new FoveaException(file + " is not a JSON object; fetch it again");
        return value;
    }

    /**
     * Reads a text that is one JSON object, such as a line of a JSON-lines file.
     *
     * @param source what it is, for errors
     * @throws FoveaException if it is not a JSON object
     */
    public static JsonValue readObject(String text, String source) {
        JsonValue value = readValue(text.getBytes(StandardCharsets.UTF_8), source);
        if (!value.isObject()) throw new FoveaException(source + " is not a JSON object");
        return value;
    }

    private static JsonValue readValue(byte[] bytes, Object source) {
        JsonScanner scanner = new JsonScanner(bytes, source);
        JsonValue value = scanner.value();
        scanner.end();
        return value;
    }

    /**
     * All bytes of a file.
     *
     * @throws FoveaException if it does not exist or cannot be read
     */
    public static byte[] readBytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (NoSuchFileException missing) {
            throw new FoveaException(file + " does not exist; fetch it", missing);
        } catch (IOException unreadable) {
            throw FileErrors.cannotRead(file, unreadable, "check its permissions");
        }
    }

    /** The next character that is not white space, without passing it; 0 at the end. */
    public char peek() {
        while (at < bytes.length) {
            byte c = bytes[at];
            if (c != ' ' && c != '\n' && c != '\r' && c != '\t') return (char) (c & 0xFF);
            at++;
        }
        return 0;
    }

    /** Passes the next character if it is this one. */
    public boolean skip(char expected) {
        if (peek() != expected) return false;
        at++;
        return true;
    }

    /** Passes the next character, which must be this one. */
    public void expect(char expected) {
        if (!skip(expected)) throw error("expected '" + expected + "'");
    }

    /** Checks that nothing is left. */
    public void end() {
        if (peek() != 0 || at < bytes.length) throw error("expected nothing more");
    }

    /**
     * Whether an object or array goes on: to be asked before each element. Passes the comma between two.
     *
     * @param first whether no element has been read yet
     * @param close the bracket that ends it, which is passed too
     */
    public boolean hasNext(boolean first, char close) {
        if (skip(close)) return false;
        if (!first) expect(',');
        return true;
    }

    /** Reads a string; its UTF-8 bytes are in {@link #text()} from 0 to the returned length until the next call. */
    public int string() {
        expect('"');
        int size = 0;
        while (true) {
            if (at >= bytes.length) throw error("expected the end of a string");
            byte c = bytes[at++];
            if (c == '"') return size;
            if (size + 4 > text.length) text = Arrays.copyOf(text, text.length * 2);
            if (c == '\\') size = escape(size);
            else if (c >= 0 && c < ' ') throw error("expected no control character in a string");
            else text[size++] = c;
        }
    }

    /** The bytes of the last string. */
    public byte[] text() {
        return text;
    }

    private int escape(int size) {
        byte c = at < bytes.length ? bytes[at++] : 0;
        switch (c) {
            case '"', '\\', '/' -> text[size++] = c;
            case 'b' -> text[size++] = '\b';
            case 'f' -> text[size++] = '\f';
            case 'n' -> text[size++] = '\n';
            case 'r' -> text[size++] = '\r';
            case 't' -> text[size++] = '\t';
            case 'u' -> {
                int codePoint = hexadecimal();
                boolean pair = Character.isHighSurrogate((char) codePoint)
                        && at + 1 < bytes.length
                        && bytes[at] == '\\'
                        && bytes[at + 1] == 'u';
                if (pair) {
                    int back = at;
                    at += 2;
                    int low = hexadecimal();
                    if (Character.isLowSurrogate((char) low))
                        codePoint = Character.toCodePoint((char) codePoint, (char) low);
                    else at = back;
                }
                return utf8(codePoint, size);
            }
            default -> throw error("expected a known escape in a string");
        }
        return size;
    }

    private int hexadecimal() {
        int value = 0;
        for (int i = 0; i < 4; i++) {
            int digit = at < bytes.length ? Character.digit(bytes[at++], 16) : -1;
            if (digit < 0) throw error("expected four hexadecimal digits");
            value = value << 4 | digit;
        }
        return value;
    }

    private int utf8(int codePoint, int size) {
        if (codePoint < 0x80) {
            text[size++] = (byte) codePoint;
        } else if (codePoint < 0x800) {
            text[size++] = (byte) (0xC0 | codePoint >> 6);
            text[size++] = (byte) (0x80 | codePoint & 0x3F);
        } else {
            byte[] encoded = Character.toString(codePoint).getBytes(StandardCharsets.UTF_8);
            for (byte b : encoded) text[size++] = b;
        }
        return size;
    }

    /** Reads a string as an object. */
    public String nextText() {
        int length = string();
        return new String(text, 0, length, StandardCharsets.UTF_8);
    }

    /** Reads a whole number; -1 if the next value is anything else or negative. */
    public int naturalNumber() {
        peek();
        long value = 0;
        int start = at;
        while (at < bytes.length && bytes[at] >= '0' && bytes[at] <= '9' && value <= Integer.MAX_VALUE) {
            value = value * 10 + bytes[at++] - '0';
        }
        boolean more = at < bytes.length && (bytes[at] == '.' || bytes[at] == 'e' || bytes[at] == 'E');
        return at == start || more || value > Integer.MAX_VALUE ? -1 : (int) value;
    }

    /** Reads any value. */
    public JsonValue value() {
        char next = peek();
        return switch (next) {
            case '{' -> object();
            case '[' -> array();
            case '"' -> new JsonValue(nextText());
            case 't' -> word("true", Boolean.TRUE);
            case 'f' -> word("false", Boolean.FALSE);
            case 'n' -> word("null", null);
            default -> number();
        };
    }

    private JsonValue object() {
        descend('{');
        Map<String, JsonValue> fields = new LinkedHashMap<>();
        for (boolean first = true; hasNext(first, '}'); first = false) {
            String name = nextText();
            expect(':');
            fields.put(name, value());
        }
        depth--;
        return new JsonValue(fields);
    }

    private JsonValue array() {
        descend('[');
        List<JsonValue> items = new ArrayList<>();
        for (boolean first = true; hasNext(first, ']'); first = false) items.add(value());
        depth--;
        return new JsonValue(items);
    }

    private void descend(char open) {
        expect(open);
        if (++depth > MAX_DEPTH) throw error("expected no more than " + MAX_DEPTH + " levels");
    }

    private JsonValue word(String word, Object value) {
        for (int i = 0; i < word.length(); i++) {
            if (at >= bytes.length || bytes[at++] != word.charAt(i)) throw error("expected '" + word + "'");
        }
        return new JsonValue(value);
    }

    private JsonValue number() {
        int start = at;
        boolean whole = true;
        while (at < bytes.length && "+-.0123456789eE".indexOf(bytes[at]) >= 0) {
            whole &= bytes[at] == '-' || bytes[at] >= '0' && bytes[at] <= '9';
            at++;
        }
        String digits = new String(bytes, start, at - start, StandardCharsets.US_ASCII);
        try {
            if (whole && digits.length() < 19) return new JsonValue(Long.parseLong(digits));
            return new JsonValue(Double.parseDouble(digits));
        } catch (NumberFormatException none) {
            at = start;
            throw error("expected a value");
        }
    }

    private FoveaException error(String expected) {
        int line = 1;
        for (int i = 0; i < Math.min(at, bytes.length); i++) if (bytes[i] == '\n') line++;
        String where = at >= bytes.length ? "it ends too early" : expected + " in line " + line;
        return new FoveaException(source + " is not valid JSON: " + where + "; fetch it again");
    }
}
