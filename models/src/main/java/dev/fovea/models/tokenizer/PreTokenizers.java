package dev.fovea.models.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The splitting steps that {@code tokenizer.json} knows, besides those of {@link WordSplits}. */
final class PreTokenizers {
    /** Names what happens to the stretches that a pattern matches. */
    enum Behavior {
        REMOVED,
        ISOLATED,
        MERGED_WITH_PREVIOUS,
        MERGED_WITH_NEXT,
        CONTIGUOUS
    }

    private PreTokenizers() {}

    /** Returns GPT-2's step: optionally a space in front, optionally its own split, then bytes as characters. */
    static PreTokenizer byteLevel(boolean addPrefixSpace, boolean split) {
        return (text, pieces) -> {
            if (text.isEmpty()) return;
            String spaced = addPrefixSpace && text.charAt(0) != ' ' ? " " + text : text;
            if (split) WordSplits.gpt2(spaced, piece -> pieces.accept(ByteAlphabet.encode(piece)));
            else pieces.accept(ByteAlphabet.encode(spaced));
        };
    }

    /**
     * Returns SentencePiece's step as Hugging Face's tokenizers have it: a sign takes the place of each space, goes
     * before a text that does not begin with it, and begins each piece.
     *
     * @param prepended whether it goes before a text
     * @param split whether there is a piece for each sign, or one in all
     */
    static PreTokenizer metaspace(String sign, boolean prepended, boolean split) {
        return (text, pieces) -> {
            if (text.isEmpty()) return;
            String marked = text.replace(" ", sign);
            if (prepended && !marked.startsWith(sign)) marked = sign + marked;
            int start = 0;
            for (int next = marked.indexOf(sign, 1); split && next >= 0; next = marked.indexOf(sign, next + 1)) {
                pieces.accept(marked.substring(start, next));
                start = next;
            }
            pieces.accept(marked.substring(start));
        };
    }

    /**
     * Returns a step that splits at a regular expression. The expressions of our models have hand-written code.
     *
     * @param invert whether what does <em>not</em> match is the separator
     */
    static PreTokenizer regex(String expression, Behavior behavior, boolean invert) {
        if (behavior == Behavior.REMOVED && invert) {
            if (expression.equals(WordSplits.CLIP)) return WordSplits.clip(false);
            if (expression.equals(WordSplits.CLIP_SPECIALS + WordSplits.CLIP)) return WordSplits.clip(true);
        }
        if (expression.equals(WordSplits.GPT2)
                && (behavior == Behavior.ISOLATED || behavior == Behavior.REMOVED && invert)) {
            return WordSplits::gpt2;
        }
        return split(Pattern.compile(expression, Pattern.UNICODE_CHARACTER_CLASS), behavior, invert);
    }

    /** A stretch of text and whether it is a separator. */
    private record Stretch(int start, int end, boolean separator) {}

    static PreTokenizer split(Pattern pattern, Behavior behavior, boolean invert) {
        return (text, pieces) -> {
            List<Stretch> stretches = new ArrayList<>();
            Matcher matcher = pattern.matcher(text);
            int start = 0;
            while (matcher.find()) {
                if (matcher.start() > start) stretches.add(new Stretch(start, matcher.start(), invert));
                if (matcher.end() > matcher.start())
                    stretches.add(new Stretch(matcher.start(), matcher.end(), !invert));
                start = matcher.end();
            }
            if (start < text.length()) stretches.add(new Stretch(start, text.length(), invert));
            for (Stretch stretch : joined(stretches, behavior)) {
                if (behavior == Behavior.REMOVED && stretch.separator) continue;
                pieces.accept(text.substring(stretch.start, stretch.end));
            }
        };
    }

    private static List<Stretch> joined(List<Stretch> stretches, Behavior behavior) {
        if (behavior == Behavior.REMOVED || behavior == Behavior.ISOLATED) return stretches;
        List<Stretch> result = new ArrayList<>();
        boolean previous = false;
        for (Stretch stretch : stretches) {
            boolean join = switch (behavior) {
                case CONTIGUOUS -> stretch.separator == previous;
                case MERGED_WITH_PREVIOUS -> stretch.separator && !previous;
                default -> previous && !stretch.separator;
            };
            previous = stretch.separator;
            if (join && !result.isEmpty()) {
                Stretch last = result.removeLast();
                result.add(new Stretch(last.start, stretch.end, stretch.separator));
            } else {
                result.add(stretch);
            }
        }
        return result;
    }
}
