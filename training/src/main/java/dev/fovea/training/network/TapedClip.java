package dev.fovea.training.network;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.image.Preprocessing;
import dev.fovea.models.kind.ModelKind;
import dev.fovea.models.nn.ModelFiles;
import dev.fovea.models.nn.TextBatches;
import dev.fovea.models.tokenizer.Tokenizer;
import dev.fovea.models.towers.Towers;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.Tensor;
import dev.fovea.training.numerics.Matrices;
import dev.fovea.training.tape.Tape;
import dev.fovea.training.tape.Trainables;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Both towers of a CLIP on a tape. */
public final class TapedClip implements AutoCloseable {

    private final ModelFiles files;
    private final Tape tape;
    private final Towers towers;
    private final Trainables trainables;
    private final Preprocessing preprocessing;
    private final Tokenizer tokenizer;

    private TapedClip(ModelFiles files, Tape tape, Trainables trainables, Towers towers) {
        this.files = files;
        this.tape = tape;
        this.trainables = trainables;
        this.towers = towers;
        preprocessing = files.preprocessing();
        tokenizer = Tokenizer.load(files.folder());
    }

    /**
     * Loads a CLIP or a SigLIP.
     *
     * @param folder a checkpoint of both towers
     * @param backend computes; it stays open when this is closed
     * @param trainables what is trained
     */
    public static TapedClip load(Path folder, Backend backend, Trainables trainables) {
        Tape tape = new Tape(backend, trainables);
        return ModelFiles.load(folder, LoadOptions.on(tape), files -> {
            Towers towers = towers(files);
            return new TapedClip(files, tape, trainables, towers);
        });
    }

    /** Loads both towers, and refuses what has only one. */
    static Towers towers(ModelFiles files) {
        Towers towers = ModelKind.towers(files.folder()).towers(files.parameters());
        if (towers.image() == null || towers.text() == null) {
            throw new ModelException(files.folder() + ": is no CLIP with both towers; use one to train it");
        }
        return towers;
    }

    /** Returns the tape. */
    public Tape tape() {
        return tape;
    }

    /** Returns the steps that turn pictures into pixels. */
    public Preprocessing preprocessing() {
        return preprocessing;
    }

    /** Returns a text that is the same for equal weights and equal steps of preprocessing, as {@code Clip} has it. */
    public String fingerprint() {
        return files.fingerprint(preprocessing.settings());
    }

    /** Returns the factor that turns cosines into logits, as the checkpoint has it. */
    public float logitFactor() {
        return towers.score().factor();
    }

    /** Takes what makes scores of cosines out of the checkpoint, to train it where the plan says so. */
    public PairScale scale() {
        return PairScale.of(files.weights(), towers.score(), trainables);
    }

    /** Returns the length of an embedding. */
    public int dimension() {
        return towers.image().dimension();
    }

    /** Returns the token ids of a text, cut to what the tower can read, and padded where it reads padding. */
    public int[] encode(String text) {
        int[] ids = tokenizer.encode(text, longestText()).ids();
        return towers.text().isPadded() ? tokenizer.padded(ids, longestText()) : ids;
    }

    /** Returns whether the tower can read all of a text. */
    public boolean fits(String text) {
        return !tokenizer.encode(text, longestText()).truncated();
    }

    /** Returns the most tokens of a text, start and end token included. */
    public int longestText() {
        return towers.text().positions();
    }

    /**
     * Embeds pictures.
     *
     * @param pixels {@code [images * height * width, 3]}, normalised
     * @return unit vectors, {@code [images, dimension]}
     */
    public Tensor images(float[] pixels, Grid grid) {
        towers.image().requireSize(grid.height(), grid.width());
        return tape.l2Normalize(towers.image().encode(tape.tensor(grid.rows(), 3, pixels), grid));
    }

    /**
     * Embeds texts.
     *
     * @param texts token ids of each
     * @return unit vectors, {@code [texts, dimension]}
     */
    public Tensor texts(List<int[]> texts) {
        return tape.l2Normalize(towers.text().encode(texts));
    }

    /**
     * Returns how many of some pictures are embedded at a time, so that what the tape keeps of them stays small: in as
     * few parts as that allows, which are about equally large.
     */
    public int imagesAtOnce(int images) {
        int most = towers.image().atOnce(preprocessing.height(), preprocessing.width());
        return Math.ceilDiv(images, Math.max(1, Math.ceilDiv(images, most)));
    }

    /** Embeds pictures without recording: a unit vector for each. */
    public List<float[]> embedImages(float[] pixels, Grid grid) {
        return tape.scoped("", () -> floats(images(pixels, grid)));
    }

    /** Embeds texts without recording: a unit vector for each. */
    public List<float[]> embedTexts(List<int[]> texts) {
        List<float[]> vectors = new ArrayList<>();
        for (List<int[]> part : TextBatches.of(texts)) {
            vectors.addAll(tape.scoped("", () -> floats(texts(part))));
        }
        return vectors;
    }

    /**
     * Embeds texts with recording and goes back from them.
     *
     * @param gradient of the loss with respect to their vectors, row after row
     */
    public void backTexts(List<int[]> texts, float[] gradient) {
        int row = 0;
        for (List<int[]> part : TextBatches.of(texts)) {
            int from = row * dimension();
            float[] ofPart = Arrays.copyOfRange(gradient, from, from + part.size() * dimension());
            tape.record(() -> {
                tape.backward(texts(part), ofPart);
                return null;
            });
            row += part.size();
        }
    }

    private static List<float[]> floats(Tensor tensor) {
        float[][] rows = new float[tensor.rows()][tensor.columns()];
        tensor.copyRows(rows);
        return List.of(rows);
    }

    /** Returns the rows of a tensor in double precision. */
    public static double[][] rows(Tensor tensor) {
        return Matrices.of(floats(tensor));
    }

    /** Closes the checkpoint; the backend stays open. */
    @Override
    public void close() {
        files.close();
    }
}
