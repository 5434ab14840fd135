package dev.fovea.models.tokenizer;

import java.util.List;
import java.util.Locale;

/**
 * What is done to a text as a whole before a tokenizer of transformers reads it, where the model's authors do so:
 * open_clip's ways, which {@code fovea convert} writes into {@code tokenizer_config.json} as {@code clean} ({@code
 * get_clean_fn} in {@code open_clip/tokenizer.py}). What it repairs even before that, mojibake and entities of HTML, is
 * not done.
 */
final class TextCleaning {
    private TextCleaning() {}

    /** Reads the way. */
    static Normalizer of(TokenizerSettings settings) {
        return switch (settings.text("clean", "")) {
            case "" -> Normalizer.none();
            case "whitespace" -> TextCleaning::singleSpaces;
            case "lower" -> text -> singleSpaces(text).toLowerCase(Locale.ROOT);
            case "canonicalize" -> TextCleaning::canonicalize;
            default -> throw settings.wrong("clean", List.of("canonicalize", "lower", "whitespace"));
        };
    }

    /** Returns {@code " ".join(text.split())} of Python. */
    private static String singleSpaces(String text) {
        StringBuilder result = new StringBuilder(text.length());
        int at = PythonText.skipSpaces(text, 0, text.length());
        while (at < text.length()) {
            char c = text.charAt(at);
            if (PythonText.isSpace(c)) {
                at = PythonText.skipSpaces(text, at, text.length());
                if (at < text.length()) result.append(' ');
            } else {
                result.append(c);
                at++;
            }
        }
        return result.toString();
    }

    /** Returns a plain text in lower case, with a space for {@code _}. */
    private static String canonicalize(String text) {
        return plain(text.replace('_', ' ')).toLowerCase(Locale.ROOT);
    }

    /** Returns a text without the punctuation of ASCII, with single spaces and none around. */
    static String plain(String text) {
        StringBuilder kept = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean punctuation = c > ' ' && c < 0x7F && !Character.isLetterOrDigit(c);
            if (!punctuation) kept.append(c);
        }
        return singleSpaces(kept.toString());
    }
}
