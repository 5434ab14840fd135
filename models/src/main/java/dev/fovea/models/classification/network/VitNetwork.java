package dev.fovea.models.classification.network;

import dev.fovea.models.nn.BlockNames;
import dev.fovea.models.nn.Linear;
import dev.fovea.models.nn.Parameters;
import dev.fovea.models.nn.TransformerStack;
import dev.fovea.models.nn.VisionEmbeddings;
import dev.fovea.models.nn.VisionShape;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;
import java.util.List;

/**
 * A vision transformer whose class token is classified (Dosovitskiy et al. 2021; {@code ViTForImageClassification} of
 * transformers).
 */
final class VitNetwork implements Network {

    private static final VisionEmbeddings.Names EMBEDDINGS =
            new VisionEmbeddings.Names("patch_embeddings.projection", true, "cls_token", "position_embeddings", true);

    private static final BlockNames BLOCK = new BlockNames(
            new BlockNames.Attention(
                    "attention.attention.query",
                    List.of("attention.attention.key", "attention.attention.value"),
                    "attention.output.dense",
                    "layernorm_before"),
            null,
            new BlockNames.Mlp("intermediate.dense", "output.dense", "layernorm_after"));

    private final Backend backend;
    private final VisionShape shape;
    private final VisionEmbeddings embeddings;
    private final TransformerStack encoder;
    private final LayerNorm norm;
    private final Linear classifier;

    /**
     * Takes the weights of the network.
     *
     * @param model the checkpoint's top level
     */
    VitNetwork(Parameters model, VisionShape shape, int classes) {
        this.shape = shape;
        backend = model.backend();
        Parameters vit = model.at("vit");
        int hidden = shape.transformer().hiddenSize();
        embeddings = new VisionEmbeddings(vit.at("embeddings"), EMBEDDINGS, shape);
        encoder = TransformerStack.pooledEncoder(vit, "encoder.layer", shape.transformer(), BLOCK);
        norm = vit.layerNorm("layernorm", hidden, shape.transformer().epsilon());
        classifier = model.linear("classifier", hidden, classes);
    }

    @Override
    public void requireSize(int height, int width) {
        shape.requirePatches(height, width);
    }

    @Override
    public Tensor logits(Tensor pixels, Grid grid) {
        Tensor classTokens = backend.scoped("vit", () -> {
            Tensor tokens = backend.scoped("embeddings", () -> embeddings.apply(pixels, grid));
            Segments images = Segments.uniform(grid.images(), embeddings.tokens(grid));
            return encoder.apply(tokens, images, images.firstRows()); // [images, hidden]
        });
        return classifier.apply(classTokens, Fusion.NONE.withNorm(norm)); // [images, classes]
    }
}
