package dev.fovea.models.decoding;

import dev.fovea.models.generation.Generation.Sequence;
import dev.fovea.models.generation.GenerationListener.Candidate;
import java.util.List;

/** Chooses the next tokens of one picture's sequences. */
interface Search {

    /** Returns the number of sequences that continue, 0 when the search is over. At first it is one, the prompt. */
    int live();

    /**
     * Chooses the next tokens.
     *
     * @param logits scores of the tokens that may follow each live sequence; may be overwritten
     */
    void choose(float[][] logits);

    /** Keeps what is chosen from, from now on. */
    void keepCandidates();

    /** Returns what was chosen from last; empty unless it is kept. */
    List<Candidate> candidates();

    /** Returns the index, before the last choice, of the sequence that a live sequence continues. */
    int parent(int sequence);

    /** Returns the last token of a live sequence. */
    int lastToken(int sequence);

    /** Returns the live sequences, the best first. */
    List<Sequence> unfinished();

    /** Returns the finished sequences so far, the best first. */
    List<Sequence> finished();
}
