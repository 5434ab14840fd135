package dev.fovea.models.florence.network;

import java.util.List;
import java.util.regex.Pattern;

/**
 * Translates the names of tensors in Microsoft's checkpoints of Florence-2, and in adapters that were made for its
 * code, into transformers' ({@code convert_florence2_original_pytorch_to_hf.py}).
 */
public final class MicrosoftNames {

    private record Renaming(Pattern from, String to) {}

    /** Changes of Microsoft's names, applied one after another. */
    private static final List<Renaming> RENAMINGS = List.of(
            renaming("^vision_tower\\.", "model.vision_tower."),
            renaming("(convs\\.\\d+)\\.proj\\.", "$1.conv."),
            renaming("\\.(conv[12])\\.fn\\.dw\\.", ".$1."),
            renaming("\\.(window_attn|channel_attn)\\.norm\\.", ".norm1."),
            renaming("\\.(window_attn|channel_attn)\\.fn\\.", ".$1."),
            renaming("\\.ffn\\.norm\\.", ".norm2."),
            renaming("\\.ffn\\.fn\\.net\\.", ".ffn."),
            renaming("^image_proj_norm\\.", "model.multi_modal_projector.image_proj_norm."),
            renaming("^image_pos_embed\\.", "model.multi_modal_projector.image_position_embed."),
            renaming("^visual_temporal_embed\\.", "model.multi_modal_projector.visual_temporal_embed."),
            renaming("^language_model\\.model\\.", "model.language_model."),
            renaming("^language_model\\.lm_head\\.", "lm_head."));

    private MicrosoftNames() {}

    private static Renaming renaming(String from, String to) {
        return new Renaming(Pattern.compile(from), to);
    }

    /** Returns transformers' name of a tensor; a name that is transformers' already stays. */
    public static String toTransformers(String name) {
        String renamed = name;
        for (Renaming renaming : RENAMINGS) {
            renamed = renaming.from.matcher(renamed).replaceAll(renaming.to);
        }
        return renamed;
    }
}
