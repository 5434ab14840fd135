package dev.fovea.models.tokenizer;

import java.util.List;
import java.util.function.Consumer;

/**
 * The second step of a tokenizer: splits cleaned text into the pieces that the model encodes one by one.
 * Implementations are immutable.
 */
@FunctionalInterface
interface PreTokenizer {
    /** Passes every piece of {@code text}, in order, to {@code pieces}; empty pieces are left out. */
    void split(String text, Consumer<String> pieces);

    /** Returns a step that keeps the text as one piece. */
    static PreTokenizer none() {
        return (text, pieces) -> {
            if (!text.isEmpty()) pieces.accept(text);
        };
    }

    /** Returns a step in which each of some steps splits the pieces of the one before it. */
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
