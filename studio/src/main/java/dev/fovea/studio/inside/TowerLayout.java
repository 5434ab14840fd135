package dev.fovea.studio.inside;

import dev.fovea.models.clip.network.ClipConfig;
import dev.fovea.models.clip.network.ClipResNetShape;
import dev.fovea.models.dinov2.network.Dinov2Config;
import dev.fovea.models.nn.TransformerShape;
import dev.fovea.models.nn.TransformerShape.NormPlacement;
import dev.fovea.models.nn.VisionShape;
import dev.fovea.models.siglip.network.SiglipConfig;
import dev.fovea.models.towers.TowersConfig;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.AttentionShape.Mask;
import java.util.ArrayList;
import java.util.List;

/**
 * How a tower is built, and how its parts are called where it is recorded.
 *
 * @param name of its scope
 * @param start what goes into the first layer
 * @param list of its layers
 * @param queries name of the queries' projection in a layer
 * @param keysValues names of those of keys and values, as the recorder joins them
 * @param out name of the output projection
 * @param shape of its layers
 * @param pooled which token is read at the end; {@link #LAST}, or {@link #NONE} where attention reads all
 * @param before names of the tokens before the patches
 * @param patchHeight height of a patch in pixels
 * @param patchWidth width of a patch in pixels
 */
record TowerLayout(
        String name,
        String start,
        String list,
        String queries,
        String keysValues,
        String out,
        TransformerShape shape,
        int pooled,
        List<String> before,
        int patchHeight,
        int patchWidth) {

    /** The last token is read, as in texts. */
    static final int LAST = -2;

    /** No token is read by itself. */
    static final int NONE = -1;

    /** Side of a picture divided by that of a ResNet's last map. */
    private static final int RESNET_CELL = 32;

    private static TowerLayout usual(
            String name, String start, TransformerShape shape, int pooled, List<String> before, int height, int width) {
        return new TowerLayout(
                name,
                start,
                "encoder.layers",
                "self_attn.q_proj",
                "self_attn.k_proj+v_proj",
                "self_attn.out_proj",
                shape,
                pooled,
                before,
                height,
                width);
    }

    /** Returns the layout of a picture tower; null if it is none that is looked into. */
    static TowerLayout ofPictures(TowersConfig config) {
        return switch (config) {
            case ClipConfig clip when clip.text() == null -> null;
            case ClipConfig clip
            when clip.vision() != null ->
                usual(
                        "vision_model",
                        "layerNorm",
                        clip.vision().transformer(),
                        0,
                        List.of("class token"),
                        clip.vision().patchHeight(),
                        clip.vision().patchWidth());
            case ClipConfig clip when clip.image() instanceof ClipConfig.ResNet resNet -> ofResNet(resNet.sizes());
            case SiglipConfig siglip
            when siglip.vision() != null && siglip.text() != null && !siglip.naflex() ->
                usual(
                        "vision_model",
                        "embeddings",
                        siglip.vision().transformer(),
                        NONE,
                        List.of(),
                        siglip.vision().patchHeight(),
                        siglip.vision().patchWidth());
            case Dinov2Config dino -> ofDinov2(dino.vision());
            default -> null;
        };
    }

    private static TowerLayout ofDinov2(VisionShape vision) {
        List<String> before = new ArrayList<>(List.of("class token"));
        for (int register = 1; register <= vision.registers(); register++) {
            before.add("register " + register);
        }
        return new TowerLayout(
                "dinov2",
                "embeddings",
                "encoder.layer",
                "attention.attention.query",
                "attention.attention.key+value",
                "attention.output.dense",
                vision.transformer(),
                0,
                before,
                vision.patchHeight(),
                vision.patchWidth());
    }

    /** A ResNet has no layers of tokens; those of its pooling are the cells of the last map, and their mean. */
    private static TowerLayout ofResNet(ClipResNetShape resNet) {
        TransformerShape none = new TransformerShape(
                resNet.features(), 0, 0, resNet.heads(), Activation.RELU, 0, NormPlacement.PRE, Mask.NONE);
        return usual("vision_model", "attnpool.add", none, 0, List.of("mean of the map"), RESNET_CELL, RESNET_CELL);
    }

    /** Returns the layout of a text tower; null if it is none that is looked into. */
    static TowerLayout ofTexts(TowersConfig config) {
        return switch (config) {
            case ClipConfig clip
            when clip.text() instanceof ClipConfig.Text text ->
                usual("text_model", "embeddings", text.transformer(), LAST, List.of(), 0, 0);
            case SiglipConfig siglip
            when siglip.text() != null ->
                usual("text_model", "embeddings", siglip.text().transformer(), LAST, List.of(), 0, 0);
            default -> null;
        };
    }

    /** Returns the names of the projections of queries, keys and values where they are one product. */
    String queriesKeysValues() {
        return queries + "+" + keysValues.substring(keysValues.lastIndexOf('.', keysValues.indexOf('+')) + 1);
    }

    /** Returns whether only the pooled token is computed in the last layer. */
    boolean endsInOne() {
        return pooled != NONE;
    }
}
