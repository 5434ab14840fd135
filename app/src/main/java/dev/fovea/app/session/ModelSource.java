package dev.fovea.app.session;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.fovea.app.arguments.PathArgument;
import dev.fovea.hub.ModelName;
import dev.fovea.models.Captioner;
import dev.fovea.models.LoadOptions;
import dev.fovea.models.Models;
import dev.fovea.models.blip.BlipAnswerer;
import dev.fovea.models.blip.BlipCaptioner;
import dev.fovea.models.blip.BlipMatcher;
import dev.fovea.models.captioning.Captioners;
import dev.fovea.models.classification.ImageClassifier;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.clip.head.ClassifierHead;
import dev.fovea.models.florence.Florence2;
import dev.fovea.models.image.Preprocessing;
import dev.fovea.models.kind.ModelKind;
import dev.fovea.search.PhotoIndex;
import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Says where a model comes from and what computes it. */
public final class ModelSource {

    /** The embedded CLIP, which is used when nobody asks for another. */
    public static final String CLIP = "clip-mini";

    /** The embedded BLIP: a captioner, an answerer and a matcher. */
    public static final String BLIP = "blip-mini";

    /** The embedded Florence-2. */
    public static final String FLORENCE = "florence-mini";

    private final String name;
    private final String part;
    private final LoadOptions options;
    private final ComputeChoice compute;
    private final String command;

    /** What the name was found to be; null until somebody asks. */
    private volatile Path folder;

    /**
     * Makes a source that is not looked for yet.
     *
     * @param name an embedded model's name, a folder or a downloaded model's {@code owner/name}, as the user wrote it
     * @param part the sub-folder that a command takes of a folder of several models, or an empty string
     * @param options where it computes and how it stores its matrices
     * @param compute the arithmetic
     * @param command that asks, for complaints about a model of another kind
     */
    ModelSource(String name, String part, LoadOptions options, ComputeChoice compute, String command) {
        this.name = name;
        this.part = part;
        this.options = options;
        this.compute = compute;
        this.command = command;
    }

    /** Returns the name as the user wrote it. */
    public String name() {
        return name;
    }

    /**
     * Returns this source limited to one part, for a command that takes one part of a model that consists of several.
     */
    public ModelSource part(String wanted) {
        return new ModelSource(name, wanted, options, compute, command);
    }

    /** Returns the checkpoint's folder, which is looked for once; a command downloads nothing unasked. */
    public Path folder() {
        Path found = folder;
        if (found == null) {
            PathArgument.check(name);
            found = Models.part(Models.find(name, options.withoutDownload()).orElseThrow(this::missing), part);
            folder = found;
        }
        return found;
    }

    /**
     * Returns what reads the steps that turn pictures into the model's pixels, without loading the model. A problem
     * with the model's name is reported at once.
     */
    public Supplier<Preprocessing> preprocessing() {
        Path found = folder();
        return () -> Preprocessing.load(found).withDraft(options.draft());
    }

    private FoveaException missing() {
        List<String> embedded = Models.embedded();
        return ModelName.find(name)
                .map(model -> new FoveaException(
                        model + ": no such model, neither a folder here nor downloaded; run fovea download " + model))
                .orElseGet(() -> new FoveaException(name + ": no such model; pass a checkpoint's folder"
                        + (embedded.isEmpty() ? "" : ", or an embedded model: " + String.join(", ", embedded))));
    }

    /** Names a checkpoint on the hub that does with photographs what the embedded model does with drawings. */
    String larger() {
        if (name.equals(CLIP)) {
            return "openai/clip-vit-base-patch32";
        }
        if (name.equals(FLORENCE)) {
            return "florence-community/Florence-2-base";
        }
        return switch (part) {
            case "answerer" -> "Salesforce/blip-vqa-base";
            case "matcher" -> "Salesforce/blip-itm-base-coco";
            default -> "Salesforce/blip-image-captioning-base";
        };
    }

    /** Writes the field {@code model}, and {@code compute} where it was asked for. */
    public void write(JsonGenerator json) throws IOException {
        json.writeStringField("model", name);
        if (compute.isAsked()) {
            json.writeStringField("compute", compute.of(folder(), options).toString());
        }
    }

    /** Returns the kind of model that config.json names. */
    ModelKind kind() {
        return ModelKind.of(folder());
    }

