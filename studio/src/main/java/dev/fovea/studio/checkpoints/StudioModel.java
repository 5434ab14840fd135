package dev.fovea.studio.checkpoints;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.Models;
import dev.fovea.models.blip.BlipAnswerer;
import dev.fovea.models.blip.BlipCaptioner;
import dev.fovea.models.blip.BlipMatcher;
import dev.fovea.models.blip.network.BlipConfig;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.florence.Florence2;
import dev.fovea.models.florence.network.FlorenceConfig;
import dev.fovea.models.image.Preprocessing;
import dev.fovea.models.kind.ModelKind;
import dev.fovea.models.nn.ModelConfig;
import dev.fovea.models.nn.ModelFiles;
import dev.fovea.models.nn.TextSizes;
import dev.fovea.models.nn.TransformerShape;
import dev.fovea.models.nn.VisionShape;
import dev.fovea.models.tokenizer.Tokenizer;
import dev.fovea.models.towers.TowersConfig;
import dev.fovea.service.error.HttpFailure;
import dev.fovea.studio.checkpoints.ModelInfo.VisionSizes;
import dev.fovea.studio.inside.ClipInside;
import dev.fovea.tensor.AttentionShape;
import dev.fovea.tensor.Grid;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A model that the studio was started with. Its parts are loaded when they are first needed. */
public final class StudioModel implements AutoCloseable {

    private final String name;
    private final Path folder;
    private final LoadOptions options;
    private final ModelKind kind;
    private final List<String> tasks;
    private final Loaded<Clip> clip;
    private final Loaded<BlipCaptioner> captioner;
    private final Loaded<BlipAnswerer> answerer;
    private final Loaded<BlipMatcher> matcher;
    private final Loaded<Florence2> florence;
    private Tokenizer tokenizer;
    private ClipInside inside;

    /**
     * Takes a checkpoint, which is not loaded yet.
     *
     * @param name in requests
     * @param folder of the checkpoint, or of several as {@code blip-mini} is
     */
    StudioModel(String name, Path folder, LoadOptions options) {
        this.name = name;
        this.folder = folder;
        this.options = options;
        kind = ModelKind.of(folder);
        tasks = tasks(folder, kind);
        clip = new Loaded<>(() -> Clip.load(folder, options));
        captioner = new Loaded<>(() -> BlipCaptioner.load(Models.part(folder, "captioner"), options));
        answerer = new Loaded<>(() -> BlipAnswerer.load(Models.part(folder, "answerer"), options));
        matcher = new Loaded<>(() -> BlipMatcher.load(Models.part(folder, "matcher"), options));
        florence = new Loaded<>(() -> Florence2.load(folder, options));
    }

    private static List<String> tasks(Path folder, ModelKind kind) {
        List<String> tasks = new ArrayList<>();
        if (kind.isClipOfPictures() && kind.isClipOfTexts()) {
            tasks.add("classify");
        }
        if (kind.isClip() && ClipInside.canLookInto(folder)) {
            tasks.add("inside");
        }
        if (ModelKind.of(Models.part(folder, "captioner")).isCaptioner()) {
            tasks.add("caption");
        }
        if (ModelKind.of(Models.part(folder, "answerer")).isAnswerer()) {
            tasks.add("ask");
        }
        if (ModelKind.of(Models.part(folder, "matcher")).isMatcher()) {
            tasks.add("match");
        }
        if (kind.isFlorence()) {
            tasks.addAll(List.of("caption", "ask", "detect", "ground", "segment", "ocr", "describe"));
            tasks.addAll(List.of("describe-region", "name-region", "outline-region", "read-region"));
        }
        return List.copyOf(tasks);
    }

    /** Returns the name in requests. */
    public String name() {
        return name;
    }

    /** Returns the folder of the checkpoint, or of several. */
    public Path folder() {
        return folder;
    }

    /** Returns how the model is loaded. */
    public LoadOptions options() {
        return options;
    }

    /** Returns what the model can do. */
    public List<String> tasks() {
        return tasks;
    }

    /** Returns whether the model makes vectors of pictures that can be compared. */
    public boolean embedsPictures() {
        return kind.isClipOfPictures();
    }

    /** Returns whether the model is a Florence-2. */
    public boolean isFlorence() {
        return kind.isFlorence();
    }

    /** Returns whether the model scores each label by itself, as SigLIP does. */
    public boolean scoresIndependently() {
        return kind.type().startsWith("siglip");
    }

    /**
     * Checks that the model can do something.
     *
     * @param others names of the models that can
     * @throws HttpFailure if it cannot
     */
    public void require(String task, List<String> others) {
        if (!tasks.contains(task)) {
            String can = others.isEmpty()
                    ? "; start the studio with --model and one that can"
                    : "; choose " + String.join(" or ", others);
            throw HttpFailure.refused(409, "cannot", name + " cannot do this (" + task + ")" + can);
        }
    }

    /** Loads all parts of the model. */
    public void load() {
        if (isFlorence()) {
            florence();
            return;
        }
        for (String task : tasks) {
            switch (task) {
                case "classify", "inside" -> clip();
                case "caption" -> captioner();
                case "ask" -> answerer();
                case "match" -> matcher();
                default -> {} // none of a CLIP or BLIP
            }
        }
    }

    /** Returns the CLIP. */
    public Clip clip() {
        return clip.get();
    }

