package dev.fovea.converter;

import dev.fovea.converter.Renamings.Change;
import dev.fovea.models.clip.network.ClipConfig;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Converts CLIP as OpenAI's and open_clip's code names it ({@code clip/model.py}; {@code open_clip/transformer.py},
 * {@code modified_resnet.py}) into transformers' names. All sizes follow from shapes ({@code build_model} in {@code
 * clip/model.py}). The vision tower of a ResNet, which transformers does not have, keeps its names under {@code
 * vision_model.}; see docs/converting-checkpoints.md.
 */
final class ClipLayout {

    private static final String VISUAL = "visual.";
    private static final String FIRST_SCALE = VISUAL + "transformer.resblocks.0.ls_1.gamma";

    /** The kinds of vision towers, with the architecture of the folder that comes out. */
    private enum Tower {
        VIT("CLIPModel"),
        SCALED_VIT("FoveaScaledCLIPModel"),
        AVERAGED_VIT("FoveaAveragedCLIPModel"),
        RESNET("FoveaCLIPResNetModel"),
        CONVNEXT("FoveaTimmCLIPModel"),
        EVA("FoveaEvaCLIPModel"),
        VITAMIN("FoveaViTaminCLIPModel"),
        FASTVIT("FoveaMobileCLIPModel"),
        TIMM_VIT("FoveaTimmCLIPModel");

        private final String architecture;

        Tower(String architecture) {
            this.architecture = architecture;
        }

        static Tower of(SourceTensors source, ClipTraits traits) {
            if (traits.endToken() == ClipTraits.LAST_POSITION) {
                return AVERAGED_VIT;
            }
            if (EvaLayout.isOne(source)) {
                return EVA;
            }
            if (VitaminLayout.isOne(source)) {
                return VITAMIN;
            }
            if (TimmConvNextLayout.isOne(source)) {
                return CONVNEXT;
            }
            if (source.hasAny(FastVitLayout.FROM + "stages.")) {
                return FASTVIT;
            }
            if (source.has(FastVitLayout.FROM + "cls_token")) {
                return TIMM_VIT;
            }
            if (source.has(FIRST_SCALE)) {
                return SCALED_VIT;
            }
            return source.has(VISUAL + "class_embedding") ? VIT : RESNET;
        }
    }

    private final SourceTensors source;
    private final ClipTraits traits;
    private final Tower tower;
    private final String text;
    private final String type;
    private final Map<String, Object> config = new LinkedHashMap<>();
    private final Draft draft;

    private ClipLayout(SourceTensors source, ClipTraits traits) {
        this.source = source;
        this.traits = traits;
        this.text = source.has("text.token_embedding.weight") ? "text." : "";
        tower = Tower.of(source, traits);
        boolean metaClip = traits.endToken() == ClipConfig.LEGACY_END_TOKEN;
        type = metaClip ? "metaclip_2" : "clip";
        config.put("architectures", List.of(metaClip ? "MetaClip2Model" : tower.architecture));
        config.put("model_type", type);
        draft = new Draft(config);
    }

    /** Returns whether tensors have such names. */
    static boolean isOne(SourceTensors source) {
        return source.hasAny(VISUAL) && (source.has("token_embedding.weight") || source.hasAny("text."));
    }

    /**
     * Converts the model into transformers' layout.
     *
     * @throws FoveaException if a tensor is missing, misshapen or left over
     */
    static Draft convert(SourceTensors source, ClipTraits traits) {
        source.drop(ClipLayout::isBuffer);
        if (SiglipLayout.isOne(source)) {
            return SiglipLayout.convert(source, traits);
        }
        return new ClipLayout(source, traits).convert();
    }

    private static boolean isBuffer(String name) {
        return name.endsWith("num_batches_tracked")
                || name.endsWith("attn_mask")
                || name.endsWith("position_ids")
                || name.equals("input_resolution")
                || name.equals("context_length")
                || name.equals("vocab_size");
    }

