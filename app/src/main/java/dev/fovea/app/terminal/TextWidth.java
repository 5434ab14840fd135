package dev.fovea.app.terminal;

import java.text.BreakIterator;
import java.util.Locale;

/**
 * Measures how many columns of a terminal a text takes: none for combining marks, two for East Asian wide letters and
 * emoji.
 */
public final class TextWidth {

    private static final int EMOJI_STYLE = 0xFE0F;

    /** First and last code points of the ranges that UAX #11 calls wide or fullwidth, emoji apart. */
    private static final int[] WIDE = {
        0x1100, 0x115F, 0x2E80, 0x303E, 0x3041, 0x33FF, 0x3400, 0x4DBF, 0x4E00, 0x9FFF, 0xA000, 0xA4CF, 0xA960, 0xA97F,
        0xAC00, 0xD7A3, 0xF900, 0xFAFF, 0xFE30, 0xFE6F, 0xFF01, 0xFF60, 0xFFE0, 0xFFE6, 0x16FE0, 0x18DF2, 0x1AFF0,
                0x1B2FB,
        0x20000, 0x3FFFD
    };

    private TextWidth() {}

    /** Returns how many columns a text without line breaks takes. */
    public static int of(String text) {
        if (text.chars().allMatch(letter -> letter >= ' ' && letter < 0x7F)) {
            return text.length(); // the usual case, without loading Unicode's rules for letters
        }
        int width = 0;
        BreakIterator letters = letters(text);
        for (int start = 0, end = letters.next(); end != BreakIterator.DONE; start = end, end = letters.next()) {
            width += ofLetter(text.substring(start, end));
        }
        return width;
    }

    /** Returns the text in exactly this many columns: filled with spaces, or cut and ended with an ellipsis. */
    public static String fit(String text, int columns) {
        int width = of(text);
        if (width <= columns) {
            return text + " ".repeat(columns - width);
        }
        BreakIterator letters = letters(text);
        int kept = 0;
        int used = 0;
        for (int end = letters.next(); end != BreakIterator.DONE; end = letters.next()) {
            int next = ofLetter(text.substring(kept, end));
            if (used + next > columns - 1) {
                break;
            }
            used += next;
            kept = end;
        }
        return text.substring(0, kept) + "…" + " ".repeat(columns - 1 - used);
    }

    private static BreakIterator letters(String text) {
        BreakIterator letters = BreakIterator.getCharacterInstance(Locale.ROOT);
        letters.setText(text);
        return letters;
    }

    /**
     * Returns how many columns one visible letter takes. It may be many code points, an emoji family for one; the
     * widest counts.
     */
    private static int ofLetter(String letter) {
        return letter.codePoints().map(TextWidth::ofCodePoint).max().orElse(0);
    }

    private static int ofCodePoint(int codePoint) {
        if (codePoint == EMOJI_STYLE || Character.isEmojiPresentation(codePoint)) {
            return 2;
        }
        switch (Character.getType(codePoint)) {
            case Character.NON_SPACING_MARK, Character.ENCLOSING_MARK, Character.FORMAT, Character.CONTROL -> {
                return 0;
            }
            default -> {
                for (int i = 0; i < WIDE.length; i += 2) {
                    if (codePoint >= WIDE[i] && codePoint <= WIDE[i + 1]) {
                        return 2;
                    }
                }
                return 1;
            }
        }
    }
}
