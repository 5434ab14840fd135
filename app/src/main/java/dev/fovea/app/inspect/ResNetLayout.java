package dev.fovea.app.inspect;

import dev.fovea.models.classification.ResNetShape.Stage;
import dev.fovea.models.clip.ResNetShape;
import dev.fovea.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.Map;

/** Which tensors residual networks have and of what shape, from their configurations alone. */
final class ResNetLayout {

    private final Map<String, Shape> expected = new LinkedHashMap<>();

    private ResNetLayout() {}

    /**
     * CLIP's image tower, by OpenAI's names.
     *
     * @param mostBlocks a configuration may claim any number of blocks; one that is missing is enough to show that
     */
    static Map<String, Shape> ofClip(ResNetShape shape, int projection, int mostBlocks) {
        ResNetLayout layout = new ResNetLayout();
        String tower = "vision_model.";
        int width = shape.width();
        layout.convolution(tower + "conv1", tower + "bn1", width / 2, 3, 3);
        layout.convolution(tower + "conv2", tower + "bn2", width / 2, width / 2, 3);
        layout.convolution(tower + "conv3", tower + "bn3", width, width / 2, 3);
        int channels = width;
        for (int stage = 0; stage < ResNetShape.STAGES; stage++) {
            int planes = shape.planes(stage);
            int outputs = planes * ResNetShape.EXPANSION;
            for (int number = 0; number < Math.min(shape.layers().get(stage), mostBlocks); number++) {
                String block = tower + "layer" + (stage + 1) + "." + number + ".";
                layout.convolution(block + "conv1", block + "bn1", planes, channels, 1);
                layout.convolution(block + "conv2", block + "bn2", planes, planes, 3);
                layout.convolution(block + "conv3", block + "bn3", outputs, planes, 1);
                if (number == 0) {
                    layout.convolution(block + "downsample.0", block + "downsample.1", outputs, channels, 1);
                }
                channels = outputs;
            }
        }
        String pool = tower + "attnpool.";
        layout.expected.put(pool + "positional_embedding", Shape.of(shape.positions(), channels));
        for (String name : new String[] {"q_proj", "k_proj", "v_proj"}) {
            layout.linear(pool + name, channels, channels);
        }
        layout.linear(pool + "c_proj", projection, channels);
        return layout.expected;
    }

    /** A classifier of transformers. */
    static Map<String, Shape> ofClassifier(
            dev.fovea.models.classification.ResNetShape shape, int classes, int mostBlocks) {
        ResNetLayout layout = new ResNetLayout();
        layout.normed("resnet.embedder.embedder.", shape.embeddingSize(), 3, 7);
        int channels = shape.embeddingSize();
        for (int stage = 0; stage < shape.stages().size(); stage++) {
            Stage sizes = shape.stages().get(stage);
            int outputs = sizes.channels();
            for (int number = 0; number < Math.min(sizes.depth(), mostBlocks); number++) {
                String block = "resnet.encoder.stages." + stage + ".layers." + number + ".";
                if (shape.bottleneck()) {
                    int inner = outputs / dev.fovea.models.classification.ResNetShape.REDUCTION;
                    layout.normed(block + "layer.0.", inner, channels, 1);
                    layout.normed(block + "layer.1.", inner, inner, 3);
                    layout.normed(block + "layer.2.", outputs, inner, 1);
                } else {
                    layout.normed(block + "layer.0.", outputs, channels, 3);
                    layout.normed(block + "layer.1.", outputs, outputs, 3);
                }
                if (channels != outputs || number == 0 && sizes.stride() > 1) {
                    layout.normed(block + "shortcut.", outputs, channels, 1);
                }
                channels = outputs;
            }
        }
        layout.linear("classifier.1", classes, channels);
        return layout.expected;
    }

    private void normed(String module, int outputs, int inputs, int kernel) {
        convolution(module + "convolution", module + "normalization", outputs, inputs, kernel);
    }

    private void convolution(String name, String norm, int outputs, int inputs, int kernel) {
        expected.put(name + ".weight", Shape.of(outputs, inputs, kernel, kernel));
        for (String part : new String[] {"weight", "bias", "running_mean", "running_var"}) {
            expected.put(norm + "." + part, Shape.of(outputs));
        }
    }

    private void linear(String name, int outputs, int inputs) {
        expected.put(name + ".weight", Shape.of(outputs, inputs));
        expected.put(name + ".bias", Shape.of(outputs));
    }
}
