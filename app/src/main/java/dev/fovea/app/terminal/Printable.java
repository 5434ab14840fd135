package dev.fovea.app.terminal;

/**
 * Makes texts of others, such as file names, labels, tensor names and what a model wrote, fit to be printed: control
 * characters would move the cursor, change the terminal's settings or split a record. What cannot be shown is written
 * as an escape: {@code \t}, {@code \n}, {@code \r}, any other as <code>&#92;u001b</code>, the code unit in hexadecimal.
 *
 * <p>Escaped are the control characters of ASCII and Latin-1, line and paragraph separators, and what turns the
 * direction of the text after it (embeddings, overrides and isolates), since that can make a name look like another.
 * Marks of direction, joiners and spaces without width stay: many scripts and emoji are written with them.
 */
final class Printable {

    /**
     * Begins a code of {@link Style}; no text has it, since Unicode leaves it to programs, and what is printed for
     * others has it escaped.
     */
    static final char CODE = '\uFDD0';

    private Printable() {}

    /** Returns a text as one line, fit to be shown at a terminal. */
    static String line(String text) {
        return escaped(text, "");
    }

    /** Returns a text as a field between tabs; backslashes are doubled, so that the text can be restored. */
    static String field(String text) {
        return escaped(text.replace("\\", "\\\\"), "");
    }

    /** Returns a whole text, in which line ends and tabs stay. */
    static String lines(String text) {
        return escaped(text, "\n\t");
    }

    private static String escaped(String text, String kept) {
        StringBuilder escaped = null;
        for (int i = 0; i < text.length(); i++) {
            char letter = text.charAt(i);
            boolean shown = isShown(letter) || kept.indexOf(letter) >= 0;
            if (!shown && escaped == null) {
                escaped = new StringBuilder(text.length() + 16).append(text, 0, i);
            }
            if (escaped != null) {
                escaped.append(shown ? String.valueOf(letter) : escape(letter));
            }
        }
        return escaped == null ? text : escaped.toString();
    }

    private static String escape(char letter) {
        return switch (letter) {
            case '\t' -> "\\t";
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            default -> String.format("\\u%04x", (int) letter);
        };
    }

    private static boolean isShown(char letter) {
        if (letter < 0x7F) {
            return letter >= ' ';
        }
        boolean separator = letter == 0x2028 || letter == 0x2029;
        boolean turns = letter >= 0x202A && letter <= 0x202E || letter >= 0x2066 && letter <= 0x2069;
        boolean ours = letter >= 0xFDD0 && letter <= 0xFDEF;
        return letter >= 0xA0 && !separator && !turns && !ours;
    }
}
