package dev.fovea.models.classification.network;

import dev.fovea.models.nn.Parameters;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Tensor;

/** A network that turns pixels into a logit for each class. */
public interface Network {

    /**
     * Takes the weights of the network that the configuration describes.
     *
     * @param model the checkpoint's top level
     */
    static Network of(Parameters model, ClassifierConfig config) {
        int classes = config.classes().size();
        if (config.resNet() != null) {
            return new ResNetNetwork(model, config.resNet(), classes);
        }
        return config.vit() != null
                ? new VitNetwork(model, config.vit(), classes)
                : new ClipNetwork(model, config.clip(), classes);
    }

    /**
     * Computes the logits of pictures.
     *
     * @param pixels {@code [images * height * width, 3]}, normalised
     * @return {@code [images, classes]}
     */
    Tensor logits(Tensor pixels, Grid grid);

    /**
     * Refuses pictures that it cannot read.
     *
     * @throws dev.fovea.tensor.FoveaException if they are too small
     */
    void requireSize(int height, int width);
}
