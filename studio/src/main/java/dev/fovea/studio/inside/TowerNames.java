package dev.fovea.studio.inside;

/**
 * Names of the weights of a layer, below it, and of those after all layers, by the whole name. None has its {@code
 * .weight}.
 *
 * @param queries the queries' projection, or that of queries, keys and values where they are one matrix
 * @param keysValues those of keys and values, as the recorder joins them; empty where {@code queries} has them
 * @param out the projection of the attention's result
 * @param outScale factors of each channel of that projection, or null
 * @param norm before the MLP
 * @param expand the MLP's first matrix
 * @param reduce its second one
 * @param reduceScale factors of each channel of it, or null
 * @param last the norm after all layers
 * @param projection into the space that pictures and texts share
 */
record TowerNames(
        String queries,
        String keysValues,
        String out,
        String outScale,
        String norm,
        String expand,
        String reduce,
        String reduceScale,
        String last,
        String projection) {

    private static final String SCALE_1 = "layer_scale1.lambda1";
    private static final String SCALE_2 = "layer_scale2.lambda1";

    static final TowerNames CLIP = clip(null, null);

    /** CLIPs of open_clip with LayerScale. */
    static final TowerNames SCALED_CLIP = clip(SCALE_1, SCALE_2);

    static final TowerNames DINOV2 = new TowerNames(
            "attention.attention.query",
            "attention.attention.key+value",
            "attention.output.dense",
            SCALE_1,
            "norm2",
            "mlp.fc1",
            "mlp.fc2",
            SCALE_2,
            null,
            null);

    static final TowerNames DINOV3 = new TowerNames(
            "attention.q_proj",
            "attention.k_proj+v_proj",
            "attention.o_proj",
            SCALE_1,
            "norm2",
            "mlp.up_proj",
            "mlp.down_proj",
            SCALE_2,
            null,
            null);

    static final TowerNames TIMM = new TowerNames(
            "attn.qkv",
            "",
            "attn.proj",
            null,
            "norm2",
            "mlp.fc1",
            "mlp.fc2",
            null,
            "vision_model.norm",
            "vision_model.head");

    static final TowerNames FASTVIT = new TowerNames(
            "token_mixer.qkv", "", "token_mixer.proj", null, null, null, null, null, null, "vision_model.head.fc");

    static final TowerNames BERT = new TowerNames(
            "attention.self.query",
            "attention.self.key+value",
            "attention.output.dense",
            null,
            null,
            null,
            null,
            null,
            null,
            null);

    private static TowerNames clip(String outScale, String reduceScale) {
        return new TowerNames(
                "self_attn.q_proj",
                "self_attn.k_proj+v_proj",
                "self_attn.out_proj",
                outScale,
                "layer_norm2",
                "mlp.fc1",
                "mlp.fc2",
                reduceScale,
                "vision_model.post_layernorm",
                "visual_projection");
    }

    /** Returns the names of the projections of queries, keys and values where they are one product. */
    String queriesKeysValues() {
        return keysValues.isEmpty()
                ? queries
                : queries + "+" + keysValues.substring(keysValues.lastIndexOf('.', keysValues.indexOf('+')) + 1);
    }

    /** Returns the factors that a matrix of a layer is multiplied with, row by row, or null. */
    String scaleOf(String matrix) {
        return matrix.equals(out)
                ? outScale
                : matrix.equals(reduce) || matrix.equals("mlp.weights_out") ? reduceScale : null;
    }
}
