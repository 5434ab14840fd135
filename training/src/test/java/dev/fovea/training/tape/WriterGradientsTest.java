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
import dev.fovea.training.network.GeneratorKind;
import dev.fovea.training.network.LowRankPlan;
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
    private static final GradientCase FLORENCE_PEFT = GradientCase.of("florence-lora", "florence/cases/base");

    /** A model on a tape: what it makes of the case's pictures and texts, and what is trained. */
    private record Writer(GradientCase kind, Tape tape, Supplier<Tensor> logits, List<Parameter> parameters) {

        double loss() {
            parameters.forEach(Parameter::clearGradient);
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
            AdamWOptimizer optimizer = new AdamWOptimizer(List.of(new ParameterGroup(parameters, 0.1)));
            for (int step = 0; step < losses.length; step++) {
                assertEquals(losses[step], loss(), 1e-5 * losses[step], "before step " + step);
                optimizer.step(kind.number("rate", 1e-4));
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
            return new Writer(BLIP, tape, logits, plan.parameters());
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
            return new Writer(BLIP_VQA, tape, logits, plan.parameters());
        });
    }

    private static Writer florence(Backend backend) {
        FullPlan plan = new FullPlan(name -> true);
        return florence(FLORENCE, backend, plan, plan::parameters);
    }

    /** A Florence-2 with the additions that PEFT began with. */
    private static Writer adapted(Backend backend) {
        LowRankPlan plan = new LowRankPlan(
                GeneratorKind.FLORENCE.lowRankNames(false),
                (int) FLORENCE_PEFT.number("rank"),
                FLORENCE_PEFT.number("alpha"),
                0);
        Writer writer = florence(FLORENCE_PEFT, backend, plan, plan::parameters);
        writer.parameters()
                .forEach(parameter -> parameter.values().write(FLORENCE_PEFT.floats("start." + parameter.name())));
        writer.tape().refresh();
        return writer;
    }

    private static Writer florence(
            GradientCase kind, Backend backend, Trainables plan, Supplier<List<Parameter>> parameters) {
        Tape tape = new Tape(backend, plan);
        int height = (int) kind.number("height");
        int width = (int) kind.number("width");
        return ModelFiles.load(kind.model(), LoadOptions.on(tape), files -> {
            FlorenceNetwork network = new FlorenceNetwork(files.parameters(), FlorenceConfig.load(kind.model()));
            Supplier<Tensor> logits = () -> network.logits(
                    network.see(Pixels.of(kind.floats("pixel_values"), 2, height, width)),
                    kind.ids("prompts"),
                    kind.ids("texts"));
            return new Writer(kind, tape, logits, parameters.get());
        });
    }

    @Test
    void everyGradientOfBlip() {
        try (Backend backend = Backends.open("cpu", 2)) {
            Writer writer = blip(backend);
            assertEquals(BLIP.losses("losses")[0], writer.loss(), 1e-5);
            BLIP.assertGradients("gradient.", writer.parameters());
            assertEquals(BLIP.count("gradient."), writer.parameters().size());
        }
    }

    @Test
    void everyGradientOfABlipThatAnswers() {
        try (Backend backend = Backends.open("cpu", 2)) {
            Writer writer = answerer(backend);
            assertEquals(BLIP_VQA.losses("losses")[0], writer.loss(), 1e-5);
            BLIP_VQA.assertGradients("gradient.", writer.parameters());
            assertEquals(BLIP_VQA.count("gradient."), writer.parameters().size());
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
            FLORENCE.assertGradients("gradient.", writer.parameters());
            assertEquals(FLORENCE.count("gradient."), writer.parameters().size());
        }
    }

    /** As PEFT trains queries, keys and values of the language model: the table of words stays as it is. */
    @Test
    void additionsToFlorence() {
        try (Backend backend = Backends.open("cpu", 2)) {
            Writer writer = adapted(backend);
            assertEquals(FLORENCE_PEFT.losses("losses")[0], writer.loss(), 1e-5);
            FLORENCE_PEFT.assertGradients("gradient.", writer.parameters());
            assertEquals(FLORENCE_PEFT.count("gradient."), writer.parameters().size());
            adapted(backend).lossesOfTenSteps();
        }
    }

    @Test
    void tenStepsOfFlorence() {
        try (Backend backend = Backends.open("cpu", 2)) {
            florence(backend).lossesOfTenSteps();
        }
    }
}
