package dev.fovea.models.clip.network;

import dev.fovea.models.nn.Parameters;
import dev.fovea.models.nn.TextSizes;
import dev.fovea.models.nn.TokenEmbeddings;
import dev.fovea.models.nn.TokenIds;
import dev.fovea.models.nn.TransformerStack;
import dev.fovea.models.towers.TextEncoder;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * Encodes texts with a causal transformer that is read at the end token (Radford et al. 2021, section 2.4; {@code
 * CLIPTextModel} of transformers). A token attends only to those before it, so whatever follows the end token cannot
 * matter. It is cut off, and texts of any lengths lie end to end without padding. In MobileCLIP tokens see each other
 * and the padding; there texts are filled up instead. So they are in CLIPA, which puts padding in the place of the end
 * token, too, and reads the last position.
 */
final class ClipTextTower implements TextEncoder {

    private final Backend backend;
    private final ClipConfig.Text config;
    private final TokenEmbeddings embeddings;
    private final TransformerStack encoder;
    private final EmbeddingHead head;

    /**
     * Takes the weights below {@code text_model}, and {@code text_projection}.
     *
     * @param model the checkpoint's top level
     */
    ClipTextTower(Parameters model, ClipConfig clip, ClipConfig.Text config) {
        this.config = config;
        Parameters tower = clip.isSingleTower() ? model.atAnyOf("text_model", "") : model.at("text_model");
        int hidden = config.transformer().hiddenSize();
        this.backend = model.backend();
        embeddings = new TokenEmbeddings(tower.at("embeddings"), config.vocabularySize(), config.positions(), hidden);
        encoder = TransformerStack.pooledEncoder(tower, "encoder.layers", config.transformer(), ClipNames.BLOCK);
        LayerNorm finalNorm =
                tower.layerNorm("final_layer_norm", hidden, config.transformer().epsilon());
        head = EmbeddingHead.of(model, "text_projection", clip, hidden, finalNorm);
    }

    @Override
    public int dimension() {
        return head.dimension();
    }

    @Override
    public TextSizes sizes() {
        return config;
    }

    @Override
    public Tensor encode(List<int[]> texts) {
        List<int[]> seen = texts.stream().map(this::seen).toList();
        Segments segments = TokenIds.segments(seen);
        int[] endRows = new int[segments.count()];
        Arrays.setAll(endRows, text -> segments.start(text) + pooledToken(texts.get(text)));
        return backend.scoped("text_model", () -> {
            Tensor x = backend.scoped("embeddings", () -> embeddings.apply(seen)); // [tokens, hidden]
            Tensor endTokens = encoder.apply(x, segments, endRows); //   [texts, hidden]
            return head.apply(endTokens); //                              [texts, dimension]
        });
    }

    /** Returns the tokens that matter for a text: those up to its end, or all and the padding. */
    private int[] seen(int[] ids) {
        if (config.paddingToken() == ClipConfig.NO_PADDING) {
            return Arrays.copyOf(ids, pooledToken(ids) + 1);
        }
        int[] padded = Arrays.copyOf(ids, config.positions());
        Arrays.fill(padded, Math.min(ids.length, padded.length), padded.length, config.paddingToken());
        if (config.endToken() == ClipConfig.LAST_POSITION && ids.length > 0) {
            int end = ids[ids.length - 1];
            Arrays.setAll(padded, i -> padded[i] == end ? config.paddingToken() : padded[i]);
        }
        return padded;
    }

    /**
     * Returns the index of the token whose output is the text's. That is the first end token, or the first token if
     * there is none. For the oldest checkpoints, whose configuration names a wrong end token, it is the first of the
     * largest ids.
     */
    private int pooledToken(int[] ids) {
        if (config.endToken() == ClipConfig.LAST_POSITION) {
            return config.positions() - 1;
        }
        int pooled = 0;
        for (int i = 0; i < ids.length; i++) {
            if (config.endToken() == ClipConfig.LARGEST_ID) {
                pooled = ids[i] > ids[pooled] ? i : pooled;
            } else if (ids[i] == config.endToken()) {
                return i;
            }
        }
        return pooled;
    }
}
