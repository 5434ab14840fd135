package dev.fovea.models.classification.network;

import dev.fovea.models.towers.ImageEncoder;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Tensor;

/**
 * A tower of timm whose last layer makes logits.
 *
 * @param tower computes
 */
record TowerNetwork(ImageEncoder tower) implements Network {

    @Override
    public Tensor logits(Tensor pixels, Grid grid) {
        return tower.encode(pixels, grid);
    }

    @Override
    public void requireSize(int height, int width) {
        tower.requireSize(height, width);
    }
}
