package dev.fovea.models.inspection;

import dev.fovea.models.blip.network.BlipConfig;
import dev.fovea.models.classification.network.ClassifierConfig;
import dev.fovea.models.classification.network.NetworkShape;
import dev.fovea.models.clip.network.ClipConfig;
import dev.fovea.models.clip.network.ClipResNetShape;
import dev.fovea.models.convnext.network.ConvNextShape;
import dev.fovea.models.dinov2.network.Dinov2Config;
import dev.fovea.models.dinov3.network.ConvNextConfig;
import dev.fovea.models.dinov3.network.Dinov3Config;
import dev.fovea.models.fastvit.network.FastVitShape;
import dev.fovea.models.florence.network.FlorenceConfig;
import dev.fovea.models.florence.network.FlorenceConfig.Stage;
import dev.fovea.models.nn.ModelConfig;
import dev.fovea.models.nn.ResNetShape;
import dev.fovea.models.nn.TransformerShape;
import dev.fovea.models.nn.VisionShape;
import dev.fovea.models.siglip.network.SiglipConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Describes how large a model is, for people: a line for each tower. */
final class ModelSizes {

    private final Map<String, String> lines = new LinkedHashMap<>();

    private ModelSizes() {}

    /**
     * Returns the parts of a model and the sizes of each.
     *
     * @param config null for a model that is not known, which has no parts
     */
    static Map<String, String> of(ModelConfig config) {
        ModelSizes sizes = new ModelSizes();
        switch (config) {
            case ClipConfig clip -> sizes.clip(clip);
            case SiglipConfig siglip -> sizes.siglip(siglip);
            case Dinov2Config dinov2 -> sizes.embedder(dinov2.vision());
            case Dinov3Config dinov3 -> sizes.embedder(dinov3.vision());
            case ConvNextConfig convNext -> {
                sizes.convNext(convNext.sizes());
                sizes.lines.put("embedding", convNext.sizes().channels() + " numbers");
            }
            case BlipConfig blip -> sizes.blip(blip);
            case FlorenceConfig florence -> sizes.florence(florence);
            case ClassifierConfig classifier -> sizes.classifier(classifier);
            case null, default -> {}
        }
        return sizes.lines;
    }

    private void clip(ClipConfig clip) {
        switch (clip.image()) {
            case null -> {}
            case ClipConfig.Vit vit -> vision(vit.sizes());
            case ClipConfig.ResNet resNet -> resNet(resNet.sizes());
            case ClipConfig.Timm timm -> vision(timm.sizes().sizes());
            case ClipConfig.ConvNext convNext -> convNext(convNext.sizes().sizes());
            case ClipConfig.FastVit fastVit -> fastVit(fastVit.sizes());
        }
        if (clip.text() != null) {
            ClipConfig.TextShape text = clip.text();
            lines.put("text tower", blocks(text.transformer()) + words(text.positions(), text.vocabularySize()));
        }
        lines.put("embedding", clip.projectionDim() + " numbers");
    }

    private void resNet(ClipResNetShape resNet) {
        lines.put(
                "picture tower",
                "ResNet, " + each(resNet.network().stages(), stage -> stage.depth()) + " bottlenecks, "
                        + resNet.network().embeddingSize()
                        + " wide after the stem, " + resNet.heads() + " heads that pool, pictures of "
                        + resNet.imageSize() + " x " + resNet.imageSize());
    }

    private void fastVit(FastVitShape fastVit) {
        lines.put(
                "picture tower",
                "FastViT, " + each(fastVit.stages(), FastVitShape.Stage::depth) + " blocks, "
                        + each(fastVit.stages(), FastVitShape.Stage::channels) + " wide, "
                        + fastVit.stages().stream()
                                .filter(FastVitShape.Stage::attends)
                                .count()
                        + " stages with attention, pictures of " + fastVit.imageSize() + " x " + fastVit.imageSize());
    }

    private void siglip(SiglipConfig siglip) {
        if (siglip.vision() != null) {
            vision(siglip.vision());
        }
        if (siglip.text() != null) {
            SiglipConfig.Text text = siglip.text();
            lines.put("text tower", blocks(text.transformer()) + words(text.positions(), text.vocabularySize()));
        }
        int width = siglip.vision() == null
                ? siglip.text().projectionSize()
                : siglip.vision().transformer().hiddenSize();
        lines.put("embedding", width + " numbers");
    }

    private void embedder(VisionShape vision) {
        vision(vision);
        lines.put("embedding", vision.transformer().hiddenSize() + " numbers");
    }

    private void convNext(ConvNextShape convNext) {
        List<ConvNextShape.Stage> stages = convNext.stages();
        lines.put(
                "picture tower",
                "ConvNeXt, " + each(stages, ConvNextShape.Stage::depth) + " blocks, "
                        + each(stages, ConvNextShape.Stage::channels) + " wide");
    }

    private void blip(BlipConfig blip) {
        vision(blip.vision());
        lines.put(
                "text towers",
                blocks(blip.text().transformer())
                        + words(blip.text().positions(), blip.text().vocabularySize()));
    }

    private void florence(FlorenceConfig florence) {
        List<Stage> stages = florence.vision().stages();
        lines.put(
                "picture tower",
                stages.size() + " stages, " + each(stages, Stage::depth) + " pairs of blocks, "
                        + each(stages, Stage::channels) + " wide, " + each(stages, Stage::heads) + " heads, "
                        + each(stages, Stage::groups) + " groups of channels, windows of "
                        + florence.vision().windowSize() + " x "
                        + florence.vision().windowSize());
        lines.put("encoder", blocks(florence.text().encoder()));
        lines.put("decoder", blocks(florence.text().decoder()));
        lines.put("reads", florence.text().positions() + " tokens of picture and text together");
    }

    private void classifier(ClassifierConfig classifier) {
        switch (classifier.network()) {
            case NetworkShape.Vit vit -> vision(vit.vision());
            case NetworkShape.Clip clip -> vision(clip.vision());
            case NetworkShape.Timm timm -> vision(timm.sizes().sizes());
            case NetworkShape.TimmConvNext convNext -> convNext(convNext.sizes().sizes());
            case NetworkShape.ConvNext convNext -> convNext(convNext.sizes());
            case NetworkShape.Dinov2 dinov2 -> vision(dinov2.tower().vision());
            case NetworkShape.ResNet resNet -> {
                List<ResNetShape.Stage> stages = resNet.sizes().stages();
                lines.put(
                        "picture tower",
                        "ResNet, " + each(stages, stage -> stage.depth())
                                + (resNet.sizes().bottleneck() ? " bottlenecks, " : " blocks of two convolutions, ")
                                + each(stages, stage -> stage.channels()) + " wide");
            }
        }
        lines.put("classes", count(classifier.classes().size()));
    }

    private static <T> String each(List<T> stages, Function<T, Integer> size) {
        return stages.stream().map(stage -> size.apply(stage).toString()).collect(Collectors.joining("/"));
    }

    private void vision(VisionShape vision) {
        lines.put(
                "picture tower",
                blocks(vision.transformer()) + ", pictures of " + vision.imageWidth() + " x " + vision.imageHeight()
                        + " in patches of " + vision.patchWidth() + " x " + vision.patchHeight());
    }

    private static String words(int positions, int vocabularySize) {
        return ", " + positions + " tokens of a vocabulary of " + count(vocabularySize);
    }

    private static String count(int number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    private static String blocks(TransformerShape shape) {
        return shape.layers() + " layers, " + shape.hiddenSize() + " wide, " + shape.heads() + " heads";
    }
}
