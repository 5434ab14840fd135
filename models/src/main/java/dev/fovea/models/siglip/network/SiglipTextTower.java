package dev.fovea.models.siglip.network;

import dev.fovea.models.nn.Linear;
import dev.fovea.models.nn.Parameters;
import dev.fovea.models.nn.TextSizes;
import dev.fovea.models.nn.TokenEmbeddings;
import dev.fovea.models.nn.TokenIds;
import dev.fovea.models.nn.TransformerStack;
import dev.fovea.models.towers.TextEncoder;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * Encodes texts with a transformer in which every token attends to all others, and which is read at the last position
 * ({@code SiglipTextModel} of transformers). It was trained on texts that are padded to one length, without a mask, so
 * padding takes part, and the last position is often padding.
 */
final class SiglipTextTower implements TextEncoder {

    private final Backend backend;
    private final SiglipConfig.Text config;
    private final TokenEmbeddings embeddings;
    private final TransformerStack encoder;
    private final LayerNorm finalNorm;
    private final Linear head;

    /** Takes the weights below {@code text_model}. */
    SiglipTextTower(Parameters tower, SiglipConfig.Text config) {
        this.config = config;
        backend = tower.backend();
        int hidden = config.transformer().hiddenSize();
        embeddings = new TokenEmbeddings(tower.at("embeddings"), config.vocabularySize(), config.positions(), hidden);
        encoder = TransformerStack.pooledEncoder(tower, "encoder.layers", config.transformer(), SiglipNames.BLOCK);
        finalNorm =
                tower.layerNorm("final_layer_norm", hidden, config.transformer().epsilon());
        head = tower.finer().linear("head", hidden, config.projectionSize());
    }

    @Override
    public int dimension() {
        return config.projectionSize();
    }

    @Override
    public TextSizes sizes() {
        return config;
    }

    @Override
    public boolean isPadded() {
        return true;
    }

    @Override
    public Tensor encode(List<int[]> texts) {
        Segments segments = TokenIds.segments(texts);
        int[] lastRows = new int[segments.count()];
        Arrays.setAll(lastRows, text -> segments.start(text) + segments.length(text) - 1);
        return backend.scoped("text_model", () -> {
            Tensor x = backend.scoped("embeddings", () -> embeddings.apply(texts)); //  [tokens, hidden]
            Tensor lastTokens = encoder.apply(x, segments, lastRows); //     [texts, hidden]
            return head.apply(lastTokens, Fusion.NONE.withNorm(finalNorm)); // [texts, dimension]
        });
    }
}
