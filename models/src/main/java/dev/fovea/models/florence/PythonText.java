package dev.fovea.models.florence;

/** What the reference does with text in Python, where Java has other ideas of white space. */
final class PythonText {
    private PythonText() {}

    /** {@code str.isspace()} of one character, the same as {@code \s} of {@code re}. */
    static boolean isSpace(char c) {
        if (c <= ' ') {
            return c >= '\t' && c <= '\r' || c >= 0x1C;
        }
        return c == 0x85
                || c == 0xA0
                || c == 0x1680
                || c >= 0x2000 && c <= 0x200A
                || c == 0x2028
                || c == 0x2029
                || c == 0x202F
                || c == 0x205F
                || c == 0x3000;
    }

    /** The first place from {@code from} on that is not white space, at most {@code to}. */
    static int skipSpaces(String text, int from, int to) {
        int at = from;
        while (at < to && isSpace(text.charAt(at))) {
            at++;
        }
        return at;
    }

    /** One past the last place before {@code to} that is not white space, at least {@code from}. */
    static int skipSpacesBack(String text, int from, int to) {
        int at = to;
        while (at > from && isSpace(text.charAt(at - 1))) {
            at--;
        }
        return at;
    }

    /** {@code str.strip()}. */
    static String strip(String text) {
        int from = skipSpaces(text, 0, text.length());
        return text.substring(from, skipSpacesBack(text, from, text.length()));
    }

    /** {@code str.encode("ascii", "ignore")}: other characters are left out. */
    static String ascii(String text) {
        StringBuilder kept = new StringBuilder(text.length());
        text.chars().filter(c -> c < 128).forEach(c -> kept.append((char) c));
        return kept.toString();
    }
}
