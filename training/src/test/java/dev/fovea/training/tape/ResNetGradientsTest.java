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
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.safetensors.Weights;
import dev.fovea.training.loss.ContrastiveLoss;
import dev.fovea.training.network.TapedClip;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * A small CLIP with a ResNet beside torch in f64. The model keeps convolutions with their batch norms folded in, and
 * keys of the pooling transposed, so their gradients are brought to the form of the checkpoint first: with {@code s =
 * sqrt(variance + 1e-5)}, {@code dw = dw' gamma / s}, {@code dbeta = db'}, {@code dgamma = (sum of dw' w - mean db') /
 * s}.
 */
class ResNetGradientsTest {

    private static final GradientCase CASE = GradientCase.of("clip-resnet", "clip/resnet-cases/small");
    private static final Grid GRID = new Grid(3, 64, 64);
    private static final int HEADS = 2;

    @Test
    void everyGradient() {
        Map<String, Parameter> parameters = new LinkedHashMap<>();
        Trainables all = new Trainables() {
            @Override
            public Parameter parameter(WeightData weight) {
                return parameters.computeIfAbsent(weight.name(), name -> Parameter.of(weight));
            }
        };
        try (Backend backend = Backends.open("cpu", 2)) {
            Tape tape = new Tape(backend, all);
            List<Parameter> stored = ModelFiles.load(CASE.model(), LoadOptions.on(tape), files -> {
                Towers towers = ModelKind.towers(CASE.model()).towers(files.parameters());
                double scale = files.weights().tensor("logit_scale", Shape.of()).get(0);
                double loss = tape.record(() -> {
                    Tensor pixels = tape.tensor(GRID.rows(), 3, CASE.floats("pixel_values"));
                    Tensor images = tape.l2Normalize(towers.image().encode(pixels, GRID));
                    Tensor texts = tape.l2Normalize(towers.text().encode(CASE.ids("texts")));
                    ContrastiveLoss found =
                            ContrastiveLoss.ofPairs(TapedClip.rows(images), TapedClip.rows(texts), scale);
                    tape.backward(List.of(images, texts), List.of(found.images(), found.texts()));
                    return found.loss();
                });
                assertEquals(CASE.losses("losses")[0], loss, 1e-5);
                return stored(parameters, files.weights());
            });
            CASE.assertGradients("gradient.", stored);
            // Without logit_scale, and the bias of keys, which moves all scores alike and is not there.
            assertEquals(CASE.count("gradient.") - 2, stored.size());
        }
    }

    /** Brings gradients to the form in which the checkpoint has the parameters. */
    private static List<Parameter> stored(Map<String, Parameter> parameters, Weights weights) {
        List<Parameter> stored = new ArrayList<>();
        parameters.forEach((name, parameter) -> {
            String norm = name.replaceFirst("conv(\\d)\\.weight$", "bn$1")
                    .replaceFirst("downsample.0.weight$", "downsample.1");
            if (!norm.equals(name)) {
                unfold(parameter, parameters.get(norm + ".bias"), norm, weights, stored);
            } else if (name.endsWith("attnpool.k_proj.weight")) {
                stored.add(turned(parameter, weights));
            } else {
                stored.add(parameter);
            }
        });
        return stored;
    }

    private static void unfold(Parameter kernel, Parameter bias, String norm, Weights weights, List<Parameter> stored) {
        int channels = bias.values().length;
        Shape vector = Shape.of(channels);
        float[] w = weights.tensor(kernel.name(), kernel.shape()).toFloats();
        float[] gamma = weights.tensor(norm + ".weight", vector).toFloats();
        float[] mean = weights.tensor(norm + ".running_mean", vector).toFloats();
        float[] variance = weights.tensor(norm + ".running_var", vector).toFloats();
        Parameter ofKernel = new Parameter(kernel.name(), kernel.shape(), w);
        Parameter ofGamma = new Parameter(norm + ".weight", vector, gamma);
        for (int channel = 0; channel < channels; channel++) {
            double s = Math.sqrt(variance[channel] + 1e-5);
            double sum = -(double) mean[channel] * bias.gradient()[channel];
            int taps = w.length / channels;
            for (int i = channel * taps; i < (channel + 1) * taps; i++) {
                sum += (double) kernel.gradient()[i] * w[i];
                ofKernel.gradient()[i] = (float) (kernel.gradient()[i] * gamma[channel] / s);
            }
            ofGamma.gradient()[channel] = (float) (sum / s);
        }
        stored.add(ofKernel);
        stored.add(ofGamma);
    }

    /** Turns keys back, which the pooling has transposed for each head. */
    private static Parameter turned(Parameter keys, Weights weights) {
        int features = (int) keys.shape().extent(0) / HEADS;
        int size = features / HEADS;
        Shape shape = Shape.of(features, features);
        Parameter turned = new Parameter(
                keys.name(), shape, weights.tensor(keys.name(), shape).toFloats());
        for (int row = 0; row < features; row++) {
            for (int column = 0; column < features; column++) {
                turned.gradient()[row * features + column] =
                        keys.gradient()[(row / size * features + column) * size + row % size];
            }
        }
        return turned;
    }
}
