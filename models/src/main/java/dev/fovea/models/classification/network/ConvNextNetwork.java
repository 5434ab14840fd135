package dev.fovea.models.classification.network;

import dev.fovea.models.convnext.network.ConvNextNames;
import dev.fovea.models.convnext.network.ConvNextShape;
import dev.fovea.models.convnext.network.ConvNextTower;
import dev.fovea.models.nn.Linear;
import dev.fovea.models.nn.Parameters;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Tensor;

/**
 * A ConvNeXt whose averaged map is classified (Liu et al. 2022; {@code ConvNextForImageClassification} of
 * transformers).
 */
final class ConvNextNetwork implements Network {

    private final ConvNextTower tower;
    private final Linear classifier;

    /**
     * Takes the weights of the network.
     *
     * @param model the checkpoint's top level
     */
    ConvNextNetwork(Parameters model, ConvNextShape shape, int classes) {
        tower = new ConvNextTower(model.at("convnext"), ConvNextNames.TRANSFORMERS, shape, "convnext");
        classifier = model.linear("classifier", shape.channels(), classes);
    }

    @Override
    public void requireSize(int height, int width) {
        tower.requireSize(height, width);
    }

    @Override
    public Tensor logits(Tensor pixels, Grid grid) {
        return classifier.apply(tower.encode(pixels, grid)); // [images, classes]
    }
}
