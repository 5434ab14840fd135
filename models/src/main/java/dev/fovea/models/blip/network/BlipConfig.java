package dev.fovea.models.blip.network;

import dev.fovea.models.nn.ConfigFile;
import dev.fovea.models.nn.ModelConfig;
import dev.fovea.models.nn.Parameters;
import dev.fovea.models.nn.TextSizes;
import dev.fovea.models.nn.TransformerShape;
import dev.fovea.models.nn.TransformerShape.NormPlacement;
import dev.fovea.models.nn.VisionShape;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.AttentionShape.Mask;
import dev.fovea.tensor.FoveaException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A BLIP checkpoint's {@code config.json} with the defaults of transformers' {@code BlipConfig}.
 *
 * @param vision the vision tower
 * @param text text encoder and decoder, which have equal sizes
 * @param projectionDim length of the dual encoder's embeddings
 * @param matchingDim length of the embeddings that the matcher compares ({@code image_text_hidden_size})
 * @param architecture the class of transformers that the checkpoint is for, or an empty string
 */
public record BlipConfig(VisionShape vision, Text text, int projectionDim, int matchingDim, String architecture)
        implements ModelConfig {

    /**
     * Text encoder and decoder: BERT with cross-attention.
     *
     * @param transformer sizes of the blocks; the encoder's mask, the decoder's is causal
     * @param vocabularySize number of token ids; more than the tokenizer has, since the decoder's start token is none
     *     of its
     * @param positions the most tokens of a text
     * @param startToken what a decoder begins with, {@code [DEC]}
     * @param endToken what ends a text, {@code [SEP]}
     */
    public record Text(TransformerShape transformer, int vocabularySize, int positions, int startToken, int endToken)
            implements TextSizes {}

    /**
     * Reads a checkpoint folder's configuration.
     *
     * @throws FoveaException if it is missing, broken, or of another kind of model
     */
    public static BlipConfig load(Path folder) {
        ConfigFile config = ConfigFile.of(folder);
        if (!config.text("model_type", "").equals("blip")) {
            throw config.wrong("model_type", "\"blip\"; use a BLIP checkpoint here");
        }
        return new BlipConfig(
                vision(config.at("vision_config")),
                text(config.at("text_config")),
                config.size("projection_dim", 512),
                config.size("image_text_hidden_size", 256),
                config.texts("architectures").stream().findFirst().orElse(""));
    }

    @Override
    public void requestTensors(Parameters model) {
        BlipKind kind = BlipKind.of(model.weights());
        BlipNetwork.of(kind != null ? kind : BlipKind.named(architecture), model, this);
    }

    @Override
    public Map<String, String> sizesInWords() {
        Map<String, String> lines = new LinkedHashMap<>();
        lines.put("picture tower", vision.inWords());
        lines.put("text towers", text.inWords());
        return lines;
    }

    private static VisionShape vision(ConfigFile config) {
        TransformerShape absent =
                new TransformerShape(768, 3072, 12, 12, Activation.GELU, 1e-5f, NormPlacement.PRE, Mask.NONE);
        return VisionShape.of(config, TransformerShape.of(config, absent), 384, 16);
    }

    private static Text text(ConfigFile config) {
        TransformerShape absent =
                new TransformerShape(768, 3072, 12, 8, Activation.GELU, 1e-12f, NormPlacement.POST, Mask.NONE);
        Text text = new Text(
                TransformerShape.of(config, absent),
                config.size("vocab_size", 30524),
                config.size("max_position_embeddings", 512),
                config.integer("bos_token_id", 30522),
                config.integer("sep_token_id", 102));
        if (text.startToken < 0 || text.startToken >= text.vocabularySize) {
            throw config.wrong("bos_token_id", "an id below vocab_size " + text.vocabularySize);
        }
        return text;
    }
}