    private Draft convert() {
        refuseOthers();
        boolean roberta = RobertaLayout.isOne(source);
        int embedding = roberta ? RobertaLayout.embedding(source) : size(source.shape(text + "text_projection", 2), 1);
        Map<String, Object> words = roberta ? RobertaLayout.sizes(source, traits) : text(embedding);
        Map<String, Object> vision = switch (tower) {
            case VIT, SCALED_VIT, AVERAGED_VIT -> vision(embedding);
            case RESNET -> ClipResNetLayout.sizes(source, embedding, traits.visionHeadWidth());
            case CONVNEXT -> TimmConvNextLayout.sizes(source, traits);
            case EVA -> EvaLayout.sizes(source, traits);
            case VITAMIN -> VitaminLayout.sizes(source, traits);
            case FASTVIT -> {
                traits.requireTimm(source.file());
                yield FastVitLayout.sizes(source, traits.sizes().image());
            }
            case TIMM_VIT -> TimmVitLayout.sizes(source, traits);
        };
        draft.move(
                source,
                switch (tower) {
                    case VIT, SCALED_VIT, AVERAGED_VIT -> addVision(names());
                    case RESNET -> names().add(VISUAL + "*", "vision_model.*");
                    case CONVNEXT, VITAMIN -> TimmConvNextLayout.add(names());
                    case EVA -> EvaLayout.move(source, vision, draft, names());
                    case FASTVIT, TIMM_VIT -> names().add(FastVitLayout.FROM + "*", "vision_model.*");
                });
        ClipTraits.Sizes sizes = traits.sizes();
        if (sizes != null) {
            String file = source.file();
            ClipTraits.Sizes.require(file, "embed_dim", sizes.embedding(), embedding);
            ClipTraits.Sizes.require(file, "vision_cfg.image_size", sizes.image(), (int) vision.get("image_size"));
            if (!roberta) {
                ClipTraits.Sizes.require(
                        file, "text_cfg.vocab_size", sizes.vocabulary(), (int) words.get("vocab_size"));
                ClipTraits.Sizes.require(
                        file, "text_cfg.context_length", sizes.context(), (int) words.get("max_position_embeddings"));
            }
        }
        draft.config().put("projection_dim", embedding);
        draft.config().put("logit_scale_init_value", 2.6592);
        draft.config().put("text_config", words);
        draft.config().put("vision_config", vision);
        traits.pictures().addTo(draft, (int) vision.get("image_size"));
        return draft;
    }

    /** Returns the names of the text tower and what the towers share. */
    private Renamings names() {
        Renamings names = new Renamings().add("logit_scale", "logit_scale", Change.SCALAR);
        if (RobertaLayout.isOne(source)) {
            return RobertaLayout.add(names);
        }
        names.add(text + "token_embedding.*", "text_model.embeddings.token_embedding.*")
                .add(text + "positional_embedding", "text_model.embeddings.position_embedding.weight")
                .add(text + "ln_final.*", "text_model.final_layer_norm.*")
                .add(text + "text_projection", "text_projection.weight", Change.TRANSPOSED);
        return addBlocks(names, text + "transformer.", "text_model.");
    }

    private static Renamings addVision(Renamings names) {
        names.add(VISUAL + "class_embedding", "vision_model.embeddings.class_embedding")
                .add(VISUAL + "conv1.*", "vision_model.embeddings.patch_embedding.*")
                .add(VISUAL + "positional_embedding", "vision_model.embeddings.position_embedding.weight")
                .add(VISUAL + "ln_pre.*", "vision_model.pre_layrnorm.*") // misspelt in every checkpoint
                .add(VISUAL + "ln_post.*", "vision_model.post_layernorm.*")
                .add(VISUAL + "proj", "visual_projection.weight", Change.TRANSPOSED);
        for (int part = 1; part <= 2; part++) { // LayerScale, where the blocks have it
            names.add(
                    VISUAL + "transformer.resblocks.#.ls_" + part + ".gamma",
                    "vision_model.encoder.layers.#.layer_scale" + part + ".lambda1");
        }
        return addBlocks(names, VISUAL + "transformer.", "vision_model.");
    }

    /** Adds the blocks of a tower; queries, keys and values lie one below the other in one matrix. */
    static Renamings addBlocks(Renamings names, String from, String to) {
        String block = from + "resblocks.#.";
        String target = to + "encoder.layers.#.";
        for (String part : List.of("weight", "bias")) {
            names.addThirds(block + "attn.in_proj_" + part, target + "self_attn.", "_proj." + part);
        }
        return names.add(block + "attn.out_proj.*", target + "self_attn.out_proj.*")
                .add(block + "ln_1.*", target + "layer_norm1.*")
                .add(block + "ln_2.*", target + "layer_norm2.*")
                .add(block + "mlp.c_fc.*", target + "mlp.fc1.*")
                .add(block + "mlp.c_proj.*", target + "mlp.fc2.*");
    }

    /** Refuses variants that share the names but compute something else. */
    private void refuseOthers() {
        refuse("logit_bias", "a model trained with SigLIP's loss");
        switch (tower) {
            case VIT, SCALED_VIT, AVERAGED_VIT, RESNET -> refuse("visual.trunk.", "a vision tower of timm");
            default -> {} // of timm
        }
        if (type.equals("metaclip_2") && tower != Tower.VIT) {
            throw new ModelException(source.file() + ": a text tower whose end token is "
                    + ClipConfig.LEGACY_END_TOKEN + " with another vision tower than a ViT, which Fovea does not run"
                    + " together; take another checkpoint");
        }
        if (!RobertaLayout.isOne(source)) {
            refuse("text.transformer.embed", "a text tower of transformers that is no RoBERTa");
        }
        refuse("text.transformer.pooler.", "RoBERTa's own pooler");
        refuse("text_decoder.", "CoCa");
    }

