package dev.fovea.benchmarks;

import dev.fovea.models.clip.network.ClipConfig;
import dev.fovea.models.clip.network.ClipResNetShape;
import dev.fovea.models.nn.ResNetShape;
import dev.fovea.models.nn.TransformerShape;
import dev.fovea.models.nn.VisionShape;
import dev.fovea.tensor.AttentionShape.Mask;
import java.util.List;

/**
 * Counts the multiply-adds of a work as Fovea computes it: the last block is computed for the pooled token only, and
 * there is no padding. Norms, softmax and activations are not counted.
 */
final class Effort {

    private final ClipConfig config;
    private final PeerInputs inputs;

    Effort(ClipConfig config, PeerInputs inputs) {
        this.config = config;
        this.inputs = inputs;
    }

    /** Returns the floating-point operations of a work; a multiply-add is two. */
    double flops(Work work) {
        return 2
                * switch (work.kind()) {
                    case IMAGES -> work.count() * image();
                    case FULL_TEXT -> texts(List.of(inputs.fullText()));
                    case USUAL_TEXT, LABELS, TRIMMED_LABELS ->
                        texts(inputs.labels().subList(0, work.count()));
                    case TOWER, GENERATE -> throw new IllegalArgumentException(work.name() + " is not a work of CLIP");
                };
    }

    private double image() {
        if (config.image() instanceof ClipConfig.ResNet resNet) {
            return resNet(resNet.sizes());
        }
        VisionShape vision = config.vision();
        double patches = (double) (inputs.size() / vision.patchHeight()) * (inputs.size() / vision.patchWidth());
        double hidden = vision.transformer().hiddenSize();
        double patchValues = (double) vision.channels() * vision.patchHeight() * vision.patchWidth();
        return patches * patchValues * hidden
                + tower(vision.transformer(), patches + 1)
                + hidden * config.projectionDim();
    }

    /** Counts convolutions by their definition, not by what a fast algorithm makes of them. */
    private double resNet(ClipResNetShape shape) {
        double width = shape.network().embeddingSize();
        double side = inputs.size() / 2.0;
        double half = width / 2;
        double sum = side * side * 9 * (3 * half + half * half + half * width);
        side /= 2;
        double channels = width;
        for (ResNetShape.Stage stage : shape.network().stages()) {
            double outputs = stage.channels();
            double planes = outputs / ResNetShape.REDUCTION;
            for (int block = 0; block < stage.depth(); block++) {
                boolean shrinks = stage.stride() > 1 && block == 0;
                double inner = side * side;
                side = shrinks ? side / 2 : side;
                double shortcut = block == 0 ? channels * outputs : 0;
                sum += inner * (channels * planes + 9 * planes * planes) + side * side * (planes * outputs + shortcut);
                channels = outputs;
            }
        }
        double tokens = shape.positions();
        double attention = 3 * channels * channels + 2 * shape.heads() * tokens * channels;
        return sum + attention + channels * config.projectionDim();
    }

    private double texts(List<int[]> texts) {
        double sum = 0;
        for (int[] ids : texts) {
            TransformerShape text = config.text().transformer();
            sum += tower(text, ids.length) + (double) text.hiddenSize() * config.projectionDim();
        }
        return sum;
    }

    private static double tower(TransformerShape shape, double tokens) {
        double hidden = shape.hiddenSize();
        double mlp = 2 * hidden * shape.intermediateSize();
        double keysPerQuery = shape.mask() == Mask.CAUSAL ? (tokens + 1) / 2 : tokens;
        double block = tokens * (4 * hidden * hidden + 2 * keysPerQuery * hidden + mlp);
        double lastBlock = tokens * 2 * hidden * hidden + 2 * hidden * hidden + 2 * tokens * hidden + mlp;
        return (shape.layers() - 1) * block + lastBlock;
    }
}
