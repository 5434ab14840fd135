package dev.fovea.training.network;

import dev.fovea.models.florence.FlorenceTask;
import dev.fovea.models.florence.network.FlorenceConfig;
import dev.fovea.models.florence.network.FlorenceNetwork;
import dev.fovea.models.florence.network.SpecialTokens;
import dev.fovea.models.image.Pixels;
import dev.fovea.models.nn.ModelFiles;
import dev.fovea.models.tokenizer.Encoding;
import dev.fovea.models.tokenizer.Tokenizer;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Tensor;
import dev.fovea.training.tape.Tape;
import java.util.List;

/** A Florence-2 on a tape; a prompt is a task with its input, or free text. */
final class TapedFlorence extends TapedGenerator {

    private final FlorenceConfig config;
    private final FlorenceNetwork network;

    TapedFlorence(ModelFiles files, Tape tape) {
        super(files, tape, SpecialTokens.addedTo(Tokenizer.load(files.folder())));
        config = FlorenceConfig.load(files.folder());
        network = new FlorenceNetwork(files.parameters(), config);
    }

    @Override
    public int longestText() {
        return config.text().positions() - 1;
    }

    /** Encodes an answer as its processor does, after the decoder's start token: {@code </s> <s> car ... </s>}. */
    @Override
    public TextTokens encode(String prompt, String text) {
        int[] read = tokenizer.encode(FlorenceTask.writtenOut(prompt));
        network.requireRoom(read, imageTokens());
        Encoding encoded = tokenizer.encode(text, longestText());
        int[] written = new int[encoded.ids().length + 1];
        written[0] = config.text().startToken();
        System.arraycopy(encoded.ids(), 0, written, 1, encoded.ids().length);
        return new TextTokens(read, written, 1, encoded.truncated());
    }

    @Override
    int imageTokens(Grid grid) {
        return network.tokens(grid);
    }

    @Override
    Tensor see(Pixels pixels) {
        return network.see(pixels);
    }

    @Override
    public Tensor logits(Tensor states, List<TextTokens> texts) {
        return network.logits(
                states,
                texts.stream().map(TextTokens::read).toList(),
                texts.stream().map(TextTokens::written).toList());
    }
}
