package dev.fovea.models.blip;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.blip.network.BlipConfig;
import dev.fovea.models.blip.network.BlipKind;
import dev.fovea.models.blip.network.BlipNetwork;
import dev.fovea.models.blip.network.BlipVisionTower;
import dev.fovea.models.check.Arguments;
import dev.fovea.models.check.Finite;
import dev.fovea.models.generation.GeneratedText;
import dev.fovea.models.generation.Generation;
import dev.fovea.models.image.PictureInput;
import dev.fovea.models.image.Pixels;
import dev.fovea.models.image.Preprocessing;
import dev.fovea.models.nn.ModelFiles;
import dev.fovea.models.nn.Parameters;
import dev.fovea.models.nn.TextBatches;
import dev.fovea.models.nn.TokenIds;
import dev.fovea.models.nn.VisionShape;
import dev.fovea.models.tokenizer.Tokenizer;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.safetensors.Checkpoint;
import dev.fovea.tensor.safetensors.Weights;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * The parts that all kinds of BLIP checkpoints have: a vision tower, a tokenizer, and their files. Immutable and safe
 * to use from many threads. Close it when done.
 */
public abstract sealed class Blip implements AutoCloseable
        permits BlipCaptioner, BlipAnswerer, BlipMatcher, BlipEncoder {

    final ModelFiles files;
    final BlipConfig config;
    final Backend backend;
    final BlipVisionTower vision;

    private final Preprocessing preprocessing;
    private final Tokenizer tokenizer;

    Blip(ModelFiles files, BlipConfig config, BlipNetwork network) {
        this.files = files;
        this.config = config;
        this.backend = files.backend();
        vision = network.vision();
        preprocessing = files.preprocessing();
        tokenizer = Tokenizer.load(files.folder());
    }

    /**
     * Checks that a checkpoint is of a kind, as far as its tensors tell.
     *
     * @return the parameters that the model is made from
     */
    static Parameters require(BlipKind wanted, ModelFiles files) {
        BlipKind found = BlipKind.of(files.weights());
        if (found != null && found != wanted) {
            throw new ModelException(files.folder() + ": this BLIP checkpoint is for " + found.use() + ", not for "
                    + wanted.use() + "; use one of the kind that " + wanted.use() + " needs");
        }
        return files.parameters();
    }

    /**
     * Loads a BLIP checkpoint of any kind, for what all kinds can do.
     *
     * @throws FoveaException if the folder is missing, of another kind, or broken; the message says what to do
     */
    public static Blip loadAnyKind(Path folder, LoadOptions options) {
        Arguments.present(folder, "folder");
        Arguments.present(options, "options");
        BlipKind kind;
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            kind = BlipKind.of(Weights.of(checkpoint));
        }
        return switch (kind) {
            case ANSWERER -> BlipAnswerer.load(folder, options);
            case MATCHER -> BlipMatcher.load(folder, options);
            case ENCODER -> BlipEncoder.load(folder, options);
            case CAPTIONER -> BlipCaptioner.load(folder, options);
            case null -> BlipCaptioner.load(folder, options); // which says what is missing
        };
    }

    static <M> M load(Path folder, LoadOptions options, BiFunction<ModelFiles, BlipConfig, M> kind) {
        Arguments.present(folder, "folder");
        Arguments.present(options, "options");
        BlipConfig config = BlipConfig.load(folder);
        return ModelFiles.load(folder, options, files -> kind.apply(files, config));
    }

    /** Returns the steps that turn pictures into this model's pixels. */
    public Preprocessing preprocessing() {
        return preprocessing;
    }

    /**
     * Does some work of this thread while a wrapper around the backend sees every operation of the model, as {@link
     * dev.fovea.models.clip.Clip#observed} does.
     *
     * @param wrapper makes the wrapper; it must not be closed, since that closes the backend
     * @param work calls this model
     * @return what the work returned
     */
    public <T> T observed(UnaryOperator<Backend> wrapper, Supplier<T> work) {
        return files.observed(wrapper, work);
    }

    /** Returns the backend that computes. */
    public Backend backend() {
        return files.computing();
    }

    /** Names the tensors of the checkpoint that this model does not use. */
    public List<String> unusedTensors() {
        return files.weights().unused();
    }

    /** Encoded pictures: {@code [images * tokens, hidden]} and every picture's rows. */
    record Seen(Tensor tokens, Segments pictures) {}

    /** Preprocesses pictures into pixels. */
    Pixels pixels(List<? extends PictureInput> pictures) {
        return Pixels.of(preprocessing, pictures);
    }

    /** Runs the vision tower, a few pictures at a time. Call it in a scope. */
    Seen see(Pixels pixels) {
        Grid grid = pixels.grid();
        if (grid.images() == 0) {
            throw new IllegalArgumentException("no pictures; expected at least one");
        }
        VisionShape shape = config.vision();
        shape.requirePatches(grid.height(), grid.width());
        int atOnce = Math.max(1, TextBatches.ROWS_AT_ONCE / shape.tokens(grid.height(), grid.width()));
        List<Tensor> parts = new ArrayList<>();
        for (int from = 0; from < grid.images(); from += atOnce) {
            Pixels part = pixels.part(from, Math.min(grid.images(), from + atOnce));
            parts.add(backend.scoped(
                    "", () -> vision.encode(backend.tensor(part.grid().rows(), 3, part.values()), part.grid())));
        }
        return new Seen(parts.size() == 1 ? parts.getFirst() : backend.concatRows(parts), vision.segments(grid));
    }

    /**
     * Encodes pictures that are already preprocessed with the vision tower: {@code [images, 1 + patches, hidden]}, the
     * class token first ({@code last_hidden_state} of transformers' {@code BlipVisionModel}).
     */
    public float[] imageTokens(Pixels pixels) {
        Arguments.present(pixels, "pixels");
        return files.compute(
                () -> Finite.answer(see(pixels).tokens.toArray(), "what the vision tower makes of a picture"));
    }

    /**
     * Returns the token ids of a text, with {@code [CLS]} and {@code [SEP]}.
     *
     * @throws FoveaException if the text is too long for the model
     */
    public int[] encode(String text) {
        return encode(text, "text");
    }

    /** Encodes a text as tokens, with {@code [CLS]} and {@code [SEP]}. */
    int[] encode(String text, String what) {
        return check(tokenizer.encode(Arguments.present(text, what)), what);
    }

    /** Checks that the model can read a text that is already tokens, and returns it. */
    int[] check(int[] ids, String what) {
        Arguments.present(ids, "the " + what);
        if (ids.length == 0) {
            throw new FoveaException("the " + what + " has no tokens; expected at least a start token");
        }
        if (ids.length > config.text().positions()) {
            throw new FoveaException("the " + what + " has " + ids.length + " tokens; this model reads at most "
                    + config.text().positions() + ", shorten it");
        }
        return TokenIds.requireKnown(ids, config.text().vocabularySize(), "the " + what);
    }

    /** Decodes token ids of a generated text, without special tokens. */
    public String text(int[] tokens) {
        return tokenizer.decode(Arguments.present(tokens, "tokens"), true);
    }

    GeneratedText decoded(Generation generation) {
        return new GeneratedText(text(generation.best().tokens()), generation);
    }

    /**
     * Frees the checkpoint's file and, if it was opened for this model, the backend. Using the model afterwards is an
     * {@link IllegalStateException}.
     */
    @Override
    public void close() {
        files.close();
    }
}
