package dev.fovea.models.tokenizer;

/** Handles text as the reference does in Python, whose white space is not Java's. */
public final class PythonText {
    private PythonText() {}

    /**
     * Returns {@code str.isspace()} of one character, which equals {@code \s} of {@code re}: four separators count that
     * Unicode does not.
     */
    public static boolean isSpace(char c) {
        return c >= 0x1C && c <= 0x1F || ReferenceUnicode.isSpace(c);
    }

    /** Returns the first index from {@code from} on that is not white space, at most {@code to}. */
    public static int skipSpaces(String text, int from, int to) {
        int at = from;
        while (at < to && isSpace(text.charAt(at))) {
            at++;
        }
        return at;
    }

    /** Returns one past the last index before {@code to} that is not white space, at least {@code from}. */
    public static int skipSpacesBack(String text, int from, int to) {
        int at = to;
        while (at > from && isSpace(text.charAt(at - 1))) {
            at--;
        }
        return at;
    }

    /** Returns {@code str.strip()}. */
    public static String strip(String text) {
        int from = skipSpaces(text, 0, text.length());
        return text.substring(from, skipSpacesBack(text, from, text.length()));
    }

    /** Returns {@code str.encode("ascii", "ignore")}: other characters are left out. */
    public static String ascii(String text) {
        StringBuilder kept = new StringBuilder(text.length());
        text.chars().filter(c -> c < 128).forEach(c -> kept.append((char) c));
        return kept.toString();
    }
}
