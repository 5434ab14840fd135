package dev.fovea.training.network;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.blip.network.BlipConfig;
import dev.fovea.models.blip.network.BlipKind;
import dev.fovea.models.blip.network.BlipNetwork;
import dev.fovea.models.image.PictureInput;
import dev.fovea.models.image.Preprocessing;
import dev.fovea.models.nn.ModelFiles;
import dev.fovea.models.tokenizer.Tokenizer;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;
import dev.fovea.training.tape.Tape;
import dev.fovea.training.tape.Trainables;
import java.nio.file.Path;
import java.util.List;

/** A BLIP that writes captions, on a tape. */
public final class TapedCaptioner implements AutoCloseable {

    private final ModelFiles files;
    private final Tape tape;
    private final BlipConfig config;
    private final BlipNetwork.Captioner network;
    private final Preprocessing preprocessing;
    private final Tokenizer tokenizer;

    private TapedCaptioner(ModelFiles files, Tape tape, BlipConfig config, BlipNetwork.Captioner network) {
        this.files = files;
        this.tape = tape;
        this.config = config;
        this.network = network;
        preprocessing = files.preprocessing();
        tokenizer = Tokenizer.load(files.folder());
    }

    /**
     * Loads a captioner.
     *
     * @param backend computes; it stays open when this is closed
     * @param trainables what is trained
     * @throws dev.fovea.tensor.FoveaException if the folder holds another model
     */
    public static TapedCaptioner load(Path folder, Backend backend, Trainables trainables) {
        Tape tape = new Tape(backend, trainables);
        return ModelFiles.load(folder, LoadOptions.on(tape), files -> {
            BlipKind kind = BlipKind.of(files.weights());
            if (kind != BlipKind.CAPTIONER) {
                throw new ModelException(
                        folder + ": is a BLIP for " + kind.use() + "; use one that writes captions to train it");
            }
            BlipConfig config = BlipConfig.load(folder);
            BlipNetwork.Captioner network = BlipNetwork.Captioner.of(files.parameters(), config);
            return new TapedCaptioner(files, tape, config, network);
        });
    }

    /** Returns the tape. */
    public Tape tape() {
        return tape;
    }

    /**
     * Returns the token ids of a caption, from the decoder's start token to its end token, cut to what the decoder can
     * read.
     */
    public int[] encode(String caption) {
        int[] ids = tokenizer.encode(caption, config.text().positions()).ids();
        ids[0] = config.text().startToken();
        return ids;
    }

    /** Returns what the image tower makes of a picture, without recording: its states, row after row. */
    public float[] see(PictureInput picture) {
        Grid grid = new Grid(1, preprocessing.height(), preprocessing.width());
        return tape.inner()
                .scoped(
                        "",
                        () -> network.vision()
                                .encode(tape.tensor(grid.rows(), 3, preprocessing.apply(picture)), grid)
                                .toArray());
    }

    /**
     * Scores the tokens of captions.
     *
     * @param texts token ids of each
     * @param states of a picture for each
     * @return logits {@code [tokens, vocabulary]}, text after text
     */
    public Tensor logits(List<int[]> texts, List<float[]> states) {
        int width = config.vision().transformer().hiddenSize();
        List<Tensor> parts = states.stream()
                .map(values -> tape.tensor(values.length / width, width, values))
                .toList();
        int rows = parts.getFirst().rows();
        return network.decoder().logits(texts, tape.concatRows(parts), Segments.uniform(parts.size(), rows));
    }

    /** Closes the checkpoint; the backend stays open. */
    @Override
    public void close() {
        files.close();
    }
}
