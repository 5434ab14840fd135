package dev.fovea.models.generation;

import dev.fovea.models.generation.Generation.Sequence;
import java.util.List;

/** Looks on while text is generated: to show it as it grows, to draw the beams, to stop. */
@FunctionalInterface
public interface GenerationListener {

    /**
     * Called after every token.
     *
     * @param picture index of the picture within the batch
     * @param live its unfinished sequences with the new token, the best first; scores are sums of logarithms of
     *     probabilities
     * @param finished its finished sequences so far, the best first
     * @return false to stop all work; what there is by then is returned
     */
    boolean tokenAdded(int picture, List<Sequence> live, List<Sequence> finished);

    /** Tells nobody, at no cost. */
    GenerationListener NONE = (picture, live, finished) -> true;

    /**
     * Makes a listener for some of many pictures.
     *
     * @param listener is told of all of them
     * @param first index of the first of them
     */
    static GenerationListener from(int first, GenerationListener listener) {
        return listener == NONE
                ? NONE
                : (picture, live, finished) -> listener.tokenAdded(first + picture, live, finished);
    }
}
