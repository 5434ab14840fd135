package dev.fovea.models.decoding;

import dev.fovea.models.generation.Generation.Sequence;
import java.util.List;

/** How the next tokens of one picture's sequences are chosen. */
interface Search {

    /** Sequences that go on; 0 when the search is over. At first one, the prompt. */
    int live();

    /**
     * Chooses the next tokens.
     *
     * @param logits scores of the tokens that may follow each live sequence; may be overwritten
     */
    void choose(float[][] logits);

    /** Which of the sequences before the last choice a live sequence goes on. */
    int parent(int sequence);

    /** The last token of a live sequence. */
    int lastToken(int sequence);

    /** The live sequences, the best first. */
    List<Sequence> unfinished();

    /** The finished sequences so far, the best first. */
    List<Sequence> finished();
}
