package dev.fovea.tensor.safetensors;

/** Names out of files, made fit for a one-line message. */
public final class Text {

    private static final int LONGEST = 120;

    private Text() {}

    /**
     * Returns the name in quotes, control characters and line ends escaped, the middle of a very long one left out.
     */
    public static String quote(String name) {
        String shown = name.length() <= LONGEST
                ? name
                : name.substring(0, LONGEST / 2) + "..." + name.substring(name.length() - LONGEST / 2);
        StringBuilder quoted = new StringBuilder(shown.length() + 2).append('"');
        for (int i = 0; i < shown.length(); i++) {
            char c = shown.charAt(i);
            boolean visible =
                    c >= ' ' && c != 0x7F && c != 0x85 && c != 0x2028 && c != 0x2029 && !Character.isISOControl(c);
            quoted.append(visible ? String.valueOf(c) : String.format("\\u%04x", (int) c));
        }
        return quoted.append('"').toString();
    }

    /** Returns whether this is text at all: JSON escapes can spell halves of characters, which no UTF-8 can hold. */
    static boolean isWellFormed(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                if (i + 1 == text.length() || !Character.isSurrogatePair(text.charAt(i), text.charAt(i + 1))) {
                    return false;
                }
                i++;
            }
        }
        return true;
    }
}
