package dev.fovea.models.blip;

import dev.fovea.models.nn.KeyValueCache;
import dev.fovea.models.nn.Parameters;
import dev.fovea.models.nn.TransformerShape;
import dev.fovea.models.nn.TransformerStack;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * BERT with cross-attention in every block (Li et al. 2022, figure 2; {@code BlipTextModel} of transformers): a text encoder, with or
 * without a picture to look at, or the body of a decoder. There are no token types and no pooler.
 */
final class BlipTextTower {

    private final Backend backend;
    private final String name;
    private final Weight.Embedding words;
    private final Weight.Embedding positions;
    private final LayerNorm norm;
    private final TransformerStack blocks;

    /**
     * @param tower the level that holds {@code embeddings} and {@code encoder}
     * @param shape sizes and mask
     * @param encodedSize channels of what the text looks at, 0 if the checkpoint has no cross-attention
     */
    BlipTextTower(Parameters tower, BlipConfig.Text text, TransformerShape shape, int encodedSize) {
        int hidden = shape.hiddenSize();
        backend = tower.backend();
        name = tower.weights().path();
        words = tower.embedding("embeddings.word_embeddings", text.vocabularySize(), hidden);
        positions = tower.embedding("embeddings.position_embeddings", text.positions(), hidden);
        norm = tower.layerNorm("embeddings.LayerNorm", hidden, shape.epsilon());
        blocks = encodedSize == 0
                ? TransformerStack.encoder(tower, "encoder.layer", shape, BlipNames.TEXT_BLOCK)
                : TransformerStack.decoder(tower, "encoder.layer", shape, BlipNames.TEXT_BLOCK, encodedSize);
    }

    /** Token ids laid end to end to what the blocks read: {@code [tokens, hidden]}. */
    private Tensor embed(int[] ids, int[] at) {
        return backend.scoped(
                "embeddings",
                () -> backend.layerNorm(
                        backend.add(backend.embedding(words, ids), backend.embedding(positions, at)), norm));
    }

    /** Texts alone: {@code [tokens, hidden]}, text after text. */
    Tensor encode(List<int[]> texts) {
        return backend.scoped(name, () -> blocks.apply(embed(joined(texts), positions(texts)), segments(texts)));
    }

    /**
     * Texts that look at pictures.
     *
     * @param texts those of the first picture first
     * @param textsOfPicture how many texts look at each picture
     * @param encoded what they look at, {@code [encoded rows, encoded size]}
     * @param pictures every picture's rows there
     * @return {@code [tokens, hidden]}, text after text
     */
    Tensor encode(List<int[]> texts, int[] textsOfPicture, Tensor encoded, Segments pictures) {
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
                        embed(joined(texts), positions(texts)),
                        segments(texts),
                        encoded,
                        pictures,
                        Segments.ofLengths(tokens)));
    }

    /** A cache for sequences that look at something; see {@link TransformerStack#cache}. */
    KeyValueCache cache(Tensor encoded, Segments pictures, int capacity) {
        List<Tensor> keysValues = backend.scoped(name, () -> blocks.sourceKeysValues(encoded));
        return blocks.cache(keysValues, pictures, capacity);
    }

    /**
     * The next tokens of a cache's sequences: {@code [new tokens, hidden]}.
     *
     * @param ids the new tokens, sequence after sequence
     * @param at their positions, as the cache told when it made room
     */
    Tensor extend(int[] ids, int[] at, KeyValueCache cache) {
        return backend.scoped(name, () -> blocks.apply(embed(ids, at), cache));
    }

    /** Where each text begins. */
    static Segments segments(List<int[]> texts) {
        return Segments.ofLengths(texts.stream().mapToInt(ids -> ids.length).toArray());
    }

    private static int[] joined(List<int[]> texts) {
        return texts.stream().flatMapToInt(Arrays::stream).toArray();
    }

    private static int[] positions(List<int[]> texts) {
        return texts.stream()
                .flatMapToInt(ids -> IntStream.range(0, ids.length))
                .toArray();
    }
}
