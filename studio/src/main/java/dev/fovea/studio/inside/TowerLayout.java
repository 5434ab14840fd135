package dev.fovea.studio.inside;

import dev.fovea.models.clip.network.ClipConfig;
import dev.fovea.models.clip.network.ClipResNetShape;
import dev.fovea.models.dinov2.network.Dinov2Config;
import dev.fovea.models.dinov3.network.ConvNextConfig;
import dev.fovea.models.dinov3.network.Dinov3Config;
import dev.fovea.models.fastvit.network.FastVitShape;
import dev.fovea.models.nn.ResNetShape;
import dev.fovea.models.nn.TransformerShape;
import dev.fovea.models.nn.TransformerShape.NormPlacement;
import dev.fovea.models.nn.VisionShape;
import dev.fovea.models.siglip.network.SiglipConfig;
import dev.fovea.models.timm.network.TimmVitShape;
import dev.fovea.models.towers.TowersConfig;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.AttentionShape.Mask;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * How a tower is built, and how its parts are called where it is recorded.
 *
 * @param name of its scope
 * @param reading how the embedding is read off it
 * @param start recordings of what goes into the first layer, of which the last one counts
 * @param list of its layers
 * @param names of the weights
 * @param shape of its layers
 * @param pooled which token is read at the end; {@link #LAST}, or {@link #NONE} where all are
 * @param rotated whether queries and keys are turned by the positions of their tokens
 * @param before names of the tokens before the patches
 * @param patchHeight height of a patch in pixels
 * @param patchWidth width of a patch in pixels
 * @param modules whose matrices can be shuffled, first to last, by their names below the tower
 */
record TowerLayout(
        String name,
        Reading reading,
        Pattern start,
        String list,
        TowerNames names,
        TransformerShape shape,
        int pooled,
        boolean rotated,
        List<String> before,
        int patchHeight,
        int patchWidth,
        List<String> modules) {

    /** The last token is read, as in texts. */
    static final int LAST = -2;

    /** No token is read by itself. */
    static final int NONE = -1;

    /** How the embedding is read off a tower. */
    enum Reading {
        /** By the class token in the last layer, norm and projection. */
        CLASS_TOKEN,
        /** By SigLIP's pooling head. */
        POOLING_HEAD,
        /** By the mean of a ResNet's last map, which attends to its cells. */
        ATTENTION_POOL,
        /** By a plain mean of the last map, and a projection. */
        MEAN,
        /** By the class token, of a model that reads no texts. */
        CLASS_TOKEN_WITHOUT_TEXTS,
        /** By a plain mean of the last map, of a model that reads no texts. */
        MEAN_WITHOUT_TEXTS;

        /** Returns whether there are texts, so that there are cosines to explain. */
        boolean comparesTexts() {
            return this != CLASS_TOKEN_WITHOUT_TEXTS && this != MEAN_WITHOUT_TEXTS;
        }
    }

    private static final String VISION = "vision_model";
    private static final String TEXT = "text_model";
    private static final String LAYERS = "encoder.layers";
    private static final String LAYER = "encoder.layer";
    private static final String CLASS_TOKEN = "class token";

    /** Side of a picture divided by that of a ResNet's last map. */
    private static final int RESNET_CELL = 32;

    /** Side of a picture divided by that of the first map of a ConvNeXt; each stage after it halves the map. */
    private static final int CONVNEXT_STEM = 4;

    /** Returns the sizes of a tower without layers of tokens. */
    private static TransformerShape withoutLayers(int features, int heads) {
        return layers(features, 0, heads);
    }

    private static TransformerShape layers(int features, int layers, int heads) {
        return new TransformerShape(features, 0, layers, heads, Activation.RELU, 0, NormPlacement.PRE, Mask.NONE);
    }

    private static TowerLayout vit(
            String name, Reading reading, String start, String list, TowerNames names, VisionShape vision) {
        boolean rotated = names == TowerNames.DINOV3;
        List<String> before = new ArrayList<>();
        if (vision.classTokens() > 0) {
            before.add(CLASS_TOKEN);
        }
        for (int register = 1; register <= vision.registers(); register++) {
            before.add("register " + register);
        }
        return new TowerLayout(
                name,
                reading,
                Pattern.compile(start),
                list,
                names,
                vision.transformer(),
                vision.classTokens() > 0 ? 0 : NONE,
                rotated,
                before,
                vision.patchHeight(),
                vision.patchWidth(),
                modules(list, vision.transformer().layers()));
    }

    private static List<String> modules(String list, int count) {
        return IntStream.range(0, count).mapToObj(index -> list + "." + index).toList();
    }

    /**
     * Returns the layout of a picture tower; null if it is none that is looked into.
     *
     * @param has whether the checkpoint has a weight, since one of the families has two ways of writing
     */
    static TowerLayout ofPictures(TowersConfig config, Predicate<String> has) {
        return switch (config) {
            case ClipConfig clip when clip.text() == null -> null;
            case ClipConfig clip -> ofClip(clip, has);
            case SiglipConfig siglip
            when siglip.vision() != null && siglip.text() != null ->
                vit(VISION, Reading.POOLING_HEAD, "embeddings", LAYERS, TowerNames.CLIP, siglip.vision());
            case Dinov2Config dino ->
                vit("dinov2", Reading.CLASS_TOKEN_WITHOUT_TEXTS, "embeddings", LAYER, TowerNames.DINOV2, dino.vision());
            case Dinov3Config dino ->
                vit(
                        "dinov3",
                        Reading.CLASS_TOKEN_WITHOUT_TEXTS,
                        "embeddings",
                        "layer",
                        TowerNames.DINOV3,
                        dino.vision());
            case ConvNextConfig convNext -> ofConvNext(convNext);
            default -> null;
        };
    }

    private static TowerLayout ofClip(ClipConfig clip, Predicate<String> has) {
        return switch (clip.image()) {
            case null -> null;
            case ClipConfig.Vit averaged when averaged.isAveraged() -> null;
            case ClipConfig.Vit vit -> {
                // transformers 5 writes AltCLIP's layers in its own way
                String list = has.test(VISION + "." + LAYER + ".0.layer_norm1.weight") ? LAYER : LAYERS;
                TowerNames names = vit.layerScale() ? TowerNames.SCALED_CLIP : TowerNames.CLIP;
                yield vit(VISION, Reading.CLASS_TOKEN, "layerNorm", list, names, vit.sizes());
            }
            case ClipConfig.Timm timm -> {
                TimmVitShape sizes = timm.sizes();
                String start = sizes.preNorm() ? "layerNorm" : "patch_embed";
                yield vit(VISION, Reading.CLASS_TOKEN, start, "blocks", TowerNames.TIMM, sizes.sizes());
            }
            case ClipConfig.ResNet resNet -> ofResNet(resNet.sizes());
            case ClipConfig.FastVit fastVit -> ofFastVit(fastVit.sizes());
            case ClipConfig.ConvNext convNext -> null;
            case ClipConfig.Eva eva -> null;
            case ClipConfig.Vitamin vitamin -> null;
        };
    }

    /** A ResNet has no layers of tokens; those of its pooling are the cells of the last map, and their mean. */
    private static TowerLayout ofResNet(ClipResNetShape resNet) {
        List<String> blocks = new ArrayList<>();
        List<ResNetShape.Stage> stages = resNet.network().stages();
        for (int stage = 0; stage < stages.size(); stage++) {
            blocks.addAll(modules("layer" + (stage + 1), stages.get(stage).depth()));
        }
        return new TowerLayout(
                VISION,
                Reading.ATTENTION_POOL,
                Pattern.compile("attnpool\\.add"),
                LAYERS,
                TowerNames.CLIP,
                withoutLayers(resNet.features(), resNet.heads()),
                0,
                false,
                List.of("mean of the map"),
                RESNET_CELL,
                RESNET_CELL,
                blocks);
    }

    /** The tokens of a FastViT are the cells of its last stage, whose blocks attend. */
    private static TowerLayout ofFastVit(FastVitShape fastVit) {
        FastVitShape.Stage last = fastVit.stages().getLast();
        String stage = "stages." + (fastVit.stages().size() - 1);
        return new TowerLayout(
                VISION,
                Reading.MEAN,
                // What goes into the first block has the name of the operation that made it.
                Pattern.compile(Pattern.quote(stage) + "\\.(convolution|activate).*"),
                stage + ".blocks",
                TowerNames.FASTVIT,
                layers(last.channels(), last.attends() ? last.depth() : 0, last.heads()),
                NONE,
                false,
                List.of(),
                fastVit.shrinking(),
                fastVit.shrinking(),
                List.of());
    }

    /** The tokens of a ConvNeXt are the cells of its last map; there is no attention. */
    private static TowerLayout ofConvNext(ConvNextConfig convNext) {
        int last = convNext.sizes().stages().size() - 1;
        int cell = CONVNEXT_STEM << last;
        return new TowerLayout(
                "dinov3",
                Reading.MEAN_WITHOUT_TEXTS,
                Pattern.compile("stages\\." + last),
                "stages",
                TowerNames.CLIP,
                withoutLayers(convNext.sizes().channels(), 1),
                NONE,
                false,
                List.of(),
                cell,
                cell,
                List.of());
    }

    /** Returns the layout of a text tower; null if it is none that is looked into. */
    static TowerLayout ofTexts(TowersConfig config) {
        return switch (config) {
            case ClipConfig clip
            when clip.text() instanceof ClipConfig.BertText bert ->
                text(LAYER, TowerNames.BERT, bert.transformer(), bert.isAveraged() ? NONE : 0);
            case ClipConfig clip
            when clip.text() != null ->
                text(LAYERS, TowerNames.CLIP, clip.text().transformer(), LAST);
            case SiglipConfig siglip
            when siglip.text() != null ->
                text(LAYERS, TowerNames.CLIP, siglip.text().transformer(), LAST);
            default -> null;
        };
    }

    private static TowerLayout text(String list, TowerNames names, TransformerShape shape, int pooled) {
        return new TowerLayout(
                TEXT,
                Reading.CLASS_TOKEN,
                Pattern.compile("embeddings"),
                list,
                names,
                shape,
                pooled,
                false,
                List.of(),
                0,
                0,
                List.of());
    }

    /** Returns whether only the pooled token is computed in the last layer. */
    boolean endsInOne() {
        return pooled != NONE;
    }

    /** Returns what names of weights begin with; empty where the tower is the whole model. */
    String prefix() {
        return reading.comparesTexts() ? name + "." : "";
    }

    /** Returns the beginning of the names of a layer's weights. */
    String layer(int index) {
        return prefix() + list + "." + index + ".";
    }
}
