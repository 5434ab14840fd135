package dev.fovea.models.tokenizer;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/**
 * Cuts tokens out of a text before any other step, such as {@code <|endoftext|>} or {@code [MASK]}: first
 * the raw ones in the raw text, then, in the rest after cleaning, those that are to be found in cleaned text.
 */
final class AddedTokens {
    /** A text to search for, which is the token's content as it is or cleaned, and the token that it stands for. */
    private record Pattern(String text, int id, AddedToken token) {}

    private static final int ZERO_WIDTH_NON_JOINER = 0x200C;
    private static final int ZERO_WIDTH_JOINER = 0x200D;

    private final Vocabulary vocabulary;
    private final Normalizer normalizer;
    private final boolean splitSpecial;
    private final List<AddedToken> all;
    private final Map<Integer, AddedToken> byId = new LinkedHashMap<>();
    private final Map<String, Integer> ids = new HashMap<>();
    private final Map<Integer, String> decoded = new HashMap<>();
    private final Set<String> specials = new HashSet<>();
    private final List<Pattern> raw = new ArrayList<>();
    private final List<Pattern> cleaned = new ArrayList<>();

    /**
     * Numbers tokens as the reference does, whatever ids their files give them: one that the vocabulary has keeps its
     * id there, any other gets the next free one, in the order given. Of several with the same content the last one's
     * attributes count.
     *
     * @param splitSpecial whether special tokens in a text are read as ordinary text
     */
    AddedTokens(List<AddedToken> tokens, Vocabulary vocabulary, Normalizer normalizer, boolean splitSpecial) {
        this.vocabulary = vocabulary;
        this.normalizer = normalizer;
        this.splitSpecial = splitSpecial;
        all = List.copyOf(tokens);
        int next = vocabulary.size();
        for (AddedToken token : all) {
            if (token.content().isEmpty()) continue;
            if (token.special()) specials.add(token.content());
            Integer known = idOf(token.content());
            int id = known != null ? known : next;
            next = Math.max(next, id + 1);
            ids.put(token.content(), id);
            byId.put(id, token);
            if (token.normalized()) decoded.put(id, normalizer.normalize(token.content()));
        }
        byId.forEach(this::addPattern);
        Comparator<Pattern> longestFirst =
                Comparator.comparingInt(pattern -> -pattern.text().length());
        raw.sort(longestFirst);
        cleaned.sort(longestFirst);
    }

    private void addPattern(int id, AddedToken token) {
        if (!token.normalized()) {
            raw.add(new Pattern(token.content(), id, token));
            return;
        }
        String content = normalizer.normalize(token.content());
        if (!content.isEmpty()) cleaned.add(new Pattern(content, id, token));
    }

    /** Returns these tokens with some more. */
    AddedTokens with(List<AddedToken> more) {
        List<AddedToken> tokens = new ArrayList<>(all);
        tokens.addAll(more);
        return new AddedTokens(tokens, vocabulary, normalizer, splitSpecial);
    }

    /** Passes on the ids of added tokens and the cleaned text between them, in order. */
    void split(String text, IntConsumer ids, Consumer<String> texts) {
        cut(text, raw, ids, part -> cut(normalizer.normalize(part), cleaned, ids, texts));
    }

    /**
     * Cuts a text at its matches: leftmost first, the longest of those that start at one index. A match may begin in
     * white space that the one before swallowed.
     */
    private void cut(String text, List<Pattern> patterns, IntConsumer ids, Consumer<String> texts) {
        int start = 0;
        int i = 0;
        while (!patterns.isEmpty() && i < text.length()) {
            Pattern pattern = matchAt(text, i, patterns);
            if (pattern == null) {
                i++;
                continue;
            }
            AddedToken token = pattern.token;
            int from = i;
            int to = i + pattern.text.length();
            i = to;
            if (splitSpecial && isSpecial(token.content())) continue;
            if (token.singleWord() && (endsWithWord(text, from) || startsWithWord(text, to))) continue;
            while (token.lstrip() && from > start && ReferenceUnicode.isSpace(text.charAt(from - 1))) from--;
            while (token.rstrip() && to < text.length() && ReferenceUnicode.isSpace(text.charAt(to))) to++;
            if (from > start) texts.accept(text.substring(start, from));
            ids.accept(pattern.id);
            start = to;
        }
        if (start < text.length()) texts.accept(start == 0 ? text : text.substring(start));
    }

    private static Pattern matchAt(String text, int i, List<Pattern> patterns) {
        char first = text.charAt(i);
        for (Pattern pattern : patterns) {
            if (pattern.text.charAt(0) == first && text.startsWith(pattern.text, i)) return pattern;
        }
        return null;
    }

    private static boolean endsWithWord(String text, int end) {
        return end > 0 && isWord(text.codePointBefore(end));
    }

    private static boolean startsWithWord(String text, int start) {
        return start < text.length() && isWord(text.codePointAt(start));
    }

    /** Returns whether {@code \\w} matches a character in the reference's regular expressions. */
    private static boolean isWord(int codePoint) {
        int type = Character.getType(codePoint);
        return ReferenceUnicode.isLetter(codePoint)
                || Character.isAlphabetic(codePoint)
                || type == Character.DECIMAL_DIGIT_NUMBER
                || type == Character.CONNECTOR_PUNCTUATION
                || type == Character.NON_SPACING_MARK
                || type == Character.ENCLOSING_MARK
                || type == Character.COMBINING_SPACING_MARK
                || codePoint == ZERO_WIDTH_NON_JOINER
                || codePoint == ZERO_WIDTH_JOINER;
    }

    /**
     * Returns the text of an added token in decoded text, or null if the id is of no added token. The text is cleaned
     * if the token is looked for in cleaned text, as in the reference since tokenizers 0.23.
     */
    String decoded(int id) {
        AddedToken token = byId.get(id);
        return token == null ? null : decoded.getOrDefault(id, token.content());
    }

    /** Returns whether a token is special, by its content. */
    boolean isSpecial(String content) {
        return specials.contains(content);
    }

    /** Returns the token of this id, or null. */
    AddedToken at(int id) {
        return byId.get(id);
    }

    /** Returns the id of this token, added or of the vocabulary, or null. */
    Integer idOf(String content) {
        Integer added = ids.get(content);
        if (added != null) return added;
        int known = vocabulary.idOf(content);
        return known < 0 ? null : known;
    }
}
