package dev.fovea.training.network;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.image.Pixels;
import dev.fovea.models.image.Preprocessing;
import dev.fovea.models.nn.ModelFiles;
import dev.fovea.models.tokenizer.Tokenizer;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Tensor;
import dev.fovea.training.tape.Tape;
import dev.fovea.training.tape.Trainables;
import java.nio.file.Path;
import java.util.List;

/** A model on a tape that writes texts about pictures. */
public abstract sealed class TapedGenerator implements AutoCloseable permits TapedBlip, TapedFlorence {

    private final ModelFiles files;
    private final Tape tape;
    private final Preprocessing preprocessing;
    final Tokenizer tokenizer;

    TapedGenerator(ModelFiles files, Tape tape, Tokenizer tokenizer) {
        this.files = files;
        this.tape = tape;
        this.tokenizer = tokenizer;
        preprocessing = files.preprocessing();
    }

    /**
     * Loads a model.
     *
     * @param kind of the folder's model
     * @param backend computes; it stays open when the model is closed
     * @param trainables what is trained
     */
    public static TapedGenerator load(Path folder, GeneratorKind kind, Backend backend, Trainables trainables) {
        Tape tape = new Tape(backend, trainables);
        return ModelFiles.load(folder, LoadOptions.on(tape), files -> switch (kind) {
            case CAPTIONER -> new TapedBlip.Captioner(files, tape);
            case ANSWERER -> new TapedBlip.Answerer(files, tape);
            case FLORENCE -> new TapedFlorence(files, tape);
        });
    }

    /** Returns the tape. */
    public final Tape tape() {
        return tape;
    }

    /** Returns the most tokens that the model can write. */
    public abstract int longestText();

    /**
     * Returns the tokens of an example.
     *
     * @throws dev.fovea.tensor.FoveaException if the prompt is too long, or not one that the model takes
     */
    public abstract TextTokens encode(String prompt, String text);

    /** Returns the number of image tokens of a picture. */
    public final int imageTokens() {
        return imageTokens(new Grid(1, preprocessing.height(), preprocessing.width()));
    }

    abstract int imageTokens(Grid grid);

    /** Returns the steps that turn pictures into pixels. */
    public final Preprocessing preprocessing() {
        return preprocessing;
    }

    /** Returns a text that is the same for equal weights and equal steps of preprocessing. */
    public final String fingerprint() {
        return files.fingerprint(preprocessing.settings());
    }

    /** Returns what the language model reads of a picture, {@code [image tokens, channels]}. */
    public final Tensor see(float[] pixels) {
        return see(Pixels.of(pixels, 1, preprocessing.height(), preprocessing.width()));
    }

    abstract Tensor see(Pixels pixels);

    /**
     * Scores the tokens of texts.
     *
     * @param states of a picture for each text, picture after picture
     * @return logits {@code [tokens written, vocabulary]}, text after text
     */
    public abstract Tensor logits(Tensor states, List<TextTokens> texts);

    /** Closes the checkpoint; the backend stays open. */
    @Override
    public final void close() {
        files.close();
    }
}
