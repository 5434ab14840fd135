package dev.fovea.models.tokenizer;

import java.util.function.Consumer;

/**
 * Splits texts as the regular expressions of our models do, by hand-written code. It is several times faster than
 * {@code java.util.regex}, and does not need its stack depth on long runs.
 */
final class WordSplits {
    /** The pattern of GPT-2's byte-level step, built into the reference. */
    static final String GPT2 = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

    /** CLIP's pattern; files carry it with and without its two special tokens in front. */
    static final String CLIP = "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+";

    static final String CLIP_SPECIALS = "<\\|startoftext\\|>|<\\|endoftext\\|>|";
    private static final String START_OF_TEXT = "<|startoftext|>";
    private static final String END_OF_TEXT = "<|endoftext|>";

    private WordSplits() {}

    /**
     * Returns a step that splits as {@link #CLIP} matches: contractions, runs of letters, single numbers, runs of other
     * symbols; white space is dropped.
     */
    static PreTokenizer clip(boolean specials) {
        return (text, pieces) -> {
            int i = 0;
            while (i < text.length()) {
                int codePoint = text.codePointAt(i);
                int end;
                if (codePoint == '<' && specials && text.startsWith(START_OF_TEXT, i)) {
                    end = i + START_OF_TEXT.length();
                } else if (codePoint == '<' && specials && text.startsWith(END_OF_TEXT, i)) {
                    end = i + END_OF_TEXT.length();
                } else {
                    end = codePoint == '\'' ? contraction(text, i) : i;
                    if (end == i) {
                        if (ReferenceUnicode.isLetter(codePoint)) end = letters(text, i);
                        else if (ReferenceUnicode.isNumber(codePoint)) end = i + Character.charCount(codePoint);
                        else end = symbols(text, i);
                    }
                }
                if (end > i) pieces.accept(text.substring(i, end));
                else end = i + Character.charCount(codePoint);
                i = end;
            }
        };
    }

    /** Splits as {@link #GPT2} matches, which is everything. */
    static void gpt2(String text, Consumer<String> pieces) {
        int i = 0;
        while (i < text.length()) {
            int end = gpt2End(text, i);
            pieces.accept(i == 0 && end == text.length() ? text : text.substring(i, end));
            i = end;
        }
    }

    private static int gpt2End(String text, int i) {
        int codePoint = text.codePointAt(i);
        if (codePoint == '\'') {
            int end = contraction(text, i);
            if (end > i) return end;
        }
        int word = codePoint == ' ' && i + 1 < text.length() ? i + 1 : i;
        int first = text.codePointAt(word);
        if (ReferenceUnicode.isLetter(first)) return letters(text, word);
        if (ReferenceUnicode.isNumber(first)) return numbers(text, word);
        if (!ReferenceUnicode.isSpace(first)) return symbols(text, word);
        int end = i;
        while (end < text.length() && ReferenceUnicode.isSpace(text.charAt(end))) end++;
        // The last white space before a word is left for the word.
        return end == text.length() || end == i + 1 ? end : end - 1;
    }

    /** Returns BERT's step: white space separates and is dropped, every punctuation character is a separate piece. */
    static PreTokenizer bert() {
        return (text, pieces) -> {
            int start = 0;
            int i = 0;
            while (i < text.length()) {
                int codePoint = text.codePointAt(i);
                int next = i + Character.charCount(codePoint);
                boolean punctuation = ReferenceUnicode.isPunctuation(codePoint);
                if (punctuation || ReferenceUnicode.isSpace(codePoint)) {
                    if (i > start) pieces.accept(text.substring(start, i));
                    if (punctuation) pieces.accept(text.substring(i, next));
                    start = next;
                }
                i = next;
            }
            if (start < text.length()) pieces.accept(text.substring(start));
        };
    }

    /** Returns the end of 's 't 're 've 'm 'll or 'd at {@code i}, or {@code i} if there is none. */
    private static int contraction(String text, int i) {
        if (i + 1 >= text.length()) return i;
        char first = text.charAt(i + 1);
        if (first == 's' || first == 't' || first == 'm' || first == 'd') return i + 2;
        char second = i + 2 < text.length() ? text.charAt(i + 2) : 0;
        boolean two = (first == 'r' || first == 'v') && second == 'e' || first == 'l' && second == 'l';
        return two ? i + 3 : i;
    }

    private static int letters(String text, int i) {
        while (i < text.length()) {
            int codePoint = text.codePointAt(i);
            if (!ReferenceUnicode.isLetter(codePoint)) break;
            i += Character.charCount(codePoint);
        }
        return i;
    }

    private static int numbers(String text, int i) {
        while (i < text.length()) {
            int codePoint = text.codePointAt(i);
            if (!ReferenceUnicode.isNumber(codePoint)) break;
            i += Character.charCount(codePoint);
        }
        return i;
    }

    private static int symbols(String text, int i) {
        while (i < text.length()) {
            int c = text.codePointAt(i);
            if (ReferenceUnicode.isSpace(c) || ReferenceUnicode.isLetter(c) || ReferenceUnicode.isNumber(c)) break;
            i += Character.charCount(c);
        }
        return i;
    }
}
