package dev.fovea.models.tokenizer;

/** Looks at text as UTF-8. */
final class Utf8 {
    private Utf8() {}

    /** Returns how many bytes a character has, by the first of them. */
    static int length(byte first) {
        int b = first & 0xFF;
        return b < 0xC0 ? 1 : b < 0xE0 ? 2 : b < 0xF0 ? 3 : 4;
    }
}
