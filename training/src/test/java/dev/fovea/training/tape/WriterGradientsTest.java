package dev.fovea.training.tape;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.blip.network.BlipConfig;
import dev.fovea.models.blip.network.BlipNetwork;
import dev.fovea.models.florence.network.FlorenceConfig;
import dev.fovea.models.florence.network.FlorenceNetwork;
import dev.fovea.models.image.Pixels;
import dev.fovea.models.nn.ModelFiles;
import dev.fovea.models.nn.TokenIds;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;
import dev.fovea.training.loss.TokenLoss;
import dev.fovea.training.network.FullPlan;
import dev.fovea.training.optimizer.AdamWOptimizer;
import dev.fovea.training.optimizer.ParameterGroup;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** A small BLIP and a small Florence-2 beside torch in f64: gradients of a loss of written tokens. */
class WriterGradientsTest {

    private static final GradientCase BLIP = GradientCase.of("blip", "blip/cases/caption-base");
    private static final GradientCase BLIP_VQA = GradientCase.of("blip-vqa", "blip/cases/vqa-base");
    private static final GradientCase FLORENCE = GradientCase.of("florence", "florence/cases/base");

    /** A model on a tape: what it makes of the case's pictures and texts, and what is trained. */
    private record Writer(GradientCase kind, Tape tape, Supplier<Tensor> logits, FullPlan plan) {

        double loss() {
            plan.parameters().forEach(Parameter::clearGradient);
            List<int[]> texts = kind.ids("texts");
            int[] given = new int[texts.size()];
            Arrays.fill(given, 1);
            return tape.record(() -> {
                Tensor scores = logits.get();
                TokenLoss loss = TokenLoss.of(scores.toArray(), texts, given, kind.number("smoothing", 0));
                tape.backward(scores, loss.gradient());
                return loss.loss();
            });
        }

        void lossesOfTenSteps() {
            double[] losses = kind.losses("losses");
            AdamWOptimizer optimizer = new AdamWOptimizer(List.of(new ParameterGroup(plan.parameters(), 0.1)));
            for (int step = 0; step < losses.length; step++) {
                assertEquals(losses[step], loss(), 1e-5 * losses[step], "before step " + step);
                optimizer.step(1e-4);
                tape.refresh();
            }
        }
    }

    private static Writer blip(Backend backend) {
        FullPlan plan = new FullPlan(name -> true);
        Tape tape = new Tape(backend, plan);
        Grid grid = new Grid(2, 32, 32);
        return ModelFiles.load(BLIP.model(), LoadOptions.on(tape), files -> {
            BlipNetwork.Captioner network = BlipNetwork.Captioner.of(files.parameters(), BlipConfig.load(BLIP.model()));
            Supplier<Tensor> logits = () -> {
                Tensor pixels = tape.tensor(grid.rows(), 3, BLIP.floats("pixel_values"));
                Tensor states = network.vision().encode(pixels, grid);
                return network.decoder().logits(BLIP.ids("texts"), states, Segments.uniform(2, states.rows() / 2));
            };
            return new Writer(BLIP, tape, logits, plan);
        });
    }

    private static Writer answerer(Backend backend) {
        FullPlan plan = new FullPlan(name -> true);
        Tape tape = new Tape(backend, plan);
        Grid grid = new Grid(2, 32, 32);
        Path model = BLIP_VQA.model();
        return ModelFiles.load(model, LoadOptions.on(tape), files -> {
            BlipNetwork.Answerer network = BlipNetwork.Answerer.of(files.parameters(), BlipConfig.load(model));
            List<int[]> questions = BLIP_VQA.ids("questions");
            Supplier<Tensor> logits = () -> {
                Tensor pixels = tape.tensor(grid.rows(), 3, BLIP_VQA.floats("pixel_values"));
                Tensor states = network.vision().encode(pixels, grid);
                Segments pictures = Segments.uniform(2, states.rows() / 2);
                Tensor asked = network.encoder().encode(questions, new int[] {1, 1}, states, pictures);
                return network.decoder().logits(BLIP_VQA.ids("texts"), asked, TokenIds.segments(questions));
            };
            return new Writer(BLIP_VQA, tape, logits, plan);
        });
    }

    private static Writer florence(Backend backend) {
        FullPlan plan = new FullPlan(name -> true);
        Tape tape = new Tape(backend, plan);
        int height = (int) FLORENCE.number("height");
        int width = (int) FLORENCE.number("width");
        return ModelFiles.load(FLORENCE.model(), LoadOptions.on(tape), files -> {
            FlorenceNetwork network = new FlorenceNetwork(files.parameters(), FlorenceConfig.load(FLORENCE.model()));
            Supplier<Tensor> logits = () -> network.logits(
                    network.see(Pixels.of(FLORENCE.floats("pixel_values"), 2, height, width)),
                    FLORENCE.ids("prompts"),
                    FLORENCE.ids("texts"));
            return new Writer(FLORENCE, tape, logits, plan);
        });
    }

    @Test
    void everyGradientOfBlip() {
        try (Backend backend = Backends.open("cpu", 2)) {
            Writer writer = blip(backend);
            assertEquals(BLIP.losses("losses")[0], writer.loss(), 1e-5);
            BLIP.assertGradients("gradient.", writer.plan().parameters());
            assertEquals(BLIP.count("gradient."), writer.plan().parameters().size());
        }
    }

    @Test
    void everyGradientOfABlipThatAnswers() {
        try (Backend backend = Backends.open("cpu", 2)) {
            Writer writer = answerer(backend);
            assertEquals(BLIP_VQA.losses("losses")[0], writer.loss(), 1e-5);
            BLIP_VQA.assertGradients("gradient.", writer.plan().parameters());
            assertEquals(BLIP_VQA.count("gradient."), writer.plan().parameters().size());
            answerer(backend).lossesOfTenSteps();
        }
    }

    @Test
    void tenStepsOfBlip() {
        try (Backend backend = Backends.open("cpu", 2)) {
            blip(backend).lossesOfTenSteps();
        }
    }

    @Test
    void everyGradientOfFlorence() {
        try (Backend backend = Backends.open("cpu", 2)) {
            Writer writer = florence(backend);
            assertEquals(FLORENCE.losses("losses")[0], writer.loss(), 1e-5);
            FLORENCE.assertGradients("gradient.", writer.plan().parameters());
            assertEquals(FLORENCE.count("gradient."), writer.plan().parameters().size());
        }
    }

    @Test
    void tenStepsOfFlorence() {
        try (Backend backend = Backends.open("cpu", 2)) {
            florence(backend).lossesOfTenSteps();
        }
    }
}
