package dev.fovea.models.sheet;

/** Makes texts fit for XML and HTML. */
public final class Markup {

    private Markup() {}

    /** Returns a text fit to stand between tags and in quotes; characters that XML has no place for become U+FFFD. */
    public static String escape(String text) {
        StringBuilder escaped = new StringBuilder(text.length() + 16);
        text.codePoints().forEach(letter -> {
            switch (letter) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                case '\'' -> escaped.append("&#39;");
                default -> escaped.appendCodePoint(isAllowed(letter) ? letter : 0xFFFD);
            }
        });
        return escaped.toString();
    }

    private static boolean isAllowed(int letter) {
        return letter >= ' ' && letter < 0xD800
                || letter >= 0xE000 && letter < 0xFFFE
                || letter > 0xFFFF
                || letter == '\t'
                || letter == '\n'
                || letter == '\r';
    }
}
