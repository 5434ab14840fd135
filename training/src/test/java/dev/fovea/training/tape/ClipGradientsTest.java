package dev.fovea.training.tape;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.kind.ModelKind;
import dev.fovea.models.nn.ModelFiles;
import dev.fovea.models.towers.Towers;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.WeightData;
import dev.fovea.training.loss.ContrastiveLoss;
import dev.fovea.training.numerics.Matrices;
import dev.fovea.training.optimizer.AdamWOptimizer;
import dev.fovea.training.optimizer.ParameterGroup;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A small CLIP beside torch in f64: every parameter's gradient, and the losses of ten steps of AdamW. */
class ClipGradientsTest {

    private static final GradientCase CASE = GradientCase.of("clip", "clip/cases/head-dim-10");
    private static final Grid GRID = new Grid(3, 48, 48);

    /** A model on a tape, what of it is trained, and its logit scale. */
    private record Trained(Tape tape, Towers towers, Map<String, Parameter> parameters, double fixedScale) {

        private double logitScale() {
            Parameter scale = parameters.get("logit_scale");
            return scale == null ? fixedScale : scale.values().get(0);
        }

        /** Clears the gradients, computes the loss and goes back. */
        double loss() {
            parameters.values().forEach(Parameter::clearGradient);
            return tape.record(() -> {
                Tensor pixels = tape.tensor(GRID.rows(), 3, CASE.floats("pixel_values"));
                Tensor images = tape.l2Normalize(towers.image().encode(pixels, GRID));
                Tensor texts = tape.l2Normalize(towers.text().encode(CASE.ids("texts")));
                ContrastiveLoss loss = ContrastiveLoss.ofPairs(matrix(images), matrix(texts), logitScale());
                tape.backward(List.of(images, texts), List.of(loss.images(), loss.texts()));
                if (parameters.containsKey("logit_scale")) {
                    parameters.get("logit_scale").gradient().add(0, (float) loss.logitScale());
                }
                return loss.loss();
            });
        }
    }

    private static double[][] matrix(Tensor tensor) {
        float[][] rows = new float[tensor.rows()][tensor.columns()];
        tensor.copyRows(rows);
        return Matrices.of(List.of(rows));
    }

    private static Trained load(Tape tape, Function<ModelFiles, Trained> use) {
        return ModelFiles.load(CASE.model(), LoadOptions.on(tape), use);
    }

    private static Trained full(Backend backend) {
        Map<String, Parameter> parameters = new LinkedHashMap<>();
        Tape tape = new Tape(backend, new Trainables() {
            @Override
            public Parameter parameter(WeightData weight) {
                return parameters.computeIfAbsent(weight.name(), name -> Parameter.of(weight));
            }
        });
        return load(tape, files -> {
            Towers towers = ModelKind.towers(CASE.model()).towers(files.parameters());
            parameters.put("logit_scale", Parameter.of(files.weights().tensor("logit_scale", Shape.of())));
            return new Trained(tape, towers, parameters, 0);
        });
    }

    private static Trained lowRank(Backend backend) {
        Map<String, Parameter> parameters = new LinkedHashMap<>();
        Tape tape = new Tape(backend, new Trainables() {
            @Override
            public LowRank adapter(WeightData matrix) {
                String module = matrix.name().replaceAll("\\.weight$", "");
                if (!CASE.has("lora." + module + ".lora_A.weight")) {
                    return null;
                }
                Parameter a = CASE.parameter("lora.", module + ".lora_A.weight");
                Parameter b = CASE.parameter("lora.", module + ".lora_B.weight");
                parameters.put(a.name(), a);
                parameters.put(b.name(), b);
                return new LowRank(module, a, b, (float) CASE.number("lora_scale"));
            }
        });
        return load(tape, files -> {
            Towers towers = ModelKind.towers(CASE.model()).towers(files.parameters());
            double scale = files.weights().tensor("logit_scale", Shape.of()).get(0);
            return new Trained(tape, towers, parameters, scale);
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "reference"})
    void everyGradient(String device) {
        try (Backend backend = Backends.open(device, 2)) {
            Trained model = full(backend);
            assertEquals(CASE.losses("losses")[0], model.loss(), 1e-5);
            CASE.assertGradients("gradient.", model.parameters().values());
            assertEquals(CASE.count("gradient."), model.parameters().size());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "reference"})
    void everyLowRankGradient(String device) {
        try (Backend backend = Backends.open(device, 2)) {
            Trained model = lowRank(backend);
            assertEquals(CASE.losses("lora_losses")[0], model.loss(), 1e-5);
            CASE.assertGradients("lora.gradient.", model.parameters().values());
            assertEquals(CASE.count("lora.gradient."), model.parameters().size());
        }
    }

    private static void tenSteps(Trained model, double[] losses) {
        List<Parameter> parameters = new ArrayList<>(model.parameters().values());
        AdamWOptimizer optimizer = new AdamWOptimizer(List.of(new ParameterGroup(parameters, 0.1)));
        for (int step = 0; step < losses.length; step++) {
            assertEquals(losses[step], model.loss(), 1e-5 * Math.max(1, losses[step]), "before step " + step);
            optimizer.step(1e-4);
            model.tape().refresh();
        }
    }

    /** The reference packs into new memory each time, the CPU into that of the layer before. */
    @ParameterizedTest
    @ValueSource(strings = {"cpu", "reference"})
    void lossesOfTenSteps(String device) {
        try (Backend backend = Backends.open(device, 2)) {
            tenSteps(full(backend), CASE.losses("losses"));
        }
    }

    @Test
    void lossesOfTenLowRankSteps() {
        try (Backend backend = Backends.open("cpu", 2)) {
            tenSteps(lowRank(backend), CASE.losses("lora_losses"));
        }
    }

    @Test
    void gradientsHaveTheSameBitsAtAnyNumberOfThreads() {
        List<float[]> expected = null;
        for (int threads : new int[] {1, 2, 3}) {
            try (Backend backend = Backends.open("cpu", threads)) {
                Trained model = full(backend);
                model.loss();
                List<float[]> found = model.parameters().values().stream()
                        .map(parameter -> parameter.gradient().toArray())
                        .toList();
                for (int i = 0; expected != null && i < found.size(); i++) {
                    assertTrue(Arrays.equals(expected.get(i), found.get(i)), "parameter " + i);
                }
                expected = found;
            }
        }
    }
}
