package dev.fovea.models.dinov3.network;

import dev.fovea.models.nn.BlockNames;
import dev.fovea.models.nn.Parameters;
import dev.fovea.models.nn.RotaryPositions;
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
 * Encodes pictures with a vision transformer that is read at its class token (Siméoni et al. 2025; {@code
 * DINOv3ViTModel} of transformers). It is a DINOv2 with registers whose queries and keys are rotated by the positions
 * of their patches, where DINOv2 adds positions to the tokens.
 */
final class Dinov3Tower extends PatchEncoder {

    private static final VisionEmbeddings.Names EMBEDDINGS = new VisionEmbeddings.Names(
            "patch_embeddings", true, "cls_token", null, true, "register_tokens", Interpolation.CUBIC, false);

    private static final BlockNames.Mlp MLP =
            new BlockNames.Mlp("mlp.up_proj", "mlp.down_proj", "norm2", "layer_scale2.lambda1");

    private static final BlockNames.Mlp GATED_MLP =
            new BlockNames.Mlp("mlp.gate_proj", "mlp.up_proj", "mlp.down_proj", "norm2", "layer_scale2.lambda1");

    /** Stood for hidden patches in the training. */
    private static final String MASK = "embeddings.mask_token";

    private final Backend backend;
    private final VisionEmbeddings embeddings;
    private final RotaryPositions positions;
    private final TransformerStack encoder;
    private final LayerNorm norm;

    /**
     * Takes the weights.
     *
     * @param model the checkpoint's top level
     */
    Dinov3Tower(Parameters model, Dinov3Config config) {
        super(config.vision());
        backend = model.backend();
        int hidden = shape.transformer().hiddenSize();
        model.weights().optional(MASK, Shape.of(1, 1, hidden)); // has no part in answers
        if (shape.registers() == 0) {
            model.weights().optional("embeddings.register_tokens", Shape.of(1, 0, hidden));
        }
        embeddings = new VisionEmbeddings(model.at("embeddings"), EMBEDDINGS, shape);
        positions = new RotaryPositions(
                backend,
                shape.transformer(),
                config.rotaryBase(),
                shape.tokensBefore(),
                RotaryPositions.Places.CENTRED);
        encoder = TransformerStack.pooledEncoder(model, "layer", shape.transformer(), block(config));
        norm = model.layerNorm("norm", hidden, shape.transformer().epsilon());
    }

    private static BlockNames block(Dinov3Config config) {
        return new BlockNames(
                new BlockNames.Attention(
                        projection("query"),
                        List.of(projection("key"), projection("value")),
                        "attention.o_proj",
                        "norm1",
                        "layer_scale1.lambda1",
                        config.unbiased().stream().map(Dinov3Tower::projection).toList(),
                        null),
                null,
                config.gated() ? GATED_MLP : MLP);
    }

    /** Names a projection: {@code attention.q_proj} of {@code query}. */
    private static String projection(String part) {
        return "attention." + part.charAt(0) + "_proj";
    }

    @Override
    public int dimension() {
        return shape.transformer().hiddenSize();
    }

    @Override
    public Tensor encode(Tensor pixels, Grid grid) {
        return backend.scoped("dinov3", () -> {
            Segments images = Segments.uniform(grid.images(), embeddings.tokens(grid));
            Tensor tokens = backend.scoped("embeddings", () -> embeddings.apply(pixels, grid));
            RotaryPositions.Table rotary = positions.table(embeddings.patchGrid(grid));
            Tensor classTokens = encoder.apply(tokens, images, images.firstRows(), rotary); // [images, hidden]
            return backend.layerNorm(classTokens, norm);
        });
    }
}
