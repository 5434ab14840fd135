package dev.fovea.tensor.safetensors;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads JSON (RFC 8259) piece by piece from UTF-8 bytes and accepts nothing else: no byte order mark, no malformed
 * UTF-8, no half characters, no comments. Memory grows with the strings that are asked for, never with numbers in the
 * text.
 *
 * <p>A general library would do, but loading its classes takes a fresh JVM ten times as long as reading a header.
 */
final class JsonCursor {

    /** Says what made the bytes unreadable; the caller knows the file. */
    static final class Malformed extends Exception {
        Malformed(String reason) {
            super(reason);
        }
    }

    private static final int DEEPEST = 64;

    private final byte[] bytes;
    private int position;
    private boolean validated;

    JsonCursor(byte[] bytes) {
        this.bytes = bytes;
    }

    /** Returns the next byte that is not white space, not passed; 0 at the end. */
    char peek() throws Malformed {
        while (position < bytes.length) {
            byte next = bytes[position];
            if (next != ' ' && next != '\n' && next != '\r' && next != '\t') {
                checkUtf8(next);
                return (char) (next & 0xFF);
            }
            position++;
        }
        return 0;
    }

    /** Passes a character that must come next. */
    void expect(char expected) throws Malformed {
        if (peek() != expected || position == bytes.length) {
            throw notJson();
        }
        position++;
    }

    /** Checks that only white space is left. */
    boolean atEnd() throws Malformed {
        return peek() == 0 && position == bytes.length;
    }

    /**
     * Passes the comma before the next element of an object or array, or the closing bracket. The caller has passed the
     * opening bracket and asks before each element.
     *
     * @return whether there is an element
     */
    boolean hasNext(boolean first, char close) throws Malformed {
        if (peek() == close) {
            position++;
            return false;
        }
        if (!first) {
            expect(',');
        }
        return true;
    }

    /** Passes the name of a member and its colon. */
    String name() throws Malformed {
        String name = string();
        expect(':');
        return name;
    }

    /** Passes a string. */
    String string() throws Malformed {
        expect('"');
        int start = position;
        boolean ascii = true;
        while (position < bytes.length) {
            byte next = bytes[position];
            if (next == '"') {
                int length = position++ - start;
                return new String(bytes, start, length, ascii ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8);
            }
            if (next == '\\') {
                return stringWithEscapes(start);
            }
            if (next < 0) {
                checkUtf8(next);
                ascii = false;
            } else if (next < ' ') {
                throw notJson();
            }
            position++;
        }
        throw notJson();
    }

    /**
     * Returns the text of a number, as the grammar of JSON wants it; the next character is a digit or a minus sign.
     */
    String number() throws Malformed {
        peek();
        int start = position;
        skipByte('-');
        if (!skipByte('0')) {
            skipDigits();
        }
        if (skipByte('.')) {
            skipDigits();
        }
        if (skipByte('e') || skipByte('E')) {
            if (!skipByte('+')) {
                skipByte('-');
            }
            skipDigits();
        }
        return new String(bytes, start, position - start, StandardCharsets.ISO_8859_1);
    }

    /** Passes the word null. */
    void expectNull() throws Malformed {
        word("null");
    }

    /** Passes a value of any kind. */
    void skipValue() throws Malformed {
        skipValue(0);
    }

    private void skipValue(int depth) throws Malformed {
        if (depth > DEEPEST) {
            throw new Malformed("nested deeper than " + DEEPEST + " levels");
        }
        switch (peek()) {
            case '{' -> {
                expect('{');
                for (boolean first = true; hasNext(first, '}'); first = false) {
                    name();
                    skipValue(depth + 1);
                }
            }
            case '[' -> {
                expect('[');
                for (boolean first = true; hasNext(first, ']'); first = false) {
                    skipValue(depth + 1);
                }
            }
            case '"' -> string();
            case 't' -> word("true");
            case 'f' -> word("false");
            case 'n' -> word("null");
            default -> number();
        }
    }

    private void word(String word) throws Malformed {
        peek();
        for (int i = 0; i < word.length(); i++) {
            if (!skipByte(word.charAt(i))) {
                throw notJson();
            }
        }
    }

    private boolean skipByte(char expected) {
        boolean found = position < bytes.length && bytes[position] == expected;
        if (found) {
            position++;
        }
        return found;
    }

    private void skipDigits() throws Malformed {
        int start = position;
        while (position < bytes.length && bytes[position] >= '0' && bytes[position] <= '9') {
            position++;
        }
        if (position == start) {
            throw notJson();
        }
    }

    /** Collects bytes one by one from the first escape on, which is the slow path. */
    private String stringWithEscapes(int start) throws Malformed {
        byte[] text = Arrays.copyOfRange(bytes, start, position + 16);
        int length = position - start;
        while (position < bytes.length) {
            byte next = bytes[position++];
            if (next == '"') {
                return new String(text, 0, length, StandardCharsets.UTF_8);
            }
            checkUtf8(next);
            if (next >= 0 && next < ' ') {
                position--;
                throw notJson();
            }
            if (length + 4 > text.length) {
                text = Arrays.copyOf(text, 2 * text.length);
            }
            if (next == '\\') {
                byte[] unescaped = Character.toString(escape()).getBytes(StandardCharsets.UTF_8);
                System.arraycopy(unescaped, 0, text, length, unescaped.length);
                length += unescaped.length;
            } else {
                text[length++] = next;
            }
        }
        throw notJson();
    }

    /** Returns the code point behind a backslash. */
    private int escape() throws Malformed {
        byte kind = position < bytes.length ? bytes[position++] : 0;
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
                int second = skipByte('\\') && skipByte('u') ? hexadecimal() : 0;
                if (!Character.isSurrogatePair((char) first, (char) second)) {
                    throw new Malformed("it escapes half a character at byte " + position);
                }
                yield Character.toCodePoint((char) first, (char) second);
            }
            default -> throw notJson();
        };
    }

    private int hexadecimal() throws Malformed {
        int value = 0;
        for (int i = 0; i < 4; i++) {
            int digit = position < bytes.length ? Character.digit(bytes[position], 16) : -1;
            if (digit < 0) {
                throw notJson();
            }
            position++;
            value = value << 4 | digit;
        }
        return value;
    }

    /** Checks all bytes at the first one that is not ASCII: most headers have none. */
    private void checkUtf8(byte next) throws Malformed {
        if (next >= 0 || validated) {
            return;
        }
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer left = ByteBuffer.wrap(bytes);
        CharBuffer scratch = CharBuffer.allocate(4096);
        while (true) {
            var result = decoder.decode(left, scratch.clear(), true);
            if (result.isError()) {
                throw new Malformed("not UTF-8 text at byte " + left.position());
            }
            if (result.isUnderflow()) {
                validated = true;
                return;
            }
        }
    }

    private Malformed notJson() {
        return new Malformed("not valid JSON at byte " + position);
    }
}
