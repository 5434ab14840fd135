package dev.fovea.models.clip.network;

import dev.fovea.models.nn.Linear;
import dev.fovea.models.nn.Parameters;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Tensor;

/**
 * Makes an embedding of the one token that is read of a tower, by a norm and a projection into the space that both
 * towers share. A checkpoint of a single tower may come without the projection ({@code CLIPVisionModel}, {@code
 * CLIPTextModel} of transformers).
 *
 * @param backend computes
 * @param norm before the projection
 * @param projection or null
 * @param dimension numbers in an embedding
 */
record EmbeddingHead(Backend backend, LayerNorm norm, Linear projection, int dimension) {

    /**
     * Takes {@code NAME.weight}, which only a checkpoint of both towers must have.
     *
     * @param model the checkpoint's top level
     * @param hiddenSize channels of the token
     */
    static EmbeddingHead of(Parameters model, String name, ClipConfig config, int hiddenSize, LayerNorm norm) {
        if (config.isSingleTower() && !model.weights().has(name + ".weight")) {
            return new EmbeddingHead(model.backend(), norm, null, hiddenSize);
        }
        Linear projection = model.finer().linearWithoutBias(name, hiddenSize, config.projectionDim());
        return new EmbeddingHead(model.backend(), norm, projection, config.projectionDim());
    }

    /** Turns {@code [rows, hidden]} into {@code [rows, dimension]}, not of unit length. */
    Tensor apply(Tensor tokens) {
        return projection == null
                ? backend.layerNorm(tokens, norm)
                : projection.apply(tokens, Fusion.NONE.withNorm(norm));
    }
}
