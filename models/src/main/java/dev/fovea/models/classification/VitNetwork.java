package dev.fovea.models.classification;

import dev.fovea.models.nn.BlockNames;
import dev.fovea.models.nn.Linear;
import dev.fovea.models.nn.Parameters;
import dev.fovea.models.nn.PoolingTransformer;
import dev.fovea.models.nn.VisionEmbeddings;
import dev.fovea.models.nn.VisionShape;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;

/** A vision transformer whose class token is classified (Dosovitskiy et al. 2021; {@code ViTForImageClassification} of transformers). */
final class VitNetwork implements Network {

    private final Backend backend;
    private final VisionShape shape;
    private final VisionEmbeddings embeddings;
    private final PoolingTransformer encoder;
    private final LayerNorm norm;
    private final Linear classifier;

    /**
     * @param model the checkpoint's top level
     */
    VitNetwork(Parameters model, VisionShape shape, int classes) {
        this.shape = shape;
        backend = model.backend();
        Parameters vit = model.at("vit");
        int hidden = shape.transformer().hiddenSize();
        embeddings = VisionEmbeddings.vit(vit.at("embeddings"), shape);
        encoder = new PoolingTransformer(vit, "encoder.layer", shape.transformer(), BlockNames.VIT);
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
