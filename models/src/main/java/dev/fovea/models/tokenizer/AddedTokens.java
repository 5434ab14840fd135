package dev.fovea.models.tokenizer;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/**
 * Tokens that are cut out of a text before anything else looks at it, such as {@code <|endoftext|>} or {@code [MASK]}: first the
 * raw ones in the raw text, then, in what is left and cleaned, those that want to be found in cleaned text.
 */
final class AddedTokens {
    /**
     * One such token.
     *
     * @param singleWord only where no word character touches it
     * @param lstrip swallows white space before it
     * @param rstrip swallows white space after it
     * @param normalized is looked for in the cleaned text instead of the raw one
     * @param special is left out of decoded text on request
     */
    record Added(
            String content,
            int id,
            boolean singleWord,
            boolean lstrip,
            boolean rstrip,
            boolean normalized,
            boolean special) {}

    private final List<Added> raw = new ArrayList<>();
    private final List<Added> cleaned = new ArrayList<>();
    private final Map<Integer, Added> byId = new HashMap<>();
    private final Map<String, Integer> ids = new HashMap<>();

    AddedTokens(Iterable<Added> tokens, Normalizer normalizer) {
        for (Added token : tokens) {
            byId.put(token.id, token);
            ids.put(token.content, token.id);
            if (token.content.isEmpty()) continue;
            if (!token.normalized) {
                raw.add(token);
                continue;
            }
            String content = normalizer.normalize(token.content);
            if (content.isEmpty()) continue;
            cleaned.add(
                    new Added(content, token.id, token.singleWord, token.lstrip, token.rstrip, true, token.special));
        }
        Comparator<Added> longestFirst =
                Comparator.comparingInt(token -> -token.content().length());
        raw.sort(longestFirst);
        cleaned.sort(longestFirst);
    }

    /** These and more. */
    AddedTokens with(List<Added> more, Normalizer normalizer) {
        List<Added> all = new ArrayList<>(byId.values());
        all.addAll(more);
        return new AddedTokens(all, normalizer);
    }

    /** One past the largest id; 0 if there are none. */
    int idsEnd() {
        return byId.keySet().stream().mapToInt(id -> id + 1).max().orElse(0);
    }

    /** Hands the ids of added tokens and the cleaned text between them on, in order. */
    void split(String text, Normalizer normalizer, IntConsumer ids, Consumer<String> texts) {
        cut(text, raw, ids, part -> cut(normalizer.normalize(part), cleaned, ids, texts));
    }

    /** Leftmost match first, the longest of those that start at one place. */
    private static void cut(String text, List<Added> tokens, IntConsumer ids, Consumer<String> texts) {
        int start = 0;
        int i = 0;
        while (!tokens.isEmpty() && i < text.length()) {
            Added token = matchAt(text, i, tokens);
            if (token == null) {
                i++;
                continue;
            }
            int from = i;
            int to = i + token.content.length();
            i = to;
            if (token.singleWord && (endsWithWord(text, from) || startsWithWord(text, to))) continue;
            while (token.lstrip && from > start && ReferenceUnicode.isSpace(text.charAt(from - 1))) from--;
            while (token.rstrip && to < text.length() && ReferenceUnicode.isSpace(text.charAt(to))) to++;
            if (from > start) texts.accept(text.substring(start, from));
            ids.accept(token.id);
            start = to;
            i = to;
        }
        if (start < text.length()) texts.accept(start == 0 ? text : text.substring(start));
    }

    private static Added matchAt(String text, int i, List<Added> tokens) {
        char first = text.charAt(i);
        for (Added token : tokens) {
            if (token.content.charAt(0) == first && text.startsWith(token.content, i)) return token;
        }
        return null;
    }

    private static boolean endsWithWord(String text, int end) {
        return end > 0 && isWord(text.codePointBefore(end));
    }

    private static boolean startsWithWord(String text, int start) {
        return start < text.length() && isWord(text.codePointAt(start));
    }

    private static boolean isWord(int codePoint) {
        int type = Character.getType(codePoint);
        return ReferenceUnicode.isLetter(codePoint)
                || type == Character.DECIMAL_DIGIT_NUMBER
                || type == Character.LETTER_NUMBER
                || type == Character.CONNECTOR_PUNCTUATION
                || type == Character.NON_SPACING_MARK
                || type == Character.ENCLOSING_MARK
                || type == Character.COMBINING_SPACING_MARK;
    }

    /** The token of this id, or null. */
    Added at(int id) {
        return byId.get(id);
    }

    /** The id of this token, or null. */
    Integer idOf(String content) {
        return ids.get(content);
    }
}
