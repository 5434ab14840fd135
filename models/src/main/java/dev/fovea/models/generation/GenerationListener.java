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

    /** Ignores every token, at no cost. */
    GenerationListener NONE = (picture, live, finished) -> true;

    /**
     * Makes a listener for a part of many pictures.
     *
     * @param listener is told of all of them
     * @param first index of the first of them
     */
    static GenerationListener from(int first, GenerationListener listener) {
        return Arguments.present(listener, "listener") == NONE
                ? NONE
                : (picture, live, finished) -> listener.tokenAdded(first + picture, live, finished);
    }
}
