package dev.fovea.models.florence.network;

import dev.fovea.models.decoding.DecoderSession;
import dev.fovea.models.decoding.Generator;
import dev.fovea.models.generation.Generation;
import dev.fovea.models.generation.GenerationListener;
import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.models.image.Pixels;
import dev.fovea.models.nn.KeyValueCache;
import dev.fovea.models.nn.Parameters;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The network of Florence-2: pixels and the token ids of a prompt become the token ids of an answer (Xiao et al. 2024,
 * figure 2). {@link DaVit} encodes the picture, {@link ImageProjector} turns its features into tokens, {@link Bart}
 * reads them with the prompt and writes.
 */
public final class FlorenceNetwork {

    private final FlorenceConfig.Text config;
    private final Backend backend;
    private final boolean microsofts;
    private final DaVit vision;
    private final ImageProjector projector;
    private final Bart bart;

    /**
     * Takes the weights.
     *
     * @param top the checkpoint's top level
     */
    public FlorenceNetwork(Parameters top, FlorenceConfig config) {
        this.config = config.text();
        backend = top.backend();
        Parameters model = top.atAnyOf("model", "");
        microsofts = FlorenceNames.isMicrosofts(top.weights());
        vision = new DaVit(model, config.vision(), FlorenceNames.of(model.weights()));
        projector = new ImageProjector(model, config.vision(), config.text().hiddenSize(), microsofts);
        bart = new Bart(model, top, config.text());
    }

    /** Returns whether the checkpoint has Microsoft's layout, not transformers'. */
    public boolean isMicrosofts() {
        return microsofts;
    }

    /** Returns the number of token ids that the model knows. */
    public int vocabularySize() {
        return bart.vocabularySize();
    }

    /** Returns the number of tokens of each of some pictures. */
    public int tokens(Grid pictures) {
        return ImageProjector.tokens(vision.output(pictures));
    }

    /**
     * Returns how many pictures to write about at a time.
     *
     * @param tokens of each picture
     */
    public int picturesAtOnce(int tokens, GenerationOptions options) {
        int most = KeyValueCache.picturesAtOnce(tokens, config.decoder());
        return Generator.picturesAtOnce(most, options, vocabularySize());
    }

    /**
     * Throws if a prompt is too long to be read beside a picture.
     *
     * @param tokens of the picture
     */
    public void requireRoom(int[] prompt, int tokens) {
        int room = config.positions() - tokens;
        if (prompt.length > room) {
            throw new FoveaException("the prompt has " + prompt.length + " tokens; this model reads at most "
                    + Math.max(0, room) + " beside the " + tokens + " of a picture, shorten it");
        }
    }

    /**
     * Computes the image tokens that the encoder reads: {@code [images * tokens, hidden]}, of every picture the mean
     * token first.
     */
    public Tensor see(Pixels pixels) {
        if (pixels.grid().images() == 0) {
            throw new IllegalArgumentException("no pictures; expected at least one");
        }
        List<Tensor> parts = new ArrayList<>();
        for (int image = 0; image < pixels.grid().images(); image++) {
            // One at a time: the finest map has tens of thousands of pixels, and a batch of maps leaves the caches.
            Pixels one = pixels.part(image, image + 1);
            parts.add(backend.scoped("", () -> {
                Tensor features = vision.encode(backend.tensor(one.grid().rows(), 3, one.values()), one.grid());
                return projector.apply(features, vision.output(one.grid()));
            }));
        }
        return parts.size() == 1 ? parts.getFirst() : backend.concatRows(parts);
    }

    /**
     * Scores the next token at every place of whole answers, as training needs it.
     *
     * @param images {@code [images * tokens, hidden]}
     * @param prompts for every picture the encoder's text
     * @param answers for every picture the decoder's, from the start token on
     * @return logits {@code [tokens, vocabulary]}, answer after answer
     */
    public Tensor logits(Tensor images, List<int[]> prompts, List<int[]> answers) {
        int tokens = images.rows() / prompts.size();
        return bart.logits(bart.encode(images, tokens, prompts), Bart.sequences(tokens, prompts), answers);
    }

    /**
     * Writes about pictures that are encoded.
     *
     * @param images {@code [images * tokens, hidden]}
     * @param prompts for every picture the encoder's text
     * @param numbers for every picture its index among all that share the options' seed
     * @param listener is told of every token, or null
     */
    public List<Generation> write(
            Tensor images, List<int[]> prompts, int[] numbers, GenerationOptions options, GenerationListener listener) {
        int tokens = images.rows() / prompts.size();
        int[] start = {config.startToken()};
        // The last token is written and never read.
        int longest = config.positions() + 1;
        int[] ends = config.endTokens().stream().mapToInt(Integer::intValue).toArray();
        Generator generator = new Generator(options, ends, longest, vocabularySize());
        List<int[]> starts = Collections.nCopies(prompts.size(), start);
        int capacity = generator.capacity(starts);
        Tensor encoded = bart.encode(images, tokens, prompts); // [all pictures' tokens + all prompts' tokens, hidden]
        DecoderSession session = bart.start(encoded, Bart.sequences(tokens, prompts), capacity);
        return generator.generate(starts, numbers, session, listener);
    }
}