    /** Returns whether it is Florence-2. */
    boolean isFlorence() {
        return kind().isFlorence();
    }

    /** Returns whether it is a classifier with classes of its own. */
    public boolean isClassifier() {
        return kind().isClassifier();
    }

    /** Returns whether it is a CLIP with a classifier that was tuned on it. */
    public boolean hasTunedClassifier() {
        return kind().isClip() && ClassifierHead.isIn(folder());
    }

    /**
     * Returns the folder of a model of the kind that a command needs. Where nothing says what kind it is, the loader
     * says what is missing.
     *
     * @param needed as people call it
     */
    private Path folder(Predicate<ModelKind> fits, String needed) {
        Path folder = folder();
        ModelKind kind = ModelKind.of(folder);
        if (!kind.isUnknown() && !fits.test(kind)) {
            throw new FoveaException(
                    name + " is " + kind.label() + "; " + command + " needs " + needed + "; pass one with --model");
        }
        return folder;
    }

    private <M> M load(Path folder, BiFunction<Path, LoadOptions, M> loader) {
        return loader.apply(folder, options(folder));
    }

    /** Returns where the model of {@link #folder()} computes, and how finely. */
    public LoadOptions options() {
        return options(folder());
    }

    private LoadOptions options(Path folder) {
        return options.withCompute(compute.of(folder, options));
    }

    /** Loads it as a classifier with classes of its own. */
    public ImageClassifier loadClassifier() {
        return load(folder(ModelKind::isClassifier, "a classifier"), ImageClassifier::load);
    }

    /** Loads it as a CLIP model. */
    public Clip loadClip() {
        String needed = command.equals("classify") ? "a CLIP or a classifier" : "a CLIP";
        return load(folder(ModelKind::isEmbedder, needed), Clip::load);
    }

    /** Opens an index with it as the CLIP model that made it or makes it; it is loaded when it is first needed. */
    public PhotoIndex openIndex(Path index) {
        Path folder = folder(ModelKind::isEmbedder, "a CLIP");
        Path named = Path.of(name);
        // A folder is remembered with all folders above it, so that it is found from anywhere.
        String known =
                Files.isDirectory(named) ? named.toAbsolutePath().normalize().toString() : name;
        return PhotoIndex.open(index, folder, options(folder), known);
    }

    /** Loads it as a BLIP captioner. */
    public BlipCaptioner loadBlipCaptioner() {
        return load(folder(ModelKind::isCaptioner, "a BLIP for captions"), BlipCaptioner::load);
    }

    /**
     * Loads it as whatever writes captions, BLIP or Florence-2.
     *
     * @param prompt what captions begin with, or null
     */
    public Captioner loadCaptioner(String prompt) {
        if (prompt != null && isFlorence()) {
            throw new FoveaException(
                    name + ": Florence-2 takes no --prompt; leave it out, or ask for more with describe");
        }
        Predicate<ModelKind> captions = kind -> kind.isCaptioner() || kind.isFlorence();
        Captioner captioner = load(folder(captions, "a BLIP for captions or a Florence-2"), Captioners::load);
        return captioner instanceof BlipCaptioner blip ? prompted(blip, prompt) : captioner;
    }

    /**
     * Makes a model's captions begin with given words.
     *
     * @param prompt the words, or null
     */
    public static Captioner prompted(BlipCaptioner blip, String prompt) {
        try {
            return prompt == null ? blip : blip.withPrompt(prompt);
        } catch (RuntimeException tooLong) {
            blip.close();
            throw tooLong;
        }
    }

    /** Loads it as a BLIP model that answers questions. */
    public BlipAnswerer loadAnswerer() {
        return load(folder(ModelKind::isAnswerer, "a BLIP for questions"), BlipAnswerer::load);
    }

    /** Loads it as a BLIP model that matches texts and pictures. */
    public BlipMatcher loadMatcher() {
        return load(folder(ModelKind::isMatcher, "a BLIP for matching"), BlipMatcher::load);
    }

    /** Loads it as Florence-2. */
    public Florence2 loadFlorence() {
        return load(folder(ModelKind::isFlorence, "a Florence-2"), Florence2::load);
    }

    /** Closes a model of any kind. */
    public static void close(AutoCloseable model) {
        try {
            model.close();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new FoveaException("the model cannot be closed: " + e.getMessage(), e);
        }
    }
}
