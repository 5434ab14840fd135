package dev.fovea.tensor.json;

import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.files.FileErrors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Reads JSON (RFC 8259) from UTF-8 bytes, as a tree or piece by piece without an object per string. Memory grows with
 * what is asked for, never with numbers in the text.
 *
 * <p>Two kinds of files are read. Configuration files of people and programs may begin with a byte order mark, hold
 * malformed UTF-8 (replaced) and escaped halves of characters; errors name the line. {@linkplain #strict Headers of
 * weights} may do none of that, and errors name the byte.
 */
public final class JsonReader {

    private static final int DEEPEST_TREE = 256;
    private static final int DEEPEST_SKIPPED = 64;

    private final byte[] bytes;
    private final boolean strict;
    private final Function<String, FoveaException> complaint;
    private int at;
    private int depth;
    private boolean validated;
    private byte[] utf8 = new byte[256];

    private JsonReader(byte[] bytes, boolean strict, Function<String, FoveaException> complaint) {
        this.bytes = bytes;
        this.strict = strict;
        this.complaint = complaint;
        boolean mark =
                bytes.length >= 3 && bytes[0] == (byte) 0xEF && bytes[1] == (byte) 0xBB && bytes[2] == (byte) 0xBF;
        this.at = mark && !strict ? 3 : 0;
    }

    /**
     * Starts at the beginning of a configuration file.
     *
     * @param source the file, for errors
     */
    public JsonReader(byte[] bytes, Object source) {
        this(bytes, false, reason -> new ModelException(source + " is not valid JSON: " + reason + "; fetch it again"));
    }

    /**
     * Starts at the beginning of bytes that must be JSON to the letter: no byte order mark, no malformed UTF-8, no half
     * characters.
     *
     * @param complaint makes the error of a reason, such as {@code not valid JSON at byte 7}
     */
    public static JsonReader strict(byte[] bytes, Function<String, FoveaException> complaint) {
        return new JsonReader(bytes, true, complaint);
    }

    /**
     * Reads a document that people have written, as leniently as a configuration file.
     *
     * @param complaint makes the error of a reason, such as {@code expected a value in line 7}
     */
    public static JsonValue document(byte[] bytes, Function<String, FoveaException> complaint) {
        return new JsonReader(bytes, false, complaint).document();
    }

    /**
     * Reads a file that holds one JSON object.
     *
     * @throws FoveaException if there is no such file, or it is not a JSON object
     */
    public static JsonValue readObject(Path file) {
        JsonValue value = new JsonReader(readBytes(file), file).document();
        if (!value.isObject()) {
            throw new ModelException(file + " is not a JSON object; fetch it again");
        }
        return value;
    }

    /**
     * Reads a text that is one JSON object, such as a line of a JSON-lines file.
     *
     * @param source what it is, for errors
     * @throws FoveaException if it is not a JSON object
     */
    public static JsonValue readObject(String text, String source) {
        JsonValue value = new JsonReader(text.getBytes(StandardCharsets.UTF_8), source).document();
        if (!value.isObject()) {
            throw new ModelException(source + " is not a JSON object");
        }
        return value;
    }

