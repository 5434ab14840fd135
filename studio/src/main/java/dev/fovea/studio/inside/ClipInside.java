package dev.fovea.studio.inside;

import dev.fovea.models.clip.Clip;
import dev.fovea.models.image.PictureInput;
import dev.fovea.models.image.PreparedPicture;
import dev.fovea.models.image.Preprocessing;
import dev.fovea.models.kind.ModelKind;
import dev.fovea.models.towers.TowersConfig;
import dev.fovea.studio.inside.TowerLayout.Reading;
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
 * <p>It knows these kinds of picture towers. A vision transformer is read at its class token: of a CLIP, a DINOv2 or a
 * DINOv3, whose queries and keys are turned by positions. A SigLIP has none, and a head pools its patches by attention;
 * so does the pooling of a CLIP's ResNet with the cells of its last map. A MobileCLIP's FastViT and DINOv3's ConvNeXt
 * are read by the mean of the last map; only the last stage of the former attends. DINOs have no texts to compare with,
 * so figures of a cosine are refused. Safe to use from several threads.
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
     * or a DINO.
     */
    public static boolean canLookInto(Path folder) {
        Objects.requireNonNull(folder, "folder is null");
        return ModelKind.of(folder).isClip() && TowerLayout.ofPictures(ModelKind.towers(folder), name -> false) != null;
    }

    /**
     * Looks into a model, which stays the caller's to close.
     *
     * @throws ModelException if it is none that this class looks into
     */
    public static ClipInside of(Clip clip) {
        Path folder = Objects.requireNonNull(clip, "clip is null").folder();
        if (!canLookInto(folder)) {
            throw new ModelException(folder + ": is no CLIP or SigLIP with both towers and no DINO, the only kinds"
                    + " that can be looked into; use clip-mini or openai/clip-vit-base-patch32");
        }
        TowersConfig config = ModelKind.towers(folder);
        return new ClipInside(clip, TowerLayout.ofPictures(config, clip::hasWeight), TowerLayout.ofTexts(config), null);
    }

    /**
     * Looks into the same model with shuffled weights: in the last layers of the picture tower, or the last blocks
     * of a ResNet, the numbers of every matrix change places (Adebayo et al. 2018, "Sanity Checks for Saliency Maps",
     * section 3). What it sees is nonsense, so a map that stays as it was explains nothing. The model itself is as
     * before.
     *
     * @param layers how many, at least 1 and at most {@link #shuffles}
     * @param seed of the shuffling
     * @throws ModelException if the tower is none whose weights are shuffled
     */
    public ClipInside shuffled(int layers, long seed) {
        int all = shuffles();
        if (all == 0) {
            throw new ModelException(clip.folder() + ": the weights of this tower, a FastViT or a ConvNeXt, are not"
                    + " shuffled; use a model with a vision transformer or a ResNet");
        }
        if (layers < 1 || layers > all) {
            throw new IllegalArgumentException("layers is " + layers + "; expected 1 to " + all);
        }
        return new ClipInside(clip, pictures, texts, new ShuffledWeights(clip, pictures, all - layers, seed));
    }

    /** Returns how many layers can be {@linkplain #shuffled shuffled}; 0 of a FastViT or a ConvNeXt. */
    public int shuffles() {
        return pictures.modules().size();
    }

    /** Returns the model. */
    public Clip clip() {
        return clip;
    }

    /** Returns whether the model reads texts, so that there are cosines to explain. */
    public boolean comparesTexts() {
        return reading().comparesTexts();
    }

    /** Returns what reads the embedding: {@code class token}, {@code probe} or {@code mean of the map}. */
    public String readBy() {
        return switch (reading()) {
            case CLASS_TOKEN, CLASS_TOKEN_WITHOUT_TEXTS -> "class token";
            case POOLING_HEAD -> "probe";
            case ATTENTION_POOL, MEAN, MEAN_WITHOUT_TEXTS -> "mean of the map";
        };
    }

    /** Returns whether the embedding is read by an attention after the layers, rather than by the last one's. */
    public boolean pools() {
        return reading() == Reading.POOLING_HEAD || reading() == Reading.ATTENTION_POOL;
    }

    TowerLayout layout() {
        return pictures;
    }

    /** Runs the image tower on a picture. */
    public PicturePass see(PictureInput picture) {
        PreparedPicture prepared = clip.preprocessing().prepare(Objects.requireNonNull(picture, "picture is null"));
        Preprocessing steps = prepared.preprocessing(); // of a NaFlex those for this picture's size
        float[] pixels = steps.apply(prepared);
        TowerPass.Recorded run = TowerPass.run(
                clip,
                pictures,
                kept(),
                backend -> shuffled == null ? backend : shuffled.wrap(backend),
                0,
                () -> clip.embedPixels(pixels, 1, steps.height(), steps.width()).getFirst());
        return new PicturePass(this, run, pixels, steps.height(), steps.width());
    }

    private Set<String> kept() {
        return switch (reading()) {
            case POOLING_HEAD -> PoolingHeadReader.KEPT;
            case ATTENTION_POOL -> MapReader.KEPT;
            case MEAN -> MeanReader.KEPT;
            default -> Set.of();
        };
    }

    Reading reading() {
        return pictures.reading();
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
     * @throws ModelException if the model has none
     */
    public TowerPass read(String text) {
        if (texts == null) {
            throw new ModelException(clip.folder() + ": reads no texts, so there is no figure of them; use clip-mini or"
                    + " openai/clip-vit-base-patch32");
        }
        int[] ids = clip.encode(Objects.requireNonNull(text, "text is null"));
        return TowerPass.run(
                        clip,
                        texts,
                        Set.of(),
                        backend -> backend,
                        ids.length,
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

    /** Returns the output projection of the attention of a layer. */
    float[] out(int layer) {
        return layerWeight(layer, pictures.names().out(), ".weight");
    }

    /** Returns the bias of the output projection of the attention of a layer. */
    float[] outBias(int layer) {
        return layerWeight(layer, pictures.names().out(), ".bias");
    }

    /** Returns {@code .weight} or {@code .bias} of the output projection of the last layer, which is kept. */
    float[] lastOut(String part) {
        int last = pictures.shape().layers() - 1;
        return kept.computeIfAbsent(
                "last out" + part, name -> layerWeight(last, pictures.names().out(), part));
    }

    /** Returns a matrix or a bias of a layer as the model computes with it: with its factors, where it has some. */
    float[] layerWeight(int layer, String module, String part) {
        float[] rows = weight(pictures.layer(layer) + module + part);
        String scale = pictures.names().scaleOf(module);
        return scale == null ? rows : LinearAlgebra.scaledRows(rows, weight(pictures.layer(layer) + scale));
    }

    /** Returns the second half of a layer. */
    MlpWeights layerMlp(int layer) {
        TowerNames names = pictures.names();
        return new MlpWeights(
                norm(pictures.layer(layer) + names.norm()),
                layerWeight(layer, names.expand(), ".weight"),
                layerWeight(layer, names.expand(), ".bias"),
                layerWeight(layer, names.reduce(), ".weight"),
                layerWeight(layer, names.reduce(), ".bias"),
                activation());
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
        return norm(pictures.names().last());
    }

    private NormWeights norm(String name) {
        return new NormWeights(
                keptWeight(name + ".weight"),
                keptWeight(name + ".bias"),
                pictures.shape().epsilon());
    }

    /** Returns the projection into the space that pictures and texts share, {@code [dimension, hidden]}. */
    float[] projection() {
        return keptWeight(pictures.names().projection() + ".weight");
    }

    /** Returns what is added after the projection, zeros where there is nothing. */
    float[] projectionBias() {
        String name = pictures.names().projection() + ".bias";
        return clip.hasWeight(name) ? keptWeight(name) : new float[clip.dimension()];
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
            case ATTENTION_POOL -> new MapReader(this, kept);
            case MEAN -> new MeanReader(this, kept);
            case CLASS_TOKEN_WITHOUT_TEXTS, MEAN_WITHOUT_TEXTS -> null;
        };
    }
}
