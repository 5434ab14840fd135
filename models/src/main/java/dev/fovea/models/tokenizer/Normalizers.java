package dev.fovea.models.tokenizer;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer.Form;
import java.util.function.IntPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The cleaning steps that {@code tokenizer.json} knows, with the reference's Unicode tables ({@link ReferenceUnicode}).
 */
final class Normalizers {
    /**
     * The first combining character. Everything below is its own NFC form, and nothing below composes with what follows
     * unless that is above.
     */
    private static final char FIRST_COMBINING = 0x300;

    /** Most bytes of a grapheme that is replaced as a whole. */
    private static final int LONGEST_WHOLE = 5;

    private static final Pattern GRAPHEME = Pattern.compile("\\X", Pattern.DOTALL);

    private Normalizers() {}

    /**
     * Returns a step that applies a Unicode normal form. Characters that the reference's tables lack split the text:
     * they neither compose nor reorder.
     */
    static Normalizer form(Form form) {
        boolean composed = form == Form.NFC;
        boolean compatible = form == Form.NFKC || form == Form.NFKD;
        return text -> {
            char limit = composed ? FIRST_COMBINING : 0x80;
            int i = 0;
            while (i < text.length() && text.charAt(i) < limit) i++;
            if (i == text.length()) return text;
            StringBuilder result = null;
            int start = 0;
            for (; i < text.length(); ) {
                int codePoint = text.codePointAt(i);
                int next = i + Character.charCount(codePoint);
                if (ReferenceUnicode.isInert(codePoint)
                        || compatible && ReferenceUnicode.isWithoutCompatibleForm(codePoint)) {
                    if (result == null) result = new StringBuilder();
                    result.append(java.text.Normalizer.normalize(text.substring(start, i), form));
                    result.appendCodePoint(codePoint);
                    start = next;
                }
                i = next;
            }
            String rest = java.text.Normalizer.normalize(text.substring(start), form);
            return result == null ? rest : result.append(rest).toString();
        };
    }

    /**
     * Returns a step that replaces characters as a SentencePiece model says, in the way of {@code Precompiled} of
     * Hugging Face's tokenizers, which is not SentencePiece's: a grapheme of less than six bytes that begins with a key
     * becomes the replacement of its shortest one as a whole, and in any other each character is looked up by itself.
     */
    static Normalizer precompiled(CharacterMap replacements) {
        return text -> {
            StringBuilder result = new StringBuilder(text.length());
            Matcher grapheme = GRAPHEME.matcher(text);
            while (grapheme.find()) {
                if (!replaced(grapheme.group(), LONGEST_WHOLE, replacements, result)) {
                    grapheme.group().codePoints().forEach(c -> {
                        String character = Character.toString(c);
                        if (!replaced(character, Integer.MAX_VALUE, replacements, result)) result.append(character);
                    });
                }
            }
            return result.toString();
        };
    }

    /** Appends the replacement of what a text begins with, if it has one. */
    private static boolean replaced(String text, int longest, CharacterMap replacements, StringBuilder result) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > longest) return false;
        CharacterMap.Match match = replacements.shortest(bytes, 0, bytes.length);
        if (match.length() > 0) result.append(new String(match.replacement(), StandardCharsets.UTF_8));
        return match.length() > 0;
    }

    /** Converts a text to lower case, each character by itself. */
    static String lowercase(String text) {
        int i = 0;
        while (i < text.length() && text.charAt(i) < 128 && (text.charAt(i) < 'A' || text.charAt(i) > 'Z')) i++;
        if (i == text.length()) return text;
        StringBuilder result = new StringBuilder(text.length() + 2).append(text, 0, i);
        for (; i < text.length(); ) {
            int codePoint = text.codePointAt(i);
            if (codePoint == 'İ') result.append("i\u0307");
            else result.appendCodePoint(ReferenceUnicode.toLowerCase(codePoint));
            i += Character.charCount(codePoint);
        }
        return result.toString();
    }

    /** Returns a step that replaces every run of white space by {@code content}: {@code Replace(Regex("\s+"))}. */
    static Normalizer replaceSpaces(String content) {
        return text -> {
            boolean changes = false;
            for (int i = 0; i < text.length() && !changes; i++) {
                // White space is never outside the first plane.
                if (!ReferenceUnicode.isSpace(text.charAt(i))) continue;
                boolean run = i + 1 < text.length() && ReferenceUnicode.isSpace(text.charAt(i + 1));
                changes = run || !content.equals(String.valueOf(text.charAt(i)));
            }
            if (!changes) return text;
            StringBuilder result = new StringBuilder(text.length());
            for (int i = 0; i < text.length(); i++) {
                if (!ReferenceUnicode.isSpace(text.charAt(i))) result.append(text.charAt(i));
                else if (i == 0 || !ReferenceUnicode.isSpace(text.charAt(i - 1))) result.append(content);
            }
            return result.toString();
        };
    }

    /** Returns a step that removes white space at the start, the end or both. */
    static Normalizer strip(boolean left, boolean right) {
        return text -> {
            int from = 0;
            int to = text.length();
            while (left && from < to && ReferenceUnicode.isSpace(text.charAt(from))) from++;
            while (right && to > from && ReferenceUnicode.isSpace(text.charAt(to - 1))) to--;
            return text.substring(from, to);
        };
    }

    /**
     * Returns BERT's cleaning: controls removed and white space made plain, ideographs separated by spaces, accents
     * dropped, lower case; each as asked for.
     */
    static Normalizer bert(boolean clean, boolean separateIdeographs, boolean stripAccents, boolean lowercase) {
        Normalizer decompose = form(Form.NFD);
        return text -> {
            String result = text;
            if (clean) result = cleaned(result);
            if (separateIdeographs) result = separated(result);
            if (stripAccents) {
                result = without(decompose.normalize(result), ReferenceUnicode::isNonspacingMark);
            }
            return lowercase ? lowercase(result) : result;
        };
    }

    private static String cleaned(String text) {
        StringBuilder result = new StringBuilder(text.length());
        text.codePoints().forEach(codePoint -> {
            if (codePoint == 0xFFFD || ReferenceUnicode.isControl(codePoint)) return;
            result.appendCodePoint(ReferenceUnicode.isSpace(codePoint) ? ' ' : codePoint);
        });
        return result.toString();
    }

    private static String separated(String text) {
        StringBuilder result = new StringBuilder(text.length());
        text.codePoints().forEach(codePoint -> {
            if (isIdeograph(codePoint))
                result.append(' ').appendCodePoint(codePoint).append(' ');
            else result.appendCodePoint(codePoint);
        });
        return result.toString();
    }

    /**
     * Returns whether a character is in the reference's blocks of ideographs, whose 0x2B920 was meant to be 0x2B820.
     */
    private static boolean isIdeograph(int c) {
        if (c < 0x3400) return false;
        return c >= 0x4E00 && c <= 0x9FFF
                || c <= 0x4DBF
                || c >= 0x20000 && c <= 0x2A6DF
                || c >= 0x2A700 && c <= 0x2B81F
                || c >= 0x2B920 && c <= 0x2CEAF
                || c >= 0xF900 && c <= 0xFAFF
                || c >= 0x2F800 && c <= 0x2FA1F;
    }

    private static String without(String text, IntPredicate dropped) {
        StringBuilder result = new StringBuilder(text.length());
        text.codePoints().filter(c -> !dropped.test(c)).forEach(result::appendCodePoint);
        return result.toString();
    }
}
