package dev.fovea.models.decoding;

import dev.fovea.models.generation.GenerationOptions;
import java.util.Arrays;
import java.util.List;

/**
 * Forbids or favours tokens: transformers' logits processors, in the order in which they apply there. In greedy search
 * and sampling they work on logits, in beam search on logarithms of probabilities.
 */
final class TokenRules {

    private static final float NEVER = Float.NEGATIVE_INFINITY;

    private final GenerationOptions options;
    private final int[] endTokens;
    private final int promptLength;
    private final int longest;
    private final int shortest;
    private final List<int[]> badWords;

    /**
     * Makes the rules.
     *
     * @param endTokens any of them ends a sequence
     * @param longest the most tokens of a sequence, prompt included
     */
    TokenRules(GenerationOptions options, int[] endTokens, int promptLength, int longest) {
        this.options = options;
        this.endTokens = endTokens;
        this.promptLength = promptLength;
        this.longest = longest;
        this.shortest = options.minNewTokens() > 0 ? promptLength + options.minNewTokens() : options.minLength();
        this.badWords = options.badWords().stream()
                .map(word -> word.stream().mapToInt(Integer::intValue).toArray())
                .toList();
    }

    int longest() {
        return longest;
    }

    int promptLength() {
        return promptLength;
    }

    boolean isEnd(int token) {
        for (int end : endTokens) {
            if (end == token) {
                return true;
            }
        }
        return false;
    }

    int endTokenCount() {
        return endTokens.length;
    }

    /**
     * Applies all rules.
     *
     * @param sequence the tokens so far, in the first {@code length} places
     * @param scores of every token of the vocabulary
     */
    void apply(int[] sequence, int length, float[] scores) {
        if (options.repetitionPenalty() != 1) {
            penalizeRepetition(sequence, length, scores);
        }
        if (options.noRepeatNgramSize() > 0) {
            forbidRepeatedNgrams(sequence, length, scores);
        }
        for (int[] word : badWords) {
            forbidWord(word, sequence, length, scores);
        }
        if (length < shortest) {
            for (int end : endTokens) {
                forbid(end, scores);
            }
        }
        if (options.forcedFirst().isPresent() && length == 1) {
            force(scores, options.forcedFirst().getAsInt());
        }
        if (options.forcedLast().isPresent() && length == longest - 1) {
            force(scores, options.forcedLast().getAsInt());
        }
        options.suppressed().forEach(token -> forbid(token, scores));
        if (length == suppressedLength()) {
            options.suppressedFirst().forEach(token -> forbid(token, scores));
        }
    }

    /**
     * Returns the length at which the first chosen token is suppressed: a token that is forced to come first does not
     * count as chosen.
     */
    private int suppressedLength() {
        return promptLength == 1 && options.forcedFirst().isPresent() ? 2 : promptLength;
    }

    /**
     * Makes tokens that occurred less likely, once for every token, however often it occurs. A score beyond a float
     * becomes the largest float.
     */
    private void penalizeRepetition(int[] sequence, int length, float[] scores) {
        float narrow = (float) options.repetitionPenalty();
        double penalty = narrow == 0 || Float.isInfinite(narrow) ? options.repetitionPenalty() : narrow;
        int[] seen = Arrays.copyOf(sequence, length);
        Arrays.sort(seen);
        for (int i = 0; i < length; i++) {
            int token = seen[i];
            if (token < scores.length && scores[token] != NEVER && (i == 0 || token != seen[i - 1])) {
                double score = scores[token] < 0 ? scores[token] * penalty : scores[token] / penalty;
                scores[token] = (float) Math.clamp(score, -Float.MAX_VALUE, Float.MAX_VALUE);
            }
        }
    }

    /** Forbids what followed an earlier occurrence of the last n - 1 tokens. */
    private void forbidRepeatedNgrams(int[] sequence, int length, float[] scores) {
        int before = options.noRepeatNgramSize() - 1;
        for (int start = 0; start + before < length; start++) {
            if (Arrays.equals(sequence, start, start + before, sequence, length - before, length)) {
                forbid(sequence[start + before], scores);
            }
        }
    }

    private void forbidWord(int[] word, int[] sequence, int length, float[] scores) {
        int before = word.length - 1;
        boolean endsText = word.length == 1 && isEnd(word[0]);
        if (!endsText && before <= length && Arrays.equals(word, 0, before, sequence, length - before, length)) {
            forbid(word[before], scores);
        }
    }

    private static void forbid(int token, float[] scores) {
        if (token >= 0 && token < scores.length) {
            scores[token] = NEVER;
        }
    }

    private static void force(float[] scores, int token) {
        Arrays.fill(scores, NEVER);
        scores[token] = 0;
    }
}
