package dev.fovea.models.nn;

import dev.fovea.tensor.Activation;
import dev.fovea.tensor.AttentionShape;

/**
 * The sizes of a transformer's blocks.
 *
 * @param hiddenSize channels of a token between blocks
 * @param intermediateSize channels inside the MLP
 * @param layers number of blocks
 * @param heads attention heads; they share the hidden size evenly
 * @param activation of the MLP
 * @param epsilon of the layer norms
 * @param placement position of the norms
 * @param mask which tokens of its sequence a token attends to
 */
public record TransformerShape(
        int hiddenSize,
        int intermediateSize,
        int layers,
        int heads,
        Activation activation,
        float epsilon,
        NormPlacement placement,
        AttentionShape.Mask mask) {

    /** Names the position of the layer norms in a block. */
    public enum NormPlacement {
        /** Before each part, {@code x + f(norm(x))}: vision transformers, CLIP. */
        PRE,
        /** After each sum, {@code norm(x + f(x))}: the original transformer, BERT, BART. */
        POST,
        /** After each part, {@code x + norm(f(x))}: EVA-02's enormous encoder. Of encoders only. */
        AFTER_PART
    }

    /**
     * Reads the sizes by the names that transformers' configuration classes share.
     *
     * @param absent sizes for fields that are absent; the position of norms and the mask are never in the file
     */
    public static TransformerShape of(ConfigFile config, TransformerShape absent) {
        TransformerShape shape = new TransformerShape(
                config.size("hidden_size", absent.hiddenSize),
                config.size("intermediate_size", absent.intermediateSize),
                config.size("num_hidden_layers", absent.layers),
                config.size("num_attention_heads", absent.heads),
                config.activation("hidden_act", absent.activation),
                config.number("layer_norm_eps", absent.epsilon),
                absent.placement,
                absent.mask);
        if (shape.hiddenSize % shape.heads != 0) {
            throw config.wrong("num_attention_heads", "a divisor of hidden_size " + shape.hiddenSize);
        }
        if (!(shape.epsilon >= 0 && shape.epsilon <= 1)) {
            throw config.wrong("layer_norm_eps", "a number from 0 to 1");
        }
        return shape;
    }

    /**
     * Returns the shape of the attention. Scores are divided by the root of the head size (Vaswani et al. 2017, section
     * 3.2.1).
     */
    public AttentionShape attention() {
        return new AttentionShape(heads, (float) Math.pow(hiddenSize / heads, -0.5), mask);
    }

    /** Returns these sizes with another mask. */
    public TransformerShape withMask(AttentionShape.Mask other) {
        return new TransformerShape(hiddenSize, intermediateSize, layers, heads, activation, epsilon, placement, other);
    }

    /** Returns these sizes with another activation. */
    public TransformerShape withActivation(Activation other) {
        return new TransformerShape(hiddenSize, intermediateSize, layers, heads, other, epsilon, placement, mask);
    }

    /** Describes the sizes for people. */
    public String inWords() {
        return layers + " layers, " + hiddenSize + " wide, " + heads + " heads";
    }
}