    /**
     * Reads all bytes of a file.
     *
     * @throws FoveaException if it does not exist or cannot be read
     */
    public static byte[] readBytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (NoSuchFileException missing) {
            throw new ModelException(file + " does not exist; fetch it", missing);
        } catch (IOException unreadable) {
            throw FileErrors.cannotRead(file, unreadable, "check its permissions");
        }
    }

    /** Returns the next byte that is not white space, without passing it; 0 at the end. */
    public char peek() {
        while (at < bytes.length) {
            byte next = bytes[at];
            if (next != ' ' && next != '\n' && next != '\r' && next != '\t') {
                if (next < 0) {
                    checkUtf8();
                }
                return (char) (next & 0xFF);
            }
            at++;
        }
        return 0;
    }

    /** Returns whether only white space is left. */
    public boolean atEnd() {
        return peek() == 0 && at == bytes.length;
    }

    /** Checks that only white space is left. */
    public void end() {
        if (!atEnd()) {
            throw error("expected nothing more");
        }
    }

    /** Passes the next character if it is this one. */
    public boolean skip(char expected) {
        if (peek() != expected) {
            return false;
        }
        at++;
        return true;
    }

    /** Passes the next character, which must be this one. */
    public void expect(char expected) {
        if (!skip(expected)) {
            throw error("expected '" + expected + "'");
        }
    }

    /**
     * Returns whether an object or array goes on, whose opening bracket has been passed. Passes the comma before the
     * element, or the closing bracket.
     *
     * @param first whether no element has been read yet
     * @param close the bracket that ends it
     */
    public boolean hasNext(boolean first, char close) {
        if (skip(close)) {
            return false;
        }
        if (!first) {
            expect(',');
        }
        return true;
    }

    /** Passes the name of a member and its colon. */
    public String name() {
        String name = string();
        expect(':');
        return name;
    }

    /** Passes a string. */
    public String string() {
        int start = beginString();
        int length = plainLength(start);
        if (length < 0) {
            length = unescaped(start);
            return new String(utf8, 0, length, StandardCharsets.UTF_8);
        }
        return new String(bytes, start, length, StandardCharsets.UTF_8);
    }

    /** Passes a string; its UTF-8 bytes are in {@link #utf8()} from 0 to the returned length until the next call. */
    public int stringBytes() {
        int start = beginString();
        int length = plainLength(start);
        if (length < 0) {
            return unescaped(start);
        }
        reserve(length);
        System.arraycopy(bytes, start, utf8, 0, length);
        return length;
    }

    private int beginString() {
        expect('"');
        return at;
    }

    /**
     * Passes a string without escapes and returns how many bytes it has; -1 at the first escape, before which it stops.
     * Most time of a large vocabulary goes here, much of it before the loop is compiled.
     */
    private int plainLength(int start) {
        byte[] from = bytes;
        int i = start;
        for (; i < from.length; i++) {
            byte next = from[i];
            if (next == '"') {
                at = i + 1;
                return i - start;
            }
            if (next == '\\') {
                at = i;
                return -1;
            }
            if (next < ' ') {
                at = i;
                checkLetter(next);
            }
        }
        at = i;
        throw error("expected the end of a string");
    }

    /** Returns the bytes of the last string that {@link #stringBytes} passed. */
    public byte[] utf8() {
        return utf8;
    }

    private void reserve(int length) {
        if (length > utf8.length) {
            utf8 = Arrays.copyOf(utf8, Math.max(length, utf8.length * 2));
        }
    }

    private void checkLetter(byte next) {
        if (next < 0) {
            checkUtf8();
        } else if (next < ' ') {
            throw error("expected no control character in a string");
        }
    }

    /** Collects a string from its first escape on, byte by byte: the slow path. */
    private int unescaped(int start) {
        int size = at - start;
        reserve(size + 16);
        System.arraycopy(bytes, start, utf8, 0, size);
        while (at < bytes.length) {
            byte next = bytes[at];
            if (next == '"') {
                at++;
                return size;
            }
            checkLetter(next);
            at++;
            reserve(size + 4);
            if (next == '\\') {
                size = append(escape(), size);
            } else {
                utf8[size++] = next;
            }
        }
        throw error("expected the end of a string");
    }

    /** Returns the code point behind a backslash. */
    private int escape() {
        byte kind = at < bytes.length ? bytes[at++] : 0;
        return switch (kind) {
            case '"', '\\', '/' -> kind;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> {
                int first = hexadecimal();
                if (!Character.isSurrogate((char) first)) {
                    yield first;
                }
                int back = at;
                int second = skipByte('\\') && skipByte('u') ? hexadecimal() : 0;
                if (Character.isSurrogatePair((char) first, (char) second)) {
                    yield Character.toCodePoint((char) first, (char) second);
                }
                if (strict) {
                    throw complaint.apply("it escapes half a character at byte " + at);
                }
                at = back;
                yield first;
            }
            default -> throw error("expected a known escape in a string");
        };
    }

    private int hexadecimal() {
        int value = 0;
        for (int i = 0; i < 4; i++) {
            int digit = at < bytes.length ? Character.digit(bytes[at], 16) : -1;
            if (digit < 0) {
                throw error("expected four hexadecimal digits");
            }
            at++;
            value = value << 4 | digit;
        }
        return value;
    }

    private int append(int codePoint, int size) {
        if (codePoint < 0x80) {
            utf8[size++] = (byte) codePoint;
        } else if (codePoint < 0x800) {
            utf8[size++] = (byte) (0xC0 | codePoint >> 6);
            utf8[size++] = (byte) (0x80 | codePoint & 0x3F);
        } else {
            byte[] encoded = Character.toString(codePoint).getBytes(StandardCharsets.UTF_8);
            for (byte b : encoded) {
                utf8[size++] = b;
            }
        }
        return size;
    }

    /** Passes a number and returns its text. */
    public String number() {
        peek();
        int start = at;
        passNumber();
        return new String(bytes, start, at - start, StandardCharsets.ISO_8859_1);
    }

    /** Passes a number; returns whether it has neither fraction nor exponent. */
    private boolean passNumber() {
        skipByte('-');
        if (!skipByte('0')) {
            skipDigits();
        }
        int end = at;
        if (skipByte('.')) {
            skipDigits();
        }
        if (skipByte('e') || skipByte('E')) {
            if (!skipByte('+')) {
                skipByte('-');
            }
            skipDigits();
        }
        return at == end;
    }

    /** Passes a whole number; -1 if the next value is anything else or negative. */
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

    private boolean skipByte(char expected) {
        boolean found = at < bytes.length && bytes[at] == expected;
        if (found) {
            at++;
        }
        return found;
    }

    private void skipDigits() {
        int start = at;
        while (at < bytes.length && bytes[at] >= '0' && bytes[at] <= '9') {
            at++;
        }
        if (at == start) {
            throw error("expected a value");
        }
    }

    /** Passes a word, such as {@code null}. */
    public void word(String word) {
        peek();
        for (int i = 0; i < word.length(); i++) {
            if (!skipByte(word.charAt(i))) {
                throw error("expected '" + word + "'");
            }
        }
    }

    /** Passes a value of any kind. */
    public void skipValue() {
        switch (peek()) {
            case '{' -> {
                descend('{', DEEPEST_SKIPPED);
                for (boolean first = true; hasNext(first, '}'); first = false) {
                    name();
                    skipValue();
                }
                depth--;
            }
            case '[' -> {
                descend('[', DEEPEST_SKIPPED);
                for (boolean first = true; hasNext(first, ']'); first = false) {
                    skipValue();
                }
                depth--;
            }
            case '"' -> string();
            case 't' -> word("true");
            case 'f' -> word("false");
            case 'n' -> word("null");
            default -> number();
        }
    }

    /** Reads a value of any kind. */
    public JsonValue value() {
        return switch (peek()) {
            case '{' -> object();
            case '[' -> array();
            case '"' -> new JsonValue(string());
            case 't' -> {
                word("true");
                yield new JsonValue(Boolean.TRUE);
            }
            case 'f' -> {
                word("false");
                yield new JsonValue(Boolean.FALSE);
            }
            case 'n' -> {
                word("null");
                yield new JsonValue(null);
            }
            default -> new JsonValue(numberValue());
        };
    }

    private Number numberValue() {
        int start = at;
        boolean whole = passNumber();
        String digits = new String(bytes, start, at - start, StandardCharsets.ISO_8859_1);
        if (whole && digits.length() < 19) {
            return Long.parseLong(digits);
        }
        return Double.parseDouble(digits);
    }

    private JsonValue document() {
        JsonValue value = value();
        end();
        return value;
    }

    private JsonValue object() {
        descend('{', DEEPEST_TREE);
        Map<String, JsonValue> fields = new LinkedHashMap<>();
        for (boolean first = true; hasNext(first, '}'); first = false) {
            fields.put(name(), value());
        }
        depth--;
        return new JsonValue(fields);
    }

    private JsonValue array() {
        descend('[', DEEPEST_TREE);
        List<JsonValue> items = new ArrayList<>();
        for (boolean first = true; hasNext(first, ']'); first = false) {
            items.add(value());
        }
        depth--;
        return new JsonValue(items);
    }

    private void descend(char open, int deepest) {
        expect(open);
        if (++depth > deepest) {
            throw strict
                    ? complaint.apply("nested deeper than " + deepest + " levels")
                    : error("expected no more than " + deepest + " levels");
        }
    }

    /** Checks all bytes at the first one that is not ASCII: most headers have none. */
    private void checkUtf8() {
        if (validated || !strict) {
            return;
        }
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer left = ByteBuffer.wrap(bytes);
        CharBuffer scratch = CharBuffer.allocate(4096);
        while (true) {
            var result = decoder.decode(left, scratch.clear(), true);
            if (result.isError()) {
                throw complaint.apply("not UTF-8 text at byte " + left.position());
            }
            if (result.isUnderflow()) {
                validated = true;
                return;
            }
        }
    }

    private FoveaException error(String expected) {
        if (strict) {
            return complaint.apply("not valid JSON at byte " + at);
        }
        int line = 1;
        for (int i = 0; i < Math.min(at, bytes.length); i++) {
            if (bytes[i] == '\n') {
                line++;
            }
        }
        return complaint.apply(at >= bytes.length ? "it ends too early" : expected + " in line " + line);
    }
}
