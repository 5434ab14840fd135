package dev.fovea.studio.inside;

import dev.fovea.models.clip.Clip;
import dev.fovea.models.image.PictureInput;
import dev.fovea.models.kind.ModelKind;
import dev.fovea.models.towers.TowersConfig;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.observe.RecordingBackend.Recording;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Looks inside a CLIP or one of its kin: runs it on a picture or a text and keeps what each layer computed, from which
 * the methods of this package make their figures. Answers of the model have the bits that they have without it.
 *
 * <pre>{@code
 * try (Clip clip = Clip.load("clip-mini")) {
 *     PicturePass pass = ClipInside.of(clip).see(Picture.read(Path.of("frog.png")));
 *     float[] row = pass.tower().attention(5, 2, 0);                    // where head 2 of layer 5 looks
 *     Contributions why = Contributions.of(pass, clip.embed("a frog")); // what the cosine is made of
 * }
 * }</pre>
 *
 * <p>It knows four kinds of picture towers. A CLIP with a vision transformer is read at its class token; a SigLIP has
 * none, and a head pools its patches by attention; so does the pooling of a CLIP's ResNet with the cells of its last
 * map, which is all that can be said of it by attention. A DINOv2 has no texts to compare with, so figures of a cosine
 * are refused. Safe to use from several threads.
 */
public final class ClipInside {

    private final Clip clip;
    private final TowerLayout pictures;
    private final TowerLayout texts;
    private final ShuffledWeights shuffled;
    private final Map<String, float[]> kept = new ConcurrentHashMap<>();
    private PoolingHead head;

    private ClipInside(Clip clip, TowerLayout pictures, TowerLayout texts, ShuffledWeights shuffled) {
        this.clip = clip;
        this.pictures = pictures;
        this.texts = texts;
        this.shuffled = shuffled;
    }

    /**
     * Returns whether the checkpoint of a folder is one that this class looks into: a CLIP or a SigLIP of both towers,
     * or a DINOv2.
     */
    public static boolean canLookInto(Path folder) {
        Objects.requireNonNull(folder, "folder is null");
        return ModelKind.of(folder).isClip() && TowerLayout.ofPictures(ModelKind.towers(folder)) != null;
    }

    /**
     * Looks into a model, which stays the caller's to close.
     *
     * @throws ModelException if it is none that this class looks into
     */
    public static ClipInside of(Clip clip) {
        Path folder = Objects.requireNonNull(clip, "clip is null").folder();
        if (!canLookInto(folder)) {
            throw new ModelException(folder + ": is no CLIP or SigLIP with both towers and no DINOv2, the only kinds"
                    + " that can be looked into; use clip-mini or openai/clip-vit-base-patch32");
        }
        TowersConfig config = ModelKind.towers(folder);
        return new ClipInside(clip, TowerLayout.ofPictures(config), TowerLayout.ofTexts(config), null);
    }

    /**
     * Looks into the same model with weights in disorder: in the last layers of the picture tower the numbers of every
     * matrix change places (Adebayo et al. 2018, "Sanity Checks for Saliency Maps", section 3). What it sees is
     * nonsense, so a map that stays as it was explains nothing. The model itself is as before.
     *
     * @param layers how many, at least 1
     * @param seed of the disorder
     * @throws ModelException if the tower has no layers of tokens, as a ResNet
     */
    public ClipInside shuffled(int layers, long seed) {
        int all = pictures.shape().layers();
        if (all == 0) {
            throw new ModelException(clip.folder()
                    + ": a ResNet has no layers of tokens whose weights could be shuffled; use a CLIP with"
                    + " a vision transformer");
        }
        if (layers < 1 || layers > all) {
            throw new IllegalArgumentException("layers is " + layers + "; expected 1 to " + all);
        }
        return new ClipInside(clip, pictures, texts, new ShuffledWeights(clip, pictures, all - layers, seed));
    }

    /** Returns the model. */
    public Clip clip() {
        return clip;
    }

    /** Returns whether the model reads texts, so that there are cosines to explain. */
    public boolean comparesTexts() {
        return !pictures.name().equals("dinov2");
    }

    /** Returns what reads the embedding: {@code class token}, {@code probe} or {@code mean of the map}. */
    public String readBy() {
        return reading() == Reading.POOLING_HEAD ? "probe" : pictures.before().getFirst();
    }

    /** Returns whether the embedding is read by an attention after the layers, rather than by the last one's. */
    public boolean pools() {
        return reading() == Reading.POOLING_HEAD || reading() == Reading.MAP;
    }

    TowerLayout layout() {
        return pictures;
    }

