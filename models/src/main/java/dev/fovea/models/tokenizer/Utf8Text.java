package dev.fovea.models.tokenizer;

import java.nio.charset.StandardCharsets;

/**
 * Decodes byte-level tokens to text: their characters are bytes ({@link ByteAlphabet}), the bytes of all of them are
 * UTF-8. A token that holds a character outside the alphabet, as an added token may, stands for its own text.
 *
 * <p>A character's bytes may come from several tokens, and generated ones may be no UTF-8 at all. As in the reference,
 * the longest beginning of a character that is not continued becomes one U+FFFD, and so does any byte that begins none
 * (WHATWG's UTF-8 decoder; Unicode calls it substitution of maximal subparts). Java's own decoder treats surrogates
 * differently.
 */
final class Utf8Text implements Decoder.Text {
    private static final char REPLACEMENT = 0xFFFD;

    private final StringBuilder text = new StringBuilder();
    /** The bits so far of a character that is not complete. */
    private int character;
    /** Number of bytes that the character lacks. */
    private int missing;
    /** Least value of the character's next byte. */
    private int least;

    private int most;

    @Override
    public void add(String token) {
        if (ByteAlphabet.spells(token)) {
            for (int i = 0; i < token.length(); i++) add(ByteAlphabet.byteOf(token.charAt(i)));
        } else {
            for (byte b : token.getBytes(StandardCharsets.UTF_8)) add(b & 0xFF);
        }
    }

    private void add(int b) {
        if (missing > 0 && b >= least && b <= most) {
            character = character << 6 | b & 0x3F;
            missing--;
            least = 0x80;
            most = 0xBF;
            if (missing == 0) text.appendCodePoint(character);
            return;
        }
        if (missing > 0) text.append(REPLACEMENT);
        begin(b);
    }

    private void begin(int b) {
        missing = b < 0xC2 || b > 0xF4 ? 0 : b < 0xE0 ? 1 : b < 0xF0 ? 2 : 3;
        if (missing == 0) {
            text.append(b < 0x80 ? (char) b : REPLACEMENT);
            return;
        }
        character = b & 0x3F >> missing;
        // No longer form than needed, no surrogates, nothing beyond U+10FFFF.
        least = b == 0xE0 ? 0xA0 : b == 0xF0 ? 0x90 : 0x80;
        most = b == 0xED ? 0x9F : b == 0xF4 ? 0x8F : 0xBF;
    }

    @Override
    public String text() {
        return missing > 0 ? text.toString() + REPLACEMENT : text.toString();
    }

    @Override
    public int length() {
        return missing > 0 ? text.length() + 1 : text.length();
    }
}
