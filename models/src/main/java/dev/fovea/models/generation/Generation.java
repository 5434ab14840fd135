package dev.fovea.models.generation;

import dev.fovea.models.check.Arguments;
import java.util.Arrays;
import java.util.List;

/**
 * The sequences that were generated about one picture.
 *
 * @param sequences the best first; one unless more were asked for
 * @param stopped whether a listener stopped the work before its end
 */
public record Generation(List<Sequence> sequences, boolean stopped) {

    /** Copies the list. */
    public Generation {
        sequences = List.copyOf(Arguments.present(sequences, "sequences"));
    }

    /**
     * A sequence of tokens.
     *
     * @param tokens ids as transformers' {@code generate} returns them, prompt and end token included, without padding
     * @param score logarithm of the probability of the tokens after the prompt, rules and filters included; in beam
     *     search divided by their number to the power of the length penalty
     * @param logProbabilities of each token, rules and filters included; 0 for those of the prompt
     */
    public record Sequence(int[] tokens, float score, float[] logProbabilities) {

        /** Checks that nothing is missing. */
        public Sequence {
            Arguments.present(tokens, "tokens");
            Arguments.present(logProbabilities, "logProbabilities");
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Sequence sequence
                    && Arrays.equals(tokens, sequence.tokens)
                    && Float.compare(score, sequence.score) == 0
                    && Arrays.equals(logProbabilities, sequence.logProbabilities);
        }

        @Override
        public int hashCode() {
            return 31 * Arrays.hashCode(tokens) + Float.hashCode(score);
        }

        @Override
        public String toString() {
            return "Sequence[tokens=" + Arrays.toString(tokens) + ", score=" + score + "]";
        }
    }

    /** Returns the best sequence. */
    public Sequence best() {
        return sequences.getFirst();
    }
}
