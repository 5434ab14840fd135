package dev.fovea.models.nn;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import java.util.List;

/** Turns the tokens of texts into vectors, and adds learned positions (Radford et al. 2018, equation 2). */
public final class TokenEmbeddings {

    private final Backend backend;
    private final Weight.Embedding tokens;
    private final Tensor positions;

    /**
     * Takes {@code token_embedding} and {@code position_embedding}.
     *
     * @param vocabularySize number of token ids
     * @param positions the most tokens of a text
     */
    public TokenEmbeddings(Parameters embeddings, int vocabularySize, int positions, int hiddenSize) {
        backend = embeddings.backend();
        tokens = embeddings.embedding("token_embedding", vocabularySize, hiddenSize);
        this.positions = embeddings.constant("position_embedding.weight", positions, hiddenSize);
    }

    /**
     * Embeds texts.
     *
     * @param texts token ids of each
     * @return {@code [tokens, hidden]}, text after text
     */
    public Tensor apply(List<int[]> texts) {
        List<Tensor> places =
                texts.stream().map(text -> positions.rows(0, text.length)).toList();
        return backend.add(backend.embedding(tokens, TokenIds.joined(texts)), backend.concatRows(places));
    }
}
