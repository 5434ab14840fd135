package dev.fovea.converter;

import dev.fovea.converter.Renamings.Change;
import dev.fovea.tensor.FoveaException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Converts SigLIP and SigLIP 2 as open_clip names them into transformers' names: a vision transformer of timm that
 * pools by attention ({@code timm/models/vision_transformer.py}, {@code timm/layers/attention_pool.py}), and
 * open_clip's text transformer, read at its last token ({@code open_clip/transformer.py}).
 */
final class SiglipLayout {

    /** timm's names of the vision towers. */
    static final String MODELS = "vit_(base|large|so400m|giantopt)_patch\\d+_siglip_\\d+";

    /** Those whose GELU is computed by the hyperbolic tangent. */
    private static final String WITH_TANH =
            "vit_(base_patch32|large_patch16_siglip_512|so400m_patch16|giantopt_patch16)($|_.*)";

    private static final int BASE_HEADS = 12;
    private static final int HEADS = 16;
    private static final double EPSILON = 1e-6;

    private static final String VISION = FastVitLayout.FROM;
    private static final String TEXT = "text.";
    private static final String HEAD = "vision_model.head.";

    private final SourceTensors source;
    private final ClipTraits traits;
    private final int width;

    private SiglipLayout(SourceTensors source, ClipTraits traits) {
        this.source = source;
        this.traits = traits;
        width = PoolingHeadLayout.width(source);
    }

    /** Returns whether a source has such a vision tower; a Perception Encoder's has a norm before the blocks. */
    static boolean isOne(SourceTensors source) {
        return PoolingHeadLayout.isThere(source) && !EvaLayout.isOne(source);
    }

    /**
     * Converts the model.
     *
     * @throws FoveaException if a tensor is missing, misshapen or left over
     */
    static Draft convert(SourceTensors source, ClipTraits traits) {
        return new SiglipLayout(source, traits).convert();
    }

    private Draft convert() {
        String timm = traits.requireTimm(source.file());
        Map<String, Object> vision = vision(timm);
        Map<String, Object> text = text();
        ClipTraits.Sizes sizes = traits.sizes();
        String file = source.file();
        ClipTraits.Sizes.require(file, "embed_dim", sizes.embedding(), width);
        ClipTraits.Sizes.require(file, "vision_cfg.image_size", sizes.image(), (int) vision.get("image_size"));
        ClipTraits.Sizes.require(file, "text_cfg.vocab_size", sizes.vocabulary(), (int) text.get("vocab_size"));
        ClipTraits.Sizes.require(
                file, "text_cfg.context_length", sizes.context(), (int) text.get("max_position_embeddings"));
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("architectures", List.of("SiglipModel"));
        config.put("model_type", "siglip");
        config.put("text_config", text);
        config.put("vision_config", vision);
        Draft draft = new Draft(config);
        PoolingHeadLayout.addProjections(source, draft, HEAD);
        draft.move(source, names());
        traits.pictures().addTo(draft, sizes.image());
        return draft;
    }

    private static Renamings names() {
        Renamings names = new Renamings()
                .add("logit_scale", "logit_scale", Change.VECTOR)
                .add("logit_bias", "logit_bias", Change.VECTOR)
                .add(VISION + "patch_embed.proj.*", "vision_model.embeddings.patch_embedding.*")
                .add(VISION + "pos_embed", "vision_model.embeddings.position_embedding.weight", Change.FIRST)
                .add(VISION + "norm.*", "vision_model.post_layernorm.*")
                .add(TEXT + "token_embedding.*", "text_model.embeddings.token_embedding.*")
                .add(TEXT + "positional_embedding", "text_model.embeddings.position_embedding.weight")
                .add(TEXT + "ln_final.*", "text_model.final_layer_norm.*")
                .add(TEXT + "text_projection.*", "text_model.head.*");
        PoolingHeadLayout.add(names, HEAD);
        String block = VISION + "blocks.#.";
        String target = "vision_model.encoder.layers.#.";
        for (String part : List.of("weight", "bias")) {
            names.addThirds(block + "attn.qkv." + part, target + "self_attn.", "_proj." + part);
        }
        names.add(block + "attn.proj.*", target + "self_attn.out_proj.*")
                .add(block + "norm1.*", target + "layer_norm1.*")
                .add(block + "norm2.*", target + "layer_norm2.*")
                .add(block + "mlp.*", target + "mlp.*");
        return ClipLayout.addBlocks(names, TEXT + "transformer.", "text_model.");
    }

    private Map<String, Object> vision(String timm) {
        int patch = size(VISION + "patch_embed.proj.weight", 4, 3);
        Map<String, Object> sizes = tower(
                "siglip_vision_model",
                VISION + "blocks.",
                "mlp.fc1.weight",
                timm.contains("_base_") ? BASE_HEADS : HEADS,
                width);
        sizes.put("hidden_act", timm.matches(WITH_TANH) ? ClipTraits.GELU_TANH : ClipTraits.GELU);
        sizes.put("layer_norm_eps", EPSILON);
        sizes.put("patch_size", patch);
        sizes.put("image_size", imageSize(patch));
        return sizes;
    }

    /** Returns the side of a picture; patches of 14 pixels leave some of 384 over, which the configuration tells. */
    private int imageSize(int patch) {
        int grid = ClipLayout.grid(source.file(), size(VISION + "pos_embed", 3, 1));
        int said = traits.sizes().image();
        return said / patch == grid ? said : patch * grid;
    }

    private Map<String, Object> text() {
        String table = TEXT + "token_embedding.weight";
        int hidden = size(table, 2, 1);
        Map<String, Object> sizes = tower(
                "siglip_text_model", TEXT + "transformer.resblocks.", "mlp.c_fc.weight", traits.textHeads(), hidden);
        sizes.put("hidden_act", traits.textActivation());
        sizes.put("layer_norm_eps", traits.textEpsilon());
        sizes.put("vocab_size", size(table, 2, 0));
        sizes.put("max_position_embeddings", size(TEXT + "positional_embedding", 2, 0));
        sizes.put("projection_size", width);
        return sizes;
    }

    private Map<String, Object> tower(String type, String blocks, String wide, int heads, int hidden) {
        Map<String, Object> sizes = new LinkedHashMap<>();
        sizes.put("model_type", type);
        sizes.put("hidden_size", hidden);
        sizes.put("intermediate_size", size(blocks + "0." + wide, 2, 0));
        sizes.put("num_hidden_layers", source.count(blocks));
        sizes.put("num_attention_heads", heads);
        return sizes;
    }

    private int size(String name, int rank, int axis) {
        return Math.toIntExact(source.shape(name, rank).extent(axis));
    }
}