    private void refuse(String prefix, String what) {
        if (source.hasAny(prefix)) {
            throw new ModelException(source.file() + ": " + what + " (it has " + prefix
                    + "), which Fovea does not run; use a CLIP with a ViT or ResNet and"
                    + " OpenAI's text tower or RoBERTa");
        }
    }

    private Map<String, Object> text(int embedding) {
        int width = size(source.shape(text + "text_projection", 2), 0);
        Shape table = source.shape(text + "token_embedding.weight", 2);
        int vocabulary = size(table, 0);
        int positions = size(source.shape(text + "positional_embedding", 2), 0);
        Map<String, Object> sizes = blocks(text + "transformer.", width, type + "_text_model", traits.textActivation());
        sizes.put("num_attention_heads", heads(width, traits.textHeads()));
        sizes.put("layer_norm_eps", traits.textEpsilon());
        sizes.put("projection_dim", embedding);
        sizes.put("vocab_size", vocabulary);
        sizes.put("max_position_embeddings", positions);
        sizes.put("bos_token_id", vocabulary - 2);
        boolean own = vocabulary == Tokenizers.CLIP_TOKENS && !traits.hasOtherTokenizer();
        int largest = own ? vocabulary - 1 : ClipConfig.LEGACY_END_TOKEN; // which asks for the largest id
        sizes.put("eos_token_id", traits.endToken() < 0 ? largest : traits.endToken());
        if (tower == Tower.AVERAGED_VIT) {
            sizes.put("pooler", "last_pooler");
        }
        sizes.put("pad_token_id", traits.paddingToken() == ClipTraits.CAUSAL ? 1 : traits.paddingToken());
        if (traits.paddingToken() != ClipTraits.CAUSAL) {
            sizes.put("no_causal_mask", true);
        }
        if (own) {
            Tokenizers.addClip(draft, positions);
        }
        return sizes;
    }

    private Map<String, Object> vision(int embedding) {
        Shape kernel = source.shape(VISUAL + "conv1.weight", 4);
        int width = size(kernel, 0);
        int channels = size(kernel, 1);
        int patch = size(kernel, 3);
        long rows = source.shape(VISUAL + "positional_embedding", 2).extent(0);
        Map<String, Object> sizes =
                blocks(VISUAL + "transformer.", width, type + "_vision_model", traits.visionActivation());
        int head = traits.visionHeadWidth();
        sizes.put("num_attention_heads", heads(width, width % head == 0 ? width / head : width));
        sizes.put("layer_norm_eps", traits.visionEpsilon());
        sizes.put("projection_dim", embedding);
        sizes.put("num_channels", channels);
        sizes.put("patch_size", patch);
        sizes.put("image_size", patch * grid(source.file(), rows - 1));
        if (source.has(FIRST_SCALE)) {
            sizes.put("layer_scale", true);
        }
        if (tower == Tower.AVERAGED_VIT) {
            sizes.put("pooler", "mean_pooler");
        }
        return sizes;
    }

    /** Returns the side of a square of this many patches. */
    static int grid(String file, long patches) {
        int side = (int) Math.round(Math.sqrt(patches));
        if (side < 1 || (long) side * side != patches) {
            throw new ModelException(file + ": has positions for " + patches
                    + " patches, which make no square; Fovea runs square ones only");
        }
        return side;
    }

    private int heads(int width, int known) {
        int heads = known == 0 ? width / ClipTraits.HEAD_WIDTH : known;
        if (heads < 1 || width % heads != 0 || heads == width) {
            throw new ModelException(source.file() + ": a tower of width " + width
                    + " cannot be split into heads as its configuration says; do the two belong together?");
        }
        return heads;
    }

    private Map<String, Object> blocks(String from, int width, String type, String activation) {
        String list = from + "resblocks.";
        int layers = source.count(list);
        long intermediate = layers == 0
                ? 4L * width
                : source.shape(list + "0.mlp.c_fc.weight", 2).extent(0);
        Map<String, Object> sizes = new LinkedHashMap<>();
        sizes.put("model_type", type);
        sizes.put("hidden_size", width);
        sizes.put("intermediate_size", intermediate);
        sizes.put("num_hidden_layers", layers);
        sizes.put("hidden_act", activation);
        return sizes;
    }

    private static int size(Shape shape, int axis) {
        return Math.toIntExact(shape.extent(axis));
    }
}
