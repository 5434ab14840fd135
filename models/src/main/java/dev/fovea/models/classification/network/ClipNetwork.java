package dev.fovea.models.classification.network;

import dev.fovea.models.clip.network.ClipNames;
import dev.fovea.models.nn.Linear;
import dev.fovea.models.nn.Parameters;
import dev.fovea.models.nn.TransformerStack;
import dev.fovea.models.nn.VisionEmbeddings;
import dev.fovea.models.nn.VisionShape;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.Tensor;

/**
 * CLIP's vision transformer with a layer of classes ({@code CLIPForImageClassification} of transformers): the mean of
 * all patches is classified, the class token and the norm after the last block are not used.
 */
final class ClipNetwork implements Network {

    private final Backend backend;
    private final VisionShape shape;
    private final VisionEmbeddings embeddings;
    private final LayerNorm preNorm;
    private final TransformerStack encoder;
    private final Linear classifier;

    /**
     * Takes the weights of the network.
     *
     * @param model the checkpoint's top level
     */
    ClipNetwork(Parameters model, VisionShape shape, int classes) {
        this.shape = shape;
        backend = model.backend();
        Parameters tower = model.at("vision_model");
        int hidden = shape.transformer().hiddenSize();
        embeddings = new VisionEmbeddings(tower.at("embeddings"), ClipNames.EMBEDDINGS, shape);
        preNorm = tower.layerNorm("pre_layrnorm", hidden, shape.transformer().epsilon());
        encoder = TransformerStack.encoder(tower, "encoder.layers", shape.transformer(), ClipNames.BLOCK);
        classifier = model.linear("classifier", hidden, classes);
        // The file holds this norm of the tower; it is known and has no effect.
        for (String part : new String[] {".weight", ".bias"}) {
            tower.weights().optional("post_layernorm" + part, Shape.of(hidden));
        }
    }

    @Override
    public void requireSize(int height, int width) {
        shape.requirePatches(height, width);
    }

    @Override
    public Tensor logits(Tensor pixels, Grid grid) {
        int tokens = embeddings.tokens(grid);
        Tensor means = backend.scoped("vision_model", () -> {
            Tensor embedded = backend.scoped("embeddings", () -> embeddings.apply(pixels, grid));
            Tensor x = backend.layerNorm(embedded, preNorm); //                   [images * (1 + patches), hidden]
            Tensor out = encoder.apply(x, Segments.uniform(grid.images(), tokens)); // the same
            return backend.meanRows(out, embeddings.patches(grid)); //       [images, hidden]
        });
        return classifier.apply(means); // [images, classes]
    }
}
