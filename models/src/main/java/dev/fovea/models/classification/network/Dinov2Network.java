package dev.fovea.models.classification.network;

import dev.fovea.models.dinov2.network.Dinov2Config;
import dev.fovea.models.dinov2.network.Dinov2Tower;
import dev.fovea.models.nn.Linear;
import dev.fovea.models.nn.Parameters;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Tensor;
import java.util.List;

/**
 * DINOv2 with a layer of classes, which reads the class token and the mean of the patches side by side ({@code
 * Dinov2ForImageClassification} of transformers).
 */
final class Dinov2Network implements Network {

    private final Backend backend;
    private final Dinov2Tower tower;
    private final Linear classifier;

    /**
     * Takes the weights of the network.
     *
     * @param model the checkpoint's top level
     */
    Dinov2Network(Parameters model, Dinov2Config config, int classes) {
        backend = model.backend();
        tower = new Dinov2Tower(model, config);
        classifier = model.linear("classifier", 2 * tower.dimension(), classes);
    }

    @Override
    public void requireSize(int height, int width) {
        tower.requireSize(height, width);
    }

    @Override
    public Tensor logits(Tensor pixels, Grid grid) {
        int images = grid.images();
        Tensor read = backend.scoped("dinov2", () -> {
            Tensor tokens = tower.tokens(pixels, grid); //                            [images * tokens, hidden]
            Tensor classTokens = tokens.everyRow(tokens.rows() / images); //          [images, hidden]
            Tensor means = backend.meanRows(tokens, tower.patches(grid)); //          [images, hidden]
            Tensor both = backend.concatRows(List.of(classTokens, means));
            return backend.gatherRows(both, sideBySide(images)).reshape(images, 2 * tower.dimension());
        });
        return classifier.apply(read); // [images, classes]
    }

    /** Returns the order that puts row {@code images + i} behind row {@code i}. */
    private static int[] sideBySide(int images) {
        int[] order = new int[2 * images];
        for (int image = 0; image < images; image++) {
            order[2 * image] = image;
            order[2 * image + 1] = images + image;
        }
        return order;
    }
}
