package dev.fovea.models.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The 256 printable characters that stand for bytes in byte-level vocabularies (GPT-2's {@code bytes_to_unicode}):
 * bytes that print keep their character, the other 68 become U+0100, U+0101, ... in order, so a space is {@code Ġ}.
 */
final class ByteAlphabet {
    /** One more than the largest character of the alphabet. */
    static final int SIZE = 0x144;

    private static final char[] CHARACTERS = new char[256];
    private static final short[] BYTES = new short[SIZE];

    static {
        Arrays.fill(BYTES, (short) -1);
        int next = 0x100;
        for (int b = 0; b < 256; b++) {
            boolean prints = b >= 33 && b <= 126 || b >= 161 && b <= 172 || b >= 174;
            CHARACTERS[b] = (char) (prints ? b : next++);
            BYTES[CHARACTERS[b]] = (short) b;
        }
    }

    private ByteAlphabet() {}

    /** Encodes a text's UTF-8 bytes, each as its character. */
    static String encode(String text) {
        boolean same = true;
        for (int i = 0; i < text.length() && same; i++) {
            char c = text.charAt(i);
            same = c >= 33 && c <= 126;
        }
        if (same) return text;
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        char[] characters = new char[bytes.length];
        for (int i = 0; i < bytes.length; i++) characters[i] = CHARACTERS[bytes[i] & 0xFF];
        return new String(characters);
    }

    /** Returns whether all characters of a token stand for bytes. */
    static boolean spells(String token) {
        for (int i = 0; i < token.length(); i++) {
            char c = token.charAt(i);
            if (c >= SIZE || BYTES[c] < 0) return false;
        }
        return true;
    }

    /** Returns the byte, from 0 to 255, that a character of the alphabet stands for. */
    static int byteOf(char c) {
        return BYTES[c];
    }
}
