package dev.fovea.training.tape;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.kind.ModelKind;
import dev.fovea.models.nn.ModelFiles;
import dev.fovea.models.towers.Towers;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.Tensor;
import dev.fovea.training.loss.ContrastiveLoss;
import dev.fovea.training.network.FullPlan;
import dev.fovea.training.network.TapedClip;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * A small CLIP with a ResNet beside torch in f64. The model keeps convolutions with their batch norms folded in, and
 * keys of the pooling transposed; gradients are those of what the checkpoint stores.
 */
class ResNetGradientsTest {

    private static final GradientCase CASE = GradientCase.of("clip-resnet", "clip/resnet-cases/small");
    private static final Grid GRID = new Grid(3, 64, 64);

    @Test
    void everyGradient() {
        FullPlan all = new FullPlan(name -> true);
        try (Backend backend = Backends.open("cpu", 2)) {
            Tape tape = new Tape(backend, all);
            double found = ModelFiles.load(CASE.model(), LoadOptions.on(tape), files -> {
                Towers towers = ModelKind.towers(CASE.model()).towers(files.parameters());
                double scale = files.weights().tensor("logit_scale", Shape.of()).get(0);
                return tape.record(() -> {
                    Tensor pixels = tape.tensor(GRID.rows(), 3, CASE.floats("pixel_values"));
                    Tensor images = tape.l2Normalize(towers.image().encode(pixels, GRID));
                    Tensor texts = tape.l2Normalize(towers.text().encode(CASE.ids("texts")));
                    ContrastiveLoss loss =
                            ContrastiveLoss.ofPairs(TapedClip.rows(images), TapedClip.rows(texts), scale);
                    tape.backward(List.of(images, texts), List.of(loss.images(), loss.texts()));
                    return loss.loss();
                });
            });
            assertEquals(CASE.losses("losses")[0], found, 1e-5);
            assertEquals(Optional.empty(), all.remark());
            CASE.assertGradients("gradient.", all.parameters());
            // Without logit_scale, and the bias of keys, which moves all scores alike and is not there.
            assertEquals(CASE.count("gradient.") - 2, all.parameters().size());
        }
    }
}
