package dev.fovea.models.nn;

import java.util.List;

/**
 * Names the parts of a transformer block as a checkpoint does. The names of each model are in its package.
 *
 * @param selfAttention of tokens among themselves
 * @param crossAttention of tokens to the states of another tower, or null
 * @param mlp the two linear layers
 */
public record BlockNames(Attention selfAttention, Attention crossAttention, Mlp mlp) {

    /**
     * Names the parts of an attention.
     *
     * @param queries the projection to queries, or to all three where they are one
     * @param keysValues the projections to keys and to values; empty if {@code queries} makes them too
     * @param out the projection of the result
     * @param norm its layer norm
     * @param scale a learned factor for each channel of the result, or null
     * @param unbiased those of the projections to queries, keys and values that have no bias
     * @param innerNorm the layer norm of what all heads make together, before {@code out}, or null
     */
    public record Attention(
            String queries,
            List<String> keysValues,
            String out,
            String norm,
            String scale,
            List<String> unbiased,
            String innerNorm) {

        /** Names the parts of an attention whose result is scaled, with all biases. */
        public Attention(String queries, List<String> keysValues, String out, String norm, String scale) {
            this(queries, keysValues, out, norm, scale, List.of(), null);
        }

        /** Names the parts of an attention whose result is added as it is. */
        public Attention(String queries, List<String> keysValues, String out, String norm) {
            this(queries, keysValues, out, norm, null);
        }
    }

    /**
     * Names the parts of an MLP.
     *
     * @param gate of a gated MLP the layer to the gate, to gate and value if it is {@code expand}, too; null for a
     *     plain MLP
     * @param expand the layer to the intermediate size
     * @param reduce the layer back
     * @param norm its layer norm
     * @param scale a learned factor for each channel of the result, or null
     * @param innerNorm of a gated MLP the layer norm before {@code reduce}, or null
     * @param firstNorm a layer norm after {@code norm}, before the first layer, or null
     */
    public record Mlp(
            String gate, String expand, String reduce, String norm, String scale, String innerNorm, String firstNorm) {

        /** Names the parts of a gated MLP without a norm inside. */
        public Mlp(String gate, String expand, String reduce, String norm, String scale) {
            this(gate, expand, reduce, norm, scale, null, null);
        }

        /** Names the parts of a plain MLP whose result is scaled. */
        public Mlp(String expand, String reduce, String norm, String scale) {
            this(null, expand, reduce, norm, scale);
        }

        /** Names the parts of a plain MLP whose result is added as it is. */
        public Mlp(String expand, String reduce, String norm) {
            this(expand, reduce, norm, null);
        }
    }
}
