package dev.fovea.models.generation;

import dev.fovea.models.check.Arguments;
import dev.fovea.models.generation.Generation.Sequence;
import java.util.List;

/** Receives every token while text is generated: to show the text as it grows, to draw the beams, or to stop. */
@FunctionalInterface
public interface GenerationListener {

    /**
     * Receives the state of a picture's sequences after every token.
     *
     * @param picture index of the picture within the batch
     * @param live its unfinished sequences with the new token, the best first; scores are sums of logarithms of
     *     probabilities
     * @param finished its finished sequences so far, the best first
     * @return false to stop all work; the sequences so far are then returned
     */
    boolean tokenAdded(int picture, List<Sequence> live, List<Sequence> finished);

    /**
     * A continuation that a search has looked at.
     *
     * @param sequence index, before the choice, of the live sequence that it continues
     * @param token its last token
     * @param logProbability of the token after that sequence, rules and filters included
     * @param score sum of the logarithms of probabilities, that of the sequence included
     * @param kept whether it lives on or has finished; the others were rejected
     */
    record Candidate(int sequence, int token, float logProbability, float score, boolean kept) {}

    /** Returns whether {@link #candidates} is to be called; listing them costs a little for every token. */
    default boolean wantsCandidates() {
        return false;
    }

    /**
     * Receives what a search has chosen from, before {@link #tokenAdded}: the {@code K} best continuations of all
     * beams, or without beams the five best of every sequence, and the chosen one if it is none of them. Does nothing
     * unless overridden.
     *
     * @param picture index of the picture within the batch
     * @param candidates those of all sequences, in the order of the search
     */
    default void candidates(int picture, List<Candidate> candidates) {
        Arguments.present(candidates, "candidates");
    }

    /** Ignores every token, at no cost. */
    GenerationListener NONE = (picture, live, finished) -> true;

    /**
     * Makes a listener for a part of many pictures.
     *
     * @param listener is told of all of them
     * @param first index of the first of them
     */
    static GenerationListener from(int first, GenerationListener listener) {
        if (Arguments.present(listener, "listener") == NONE || first == 0) {
            return listener;
        }
        return new GenerationListener() {
            @Override
            public boolean tokenAdded(int picture, List<Sequence> live, List<Sequence> finished) {
                return listener.tokenAdded(first + picture, live, finished);
            }

            @Override
            public boolean wantsCandidates() {
                return listener.wantsCandidates();
            }

            @Override
            public void candidates(int picture, List<Candidate> candidates) {
                listener.candidates(first + picture, candidates);
            }
        };
    }
}
