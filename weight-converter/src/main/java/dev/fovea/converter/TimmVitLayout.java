package dev.fovea.converter;

import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the sizes of a vision transformer of timm off the names and shapes of its tensors ({@code
 * timm/models/vision_transformer.py}). Their names stay, with {@code vision_model.} in front instead of {@code
 * visual.trunk.}.
 */
final class TimmVitLayout {

    /** timm's names of the towers that are read at a class token, with heads of 64 channels. */
    static final String MODELS = "vit_base_mci_224|vit_(small|medium|base|large)_patch\\d+_clip_(quickgelu_)?\\d+";

    private static final String FROM = FastVitLayout.FROM;
    private static final int HEAD_WIDTH = 64;
    private static final int STEM_PATCH = 16;

    private TimmVitLayout() {}

    /** Returns the tower's configuration. */
    static Map<String, Object> sizes(SourceTensors source, ClipTraits traits) {
        String name = traits.requireTimm(source.file());
        int width = Math.toIntExact(source.shape(FROM + "norm.weight", 1).extent(0));
        if (width % HEAD_WIDTH != 0) {
            throw new ModelException(source.file() + ": a tower of width " + width + " has no heads of " + HEAD_WIDTH
                    + " channels; Fovea runs timm's towers for CLIP with such heads only");
        }
        boolean stem = source.hasAny(FROM + "patch_embed.backbone.");
        long rows = source.shape(FROM + "pos_embed", 3).extent(1);
        int patch = stem
                ? STEM_PATCH
                : Math.toIntExact(
                        source.shape(FROM + "patch_embed.proj.weight", 4).extent(3));
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("model_type", "timm_vit_vision_model");
        config.put("hidden_size", width);
        config.put(
                "intermediate_size",
                source.shape(FROM + "blocks.0.mlp.fc1.weight", 2).extent(0));
        config.put("num_hidden_layers", source.count(FROM + "blocks."));
        config.put("num_attention_heads", width / HEAD_WIDTH);
        config.put("hidden_act", name.contains("quickgelu") ? ClipTraits.QUICK_GELU : ClipTraits.GELU);
        config.put("layer_norm_eps", traits.visionEpsilon());
        config.put("patch_size", patch);
        config.put("image_size", patch * ClipLayout.grid(source.file(), stem ? rows : rows - 1));
        if (stem) {
            config.put("stem_channels", List.of(stemChannels(source, 0), stemChannels(source, 1)));
        }
        config.put("patch_bias", stem || source.has(FROM + "patch_embed.proj.bias"));
        config.put("pre_norm", source.has(FROM + "norm_pre.weight"));
        return config;
    }

    private static int stemChannels(SourceTensors source, int step) {
        Shape kernel = source.shape(FROM + "patch_embed.backbone." + step + ".conv.weight", 4);
        return Math.toIntExact(kernel.extent(0));
    }
}
