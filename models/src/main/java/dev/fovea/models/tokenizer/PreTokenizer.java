package dev.fovea.models.tokenizer;

import java.util.List;
import java.util.function.Consumer;

/**
 * The second step of a tokenizer: cleaned text to the pieces that the model looks up alone. Implementations are
 * immutable.
 */
@FunctionalInterface
interface PreTokenizer {
    /** Hands every piece of {@code text}, in order, to {@code pieces}; empty pieces are not handed on. */
    void split(String text, Consumer<String> pieces);

    /** The text as one piece. */
    static PreTokenizer none() {
        return (text, pieces) -> {
            if (!text.isEmpty()) pieces.accept(text);
        };
    }

    /** Each step splits what the one before it gave. */
    static PreTokenizer sequence(List<PreTokenizer> steps) {
        PreTokenizer chain = steps.getLast();
        for (int i = steps.size() - 2; i >= 0; i--) {
            PreTokenizer first = steps.get(i);
            PreTokenizer rest = chain;
            chain = (text, pieces) -> first.split(text, piece -> rest.split(piece, pieces));
        }
        return chain;
    }
}