    /** Returns what looks into the CLIP. */
    public synchronized ClipInside inside() {
        inside = inside == null ? ClipInside.of(clip()) : inside;
        return inside;
    }

    /** Returns the BLIP that writes captions. */
    public BlipCaptioner captioner() {
        return captioner.get();
    }

    /** Returns the BLIP that answers questions. */
    public BlipAnswerer answerer() {
        return answerer.get();
    }

    /** Returns the BLIP that compares texts and pictures. */
    public BlipMatcher matcher() {
        return matcher.get();
    }

    /** Returns the Florence-2. */
    public Florence2 florence() {
        return florence.get();
    }

    /** Returns the folder of the checkpoint; of several it is the first one that there is. */
    public Path checkpoint() {
        for (String part : List.of("captioner", "answerer", "matcher")) {
            Path one = Models.part(folder, part);
            if (!ModelKind.of(one).isUnknown()) {
                return one;
            }
        }
        return folder;
    }

    /** Returns the tokenizer of the model's texts. */
    public synchronized Tokenizer tokenizer() {
        if (tokenizer == null) {
            tokenizer = Tokenizer.load(checkpoint());
        }
        return tokenizer;
    }

    /** Returns what tells the model's weights, preprocessing and precision from others', 32 hexadecimal digits. */
    public String fingerprint() {
        return ModelFiles.fingerprint(checkpoint(), options, preprocessing().settings());
    }

    /** Returns the steps that turn pictures into the model's pixels. */
    public Preprocessing preprocessing() {
        return Preprocessing.load(checkpoint());
    }

    /** Returns the sizes of what the decoder of captions reads of a picture; null of models that write none. */
    public DecodedPicture decodedPicture() {
        return switch (ModelKind.of(checkpoint()).config(checkpoint())) {
            case BlipConfig sizes -> {
                TransformerShape blocks = sizes.text().transformer();
                VisionShape vision = sizes.vision();
                yield new DecodedPicture(
                        blocks.layers(), blocks.heads(), vision.patchRows(), vision.patchColumns(), "class token", 1);
            }
            case FlorenceConfig sizes -> {
                TransformerShape blocks = sizes.text().decoder();
                Grid map = new Grid(1, preprocessing().height(), preprocessing().width());
                for (FlorenceConfig.Stage stage : sizes.vision().stages()) {
                    map = new Grid(1, shrunk(map.height(), stage), shrunk(map.width(), stage));
                }
                yield new DecodedPicture(blocks.layers(), blocks.heads(), map.height(), map.width(), "pooled token", 1);
            }
            case null, default -> null;
        };
    }

    private static int shrunk(int side, FlorenceConfig.Stage stage) {
        return (side + 2 * stage.padding() - stage.kernel()) / stage.stride() + 1;
    }

    /** Returns what the page shows of the model, without loading it. */
    public ModelInfo info() {
        boolean loaded =
                clip.isThere() || captioner.isThere() || answerer.isThere() || matcher.isThere() || florence.isThere();
        ModelConfig config = ModelKind.of(checkpoint()).config(checkpoint());
        VisionSizes vision = null;
        ModelInfo.TextSizes text = null;
        switch (config) {
            case TowersConfig towers -> {
                vision = towers.vision() == null ? null : sizes(towers.vision());
                text = towers.text() == null ? null : sizes(towers.text());
            }
            case BlipConfig sizes -> {
                vision = sizes(sizes.vision());
                text = sizes(sizes.text());
            }
            case FlorenceConfig sizes ->
                text = sizes(sizes.text().decoder(), sizes.text().positions(), "");
            case null, default -> {}
        }
        return new ModelInfo(
                name,
                kindName(),
                tasks,
                loaded,
                Models.embedded().contains(name),
                options.weights().toString().toLowerCase(Locale.ROOT),
                options.compute().toString().toLowerCase(Locale.ROOT),
                vision,
                text);
    }

    private String kindName() {
        if (kind.isClip() && !tasks.contains("inside")) {
            return tasks.contains("classify") ? "tower" : "pictures";
        }
        if (kind.isClip()) {
            return ModelKind.towers(folder).design();
        }
        return kind.isFlorence() ? "florence" : kind.isClassifier() ? "classifier" : "blip";
    }

    private static VisionSizes sizes(VisionShape shape) {
        TransformerShape blocks = shape.transformer();
        return new VisionSizes(
                blocks.layers(),
                blocks.heads(),
                blocks.hiddenSize(),
                shape.patchRows(),
                shape.patchColumns(),
                shape.patchHeight(),
                shape.imageHeight(),
                shape.classTokens() > 0);
    }

    private static ModelInfo.TextSizes sizes(TextSizes texts) {
        return sizes(texts.transformer(), texts.positions(), texts.pooled());
    }

    private static ModelInfo.TextSizes sizes(TransformerShape blocks, int positions, String read) {
        return new ModelInfo.TextSizes(
                blocks.layers(),
                blocks.heads(),
                blocks.hiddenSize(),
                positions,
                blocks.mask() == AttentionShape.Mask.CAUSAL,
                read);
    }

    @Override
    public void close() {
        for (Loaded<?> part : List.of(clip, captioner, answerer, matcher, florence)) {
            try {
                part.close();
            } catch (Exception e) {
                throw new IllegalStateException("the model " + name + " cannot be closed", e);
            }
        }
    }
}
