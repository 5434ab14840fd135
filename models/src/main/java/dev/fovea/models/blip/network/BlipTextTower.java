package dev.fovea.models.blip.network;

import dev.fovea.models.nn.KeyValueCache;
import dev.fovea.models.nn.Parameters;
import dev.fovea.models.nn.TokenIds;
import dev.fovea.models.nn.TransformerShape;
import dev.fovea.models.nn.TransformerStack;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import java.util.List;

/**
 * BERT with cross-attention in every block (Li et al. 2022, figure 2; {@code BlipTextModel} of transformers): a text
 * encoder, with or without a picture to attend to, or the body of a decoder. There are no token types and no pooler.
 */
public final class BlipTextTower {

    private final Backend backend;
    private final String name;
    private final Weight.Embedding words;
    private final Weight.Embedding positions;
    private final LayerNorm norm;
    private final TransformerStack blocks;

    /**
     * Takes the weights.
     *
     * @param tower the level that holds {@code embeddings} and {@code encoder}
     * @param shape sizes and mask
     * @param sourceSize channels of the states that the text attends to, 0 if the checkpoint has no cross-attention
     */
    BlipTextTower(Parameters tower, BlipConfig.Text text, TransformerShape shape, int sourceSize) {
        int hidden = shape.hiddenSize();
        backend = tower.backend();
        name = tower.weights().path();
        words = tower.embedding("embeddings.word_embeddings", text.vocabularySize(), hidden);
        positions = tower.embedding("embeddings.position_embeddings", text.positions(), hidden);
        norm = tower.layerNorm("embeddings.LayerNorm", hidden, shape.epsilon());
        blocks = sourceSize == 0
                ? TransformerStack.encoder(tower, "encoder.layer", shape, BlipNames.TEXT_BLOCK)
                : TransformerStack.decoder(tower, "encoder.layer", shape, BlipNames.TEXT_BLOCK, sourceSize);
    }

    /** Embeds tokens as the blocks read them, {@code norm(words[id] + positions[at])}: {@code [tokens, hidden]}. */
    private Tensor embed(int[] ids, int[] at) {
        return backend.scoped("embeddings", () -> {
            Tensor sum = backend.add(backend.embedding(words, ids), backend.embedding(positions, at));
            return backend.layerNorm(sum, norm);
        });
    }

    /** Encodes texts alone: {@code [tokens, hidden]}, text after text. */
    public Tensor encode(List<int[]> texts) {
        return backend.scoped(
                name,
                () -> blocks.apply(embed(TokenIds.joined(texts), TokenIds.positions(texts)), TokenIds.segments(texts)));
    }

    /**
     * Encodes texts that attend to pictures.
     *
     * @param texts those about the first picture first
     * @param textsOfPicture number of texts about each picture
     * @param states of the pictures, {@code [state rows, state size]}
     * @param pictures every picture's rows there
     * @return {@code [tokens, hidden]}, text after text
     */
    public Tensor encode(List<int[]> texts, int[] textsOfPicture, Tensor states, Segments pictures) {
        int[] tokens = new int[textsOfPicture.length];
        int text = 0;
        for (int picture = 0; picture < tokens.length; picture++) {
            for (int i = 0; i < textsOfPicture[picture]; i++) {
                tokens[picture] += texts.get(text++).length;
            }
        }
        return backend.scoped(
                name,
                () -> blocks.apply(
                        embed(TokenIds.joined(texts), TokenIds.positions(texts)),
                        TokenIds.segments(texts),
                        states,
                        pictures,
                        Segments.ofLengths(tokens)));
    }

    /** Makes an empty cache for sequences that attend to states; see {@link TransformerStack#cache}. */
    KeyValueCache cache(Tensor states, Segments pictures, int capacity) {
        List<Tensor> keysValues = backend.scoped(name, () -> blocks.sourceKeysValues(states));
        return blocks.cache(keysValues, pictures, capacity);
    }

    /**
     * Reads the next tokens of a cache's sequences.
     *
     * @param ids the new tokens, sequence after sequence
     * @param at their positions, as {@link KeyValueCache#advance} returned them
     * @return {@code [new tokens, hidden]}
     */
    Tensor extend(int[] ids, int[] at, KeyValueCache cache) {
        return backend.scoped(name, () -> blocks.apply(embed(ids, at), cache));
    }
}
