package dev.fovea.models.classification.network;

import dev.fovea.models.timm.network.TimmVit;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Tensor;

/**
 * A vision transformer of timm whose last layer makes logits.
 *
 * @param vit computes
 */
record TimmNetwork(TimmVit vit) implements Network {

    @Override
    public Tensor logits(Tensor pixels, Grid grid) {
        return vit.encode(pixels, grid);
    }

    @Override
    public void requireSize(int height, int width) {
        vit.requireSize(height, width);
    }
}
