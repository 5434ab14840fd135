package dev.fovea.models.florence;

import java.util.List;
import java.util.OptionalDouble;

/**
 * Scores what the model found by its confidence. Florence-2 reports none; available are only the probabilities of the
 * tokens it wrote. The score of a box, quadrilateral or outline is the geometric mean of those of its tokens, of
 * its label and its locations:
 *
 * <pre>
 * score = exp(mean of log p(token | picture, prompt, tokens before it))
 * </pre>
 *
 * <p>It lies from 0 to 1. It ranks the findings of one answer; it is not the probability that one is right, and answers
 * of other tasks, prompts or pictures do not compare. The original code of Florence-2 scores boxes alike but by
 * their locations alone; transformers' own has no scores.
 */
final class TokenScores {

    /** Gives no finding a score. */
    static final TokenScores NONE = new TokenScores(List.of(), new float[0]);

    private final List<Span> tokens;
    private final float[] logProbabilities;

    /**
     * Takes the characters and probabilities of the tokens of a generated text.
     *
     * @param tokens for every token the characters of the text that it stands for; two tokens may share a character
     *     that neither holds as a whole
     * @param logProbabilities for every token the natural logarithm of its probability, given the tokens before it
     */
    TokenScores(List<Span> tokens, float[] logProbabilities) {
        if (tokens.size() != logProbabilities.length) {
            throw new IllegalArgumentException(
                    logProbabilities.length + " probabilities for " + tokens.size() + " tokens");
        }
        this.tokens = List.copyOf(tokens);
        this.logProbabilities = logProbabilities.clone();
    }

    /**
     * Returns the score of a finding by its position in the text; absent if it has no token.
     *
     * @param label the characters of its label
     * @param locations the characters of its locations
     */
    OptionalDouble of(Span label, Span locations) {
        double sum = 0;
        int count = 0;
        for (int i = 0; i < logProbabilities.length; i++) {
            if (tokens.get(i).overlaps(label) || tokens.get(i).overlaps(locations)) {
                sum += logProbabilities[i];
                count++;
            }
        }
        return count == 0 ? OptionalDouble.empty() : OptionalDouble.of(Math.exp(sum / count));
    }
}