    /** Runs the image tower on a picture. */
    public PicturePass see(PictureInput picture) {
        Objects.requireNonNull(picture, "picture is null");
        float[] pixels = clip.preprocessing().apply(picture);
        int height = clip.preprocessing().height();
        int width = clip.preprocessing().width();
        Reading reading = reading();
        TowerPass.Recorded run = TowerPass.run(
                clip,
                pictures,
                reading.kept(),
                backend -> shuffled == null ? backend : shuffled.wrap(backend),
                () -> clip.embedPixels(pixels, 1, height, width).getFirst());
        return new PicturePass(this, run, pixels, height, width);
    }

    /** How the embedding is read off the tower. */
    enum Reading {
        CLASS_TOKEN,
        POOLING_HEAD,
        MAP,
        WITHOUT_TEXTS;

        private Set<String> kept() {
            return this == POOLING_HEAD ? PoolingHeadReader.KEPT : this == MAP ? MapReader.KEPT : Set.of();
        }
    }

    Reading reading() {
        if (!comparesTexts()) {
            return Reading.WITHOUT_TEXTS;
        }
        return pictures.shape().layers() == 0
                ? Reading.MAP
                : pictures.pooled() == TowerLayout.NONE ? Reading.POOLING_HEAD : Reading.CLASS_TOKEN;
    }

    /** Returns the embeddings of pixels, as {@link Clip#embedPixels} does. */
    List<float[]> embedPixels(float[] pixels, int images, int height, int width) {
        return shuffled == null
                ? clip.embedPixels(pixels, images, height, width)
                : clip.observed(shuffled::wrap, () -> clip.embedPixels(pixels, images, height, width));
    }

    /**
     * Runs the text tower on a text.
     *
     * @throws ModelException if the model has none, or one that is built otherwise
     */
    public TowerPass read(String text) {
        if (texts == null) {
            throw new ModelException(clip.folder() + ": has no text tower of CLIP's or SigLIP's kind, so there is no"
                    + " figure of it; use clip-mini or openai/clip-vit-base-patch32");
        }
        int[] ids = clip.encode(Objects.requireNonNull(text, "text is null"));
        return TowerPass.run(
                        clip,
                        texts,
                        Set.of(),
                        backend -> backend,
                        () -> clip.embedTokens(List.of(ids)).getFirst())
                .pass();
    }

    // ---- weights of the image tower ----

    float[] weight(String name) {
        float[] found = shuffled == null ? null : shuffled.values(name);
        return found == null ? clip.weight(name).toFloats() : found;
    }

    /** Returns a weight that is read for every patch, and keeps its numbers. */
    float[] keptWeight(String name) {
        return kept.computeIfAbsent(name, this::weight);
    }

    private static String layer(int index) {
        return "vision_model.encoder.layers." + index + ".";
    }

    float[] layerWeight(int layer, String name) {
        return weight(layer(layer) + name);
    }

    /** Returns the second half of a layer. */
    MlpWeights layerMlp(int layer) {
        return mlp(layer(layer) + "layer_norm2", layer(layer) + "mlp");
    }

    MlpWeights mlp(String norm, String layers) {
        return new MlpWeights(
                norm(norm),
                weight(layers + ".fc1.weight"),
                weight(layers + ".fc1.bias"),
                weight(layers + ".fc2.weight"),
                weight(layers + ".fc2.bias"),
                activation());
    }

    NormWeights postNorm() {
        return norm("vision_model.post_layernorm");
    }

    private NormWeights norm(String name) {
        return new NormWeights(
                weight(name + ".weight"),
                weight(name + ".bias"),
                pictures.shape().epsilon());
    }

    /** Returns the output projection of the attention of the last layer. */
    float[] lastOut(String part) {
        return keptWeight(layer(pictures.shape().layers() - 1) + "self_attn.out_proj." + part);
    }

    /** Returns the projection into the space that pictures and texts share, {@code [dimension, hidden]}. */
    float[] projection() {
        return keptWeight("visual_projection.weight");
    }

    /** Returns SigLIP's head. */
    synchronized PoolingHead poolingHead() {
        head = head == null ? new PoolingHead(this) : head;
        return head;
    }

    private Activation activation() {
        return pictures.shape().activation();
    }

    EmbeddingReader reader(PicturePass picture, Map<String, Recording> kept) {
        return switch (reading()) {
            case CLASS_TOKEN -> new ClassTokenReader(picture);
            case POOLING_HEAD -> new PoolingHeadReader(this, kept);
            case MAP -> new MapReader(this, kept);
            case WITHOUT_TEXTS -> null;
        };
    }
}
