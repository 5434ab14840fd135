package dev.fovea.models.dinov2.network;

import dev.fovea.models.nn.BlockNames;
import dev.fovea.models.nn.Parameters;
import dev.fovea.models.nn.TransformerStack;
import dev.fovea.models.nn.VisionEmbeddings;
import dev.fovea.models.nn.VisionEmbeddings.Interpolation;
import dev.fovea.models.towers.PatchEncoder;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.Tensor;
import java.util.List;

/**
 * Encodes pictures with a vision transformer that is read at its class token (Oquab et al. 2023; {@code Dinov2Model} of
 * transformers). Each part of a block has a learned factor for every channel (LayerScale). The MLP of the largest is
 * gated.
 */
public final class Dinov2Tower extends PatchEncoder {

    private static final VisionEmbeddings.Names EMBEDDINGS =
            new VisionEmbeddings.Names("patch_embeddings.projection", true, "cls_token", "position_embeddings", true);

    private static final VisionEmbeddings.Names WITH_REGISTERS = new VisionEmbeddings.Names(
            "patch_embeddings.projection",
            true,
            "cls_token",
            "position_embeddings",
            true,
            "register_tokens",
            Interpolation.SMOOTH_CUBIC,
            false);

    private static final BlockNames.Attention ATTENTION = new BlockNames.Attention(
            "attention.attention.query",
            List.of("attention.attention.key", "attention.attention.value"),
            "attention.output.dense",
            "norm1",
            "layer_scale1.lambda1");

    private static final BlockNames BLOCK =
            new BlockNames(ATTENTION, null, new BlockNames.Mlp("mlp.fc1", "mlp.fc2", "norm2", "layer_scale2.lambda1"));

    private static final BlockNames GATED_BLOCK = new BlockNames(
            ATTENTION,
            null,
            new BlockNames.Mlp("mlp.weights_in", "mlp.weights_in", "mlp.weights_out", "norm2", "layer_scale2.lambda1"));

    /** Stood for hidden patches in the training. */
    private static final String MASK = "embeddings.mask_token";

    private final Backend backend;
    private final VisionEmbeddings embeddings;
    private final TransformerStack encoder;
    private final LayerNorm norm;

    /**
     * Takes the weights.
     *
     * @param model the checkpoint's top level; one with a head has the tower below {@code dinov2}
     */
    public Dinov2Tower(Parameters model, Dinov2Config config) {
        super(config.vision());
        backend = model.backend();
        Parameters tower = model.atAnyOf("dinov2", "dinov2_with_registers", "");
        int hidden = shape.transformer().hiddenSize();
        if (tower.weights().has(MASK)) {
            tower.weights().tensor(MASK, Shape.of(1, hidden)); // has no part in answers
        }
        embeddings = new VisionEmbeddings(
                tower.at("embeddings"), shape.registers() == 0 ? EMBEDDINGS : WITH_REGISTERS, shape);
        encoder = TransformerStack.pooledEncoder(
                tower, "encoder.layer", shape.transformer(), config.gated() ? GATED_BLOCK : BLOCK);
        norm = tower.layerNorm("layernorm", hidden, shape.transformer().epsilon());
    }

    @Override
    public int dimension() {
        return shape.transformer().hiddenSize();
    }

    @Override
    public Tensor encode(Tensor pixels, Grid grid) {
        return backend.scoped("dinov2", () -> {
            Segments images = Segments.uniform(grid.images(), embeddings.tokens(grid));
            Tensor tokens = backend.scoped("embeddings", () -> embeddings.apply(pixels, grid));
            Tensor classTokens = encoder.apply(tokens, images, images.firstRows()); // [images, hidden]
            return backend.layerNorm(classTokens, norm);
        });
    }

    /**
     * Encodes pixels as tokens, which are normalised: {@code last_hidden_state} of transformers.
     *
     * @param pixels {@code [images * height * width, 3]}, normalised
     * @return {@code [images * tokens, hidden]}: of every picture the class token, the registers and the patches
     */
    public Tensor tokens(Tensor pixels, Grid grid) {
        Segments images = Segments.uniform(grid.images(), embeddings.tokens(grid));
        Tensor tokens = backend.scoped("embeddings", () -> embeddings.apply(pixels, grid));
        return backend.layerNorm(encoder.apply(tokens, images), norm);
    }

    /** Returns every picture's rows of patches among its {@linkplain #tokens tokens}. */
    public Segments patches(Grid grid) {
        return embeddings.patches(grid);
    }
}
