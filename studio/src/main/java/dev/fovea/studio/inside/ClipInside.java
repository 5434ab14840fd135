package dev.fovea.studio.inside;

import dev.fovea.models.clip.Clip;
import dev.fovea.models.clip.network.ClipConfig;
import dev.fovea.models.image.PictureInput;
import dev.fovea.models.kind.ModelKind;
import dev.fovea.models.nn.VisionShape;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.ModelException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * Looks inside a CLIP: runs it on a picture or a text and keeps what each layer computed, from which the methods of
 * this package make their figures. Answers of the model have the bits that they have without it.
 *
 * <pre>{@code
 * try (Clip clip = Clip.load("clip-mini")) {
 *     PicturePass pass = ClipInside.of(clip).see(Picture.read(Path.of("frog.png")));
 *     float[] row = pass.tower().attention(5, 2, 0);                    // where head 2 of layer 5 looks
 *     Contributions why = Contributions.of(pass, clip.embed("a frog")); // what the cosine is made of
 * }
 * }</pre>
 *
 * <p>Safe to use from several threads.
 */
public final class ClipInside {

    private final Clip clip;
    private final ClipConfig config;

    private ClipInside(Clip clip, ClipConfig config) {
        this.clip = clip;
        this.config = config;
    }

    /**
     * Returns whether the checkpoint of a folder is one that this class looks into: a CLIP of both towers, with a
     * vision transformer. SigLIP, DINOv2 and ResNets are built otherwise.
     */
    public static boolean canLookInto(Path folder) {
        Objects.requireNonNull(folder, "folder is null");
        return ModelKind.of(folder).isClip()
                && ModelKind.towers(folder) instanceof ClipConfig clip
                && clip.vision() != null
                && clip.text() != null;
    }

    /**
     * Looks into a model, which stays the caller's to close.
     *
     * @throws ModelException if it is none that this class looks into
     */
    public static ClipInside of(Clip clip) {
        Path folder = Objects.requireNonNull(clip, "clip is null").folder();
        if (!canLookInto(folder)) {
            throw new ModelException(folder + ": is no CLIP with a vision transformer and a text tower, the only kind"
                    + " that can be looked into; use clip-mini or openai/clip-vit-base-patch32");
        }
        return new ClipInside(clip, ClipConfig.load(folder));
    }

    /** Returns the model. */
    public Clip clip() {
        return clip;
    }

    /** Runs the image tower on a picture. */
    public PicturePass see(PictureInput picture) {
        Objects.requireNonNull(picture, "picture is null");
        float[] pixels = clip.preprocessing().apply(picture);
        int height = clip.preprocessing().height();
        int width = clip.preprocessing().width();
        TowerPass.Recorded run = TowerPass.run(
                clip,
                "vision_model",
                config.vision().transformer(),
                "layerNorm",
                false,
                () -> clip.embedPixels(pixels, 1, height, width).getFirst());
        VisionShape shape = config.vision();
        return new PicturePass(
                this,
                run.pass(),
                run.vector(),
                pixels,
                height / shape.patchHeight(),
                width / shape.patchWidth(),
                shape.patchHeight(),
                shape.patchWidth(),
                width);
    }

    /** Runs the text tower on a text. */
    public TowerPass read(String text) {
        int[] ids = clip.encode(Objects.requireNonNull(text, "text is null"));
        return TowerPass.run(
                        clip,
                        "text_model",
                        config.text().transformer(),
                        "embeddings",
                        true,
                        () -> clip.embedTokens(List.of(ids)).getFirst())
                .pass();
    }

    // ---- weights of the image tower ----

    private static String layer(int index) {
        return "vision_model.encoder.layers." + index + ".";
    }

    float[] layerWeight(int layer, String name) {
        return clip.weight(layer(layer) + name).toFloats();
    }

    NormWeights layerNorm(int layer, String name) {
        return norm(layer(layer) + name);
    }

    NormWeights postNorm() {
        return norm("vision_model.post_layernorm");
    }

    private NormWeights norm(String name) {
        return new NormWeights(
                clip.weight(name + ".weight").toFloats(),
                clip.weight(name + ".bias").toFloats(),
                config.vision().transformer().epsilon());
    }

    /** Returns the projection into the space that pictures and texts share, {@code [dimension, hidden]}. */
    float[] projection() {
        return clip.weight("visual_projection.weight").toFloats();
    }

    Activation activation() {
        return config.vision().transformer().activation();
    }
}
