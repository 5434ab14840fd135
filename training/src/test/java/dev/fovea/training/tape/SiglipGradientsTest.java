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
import dev.fovea.training.optimizer.AdamWOptimizer;
import dev.fovea.training.optimizer.ParameterGroup;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * A small SigLIP beside torch in f64: every parameter's gradient, those of the scale and the bias of its loss and of
 * the pooling's three matrices in one included, and the losses of ten steps of AdamW.
 */
class SiglipGradientsTest {

    private static final GradientCase CASE = GradientCase.of("siglip", "siglip/cases/lowercase");
    private static final Grid GRID = new Grid(3, 24, 24);

    @Test
    void everyGradientAndTenSteps() {
        FullPlan all = new FullPlan(name -> true);
        try (Backend backend = Backends.open("cpu", 2)) {
            Tape tape = new Tape(backend, all);
            ModelFiles.load(CASE.model(), LoadOptions.on(tape), files -> {
                Towers towers = ModelKind.towers(CASE.model()).towers(files.parameters());
                Parameter scale = all.parameter(files.weights().tensor("logit_scale", Shape.of(1)));
                Parameter bias = all.parameter(files.weights().tensor("logit_bias", Shape.of(1)));
                List<Parameter> parameters = all.parameters();
                assertEquals(Optional.empty(), all.remark());
                assertEquals(CASE.count("gradient."), parameters.size());
                AdamWOptimizer optimizer = new AdamWOptimizer(List.of(new ParameterGroup(parameters, 0.1)));
                double[] losses = CASE.losses("losses");
                for (int step = 0; step < losses.length; step++) {
                    parameters.forEach(Parameter::clearGradient);
                    assertEquals(
                            losses[step], loss(tape, towers, scale, bias), 1e-5 * losses[0], "before step " + step);
                    if (step == 0) {
                        CASE.assertGradients("gradient.", parameters);
                    }
                    optimizer.step(1e-4);
                    tape.refresh();
                }
                return null;
            });
        }
    }

    private static double loss(Tape tape, Towers towers, Parameter scale, Parameter bias) {
        return tape.record(() -> {
            Tensor pixels = tape.tensor(GRID.rows(), 3, CASE.floats("pixel_values"));
            Tensor images = tape.l2Normalize(towers.image().encode(pixels, GRID));
            Tensor texts = tape.l2Normalize(towers.text().encode(CASE.ids("texts")));
            ContrastiveLoss loss = ContrastiveLoss.ofSigmoid(
                    TapedClip.rows(images),
                    TapedClip.rows(texts),
                    new int[] {0, 1, 2},
                    new int[] {0, 1, 1},
                    scale.values().get(0),
                    bias.values().get(0));
            tape.backward(List.of(images, texts), List.of(loss.images(), loss.texts()));
            scale.gradient().add(0, (float) loss.logitScale());
            bias.gradient().add(0, (float) loss.logitBias());
            return loss.loss();
        });
    }
}
