package dev.fovea.models.blip;

import dev.fovea.models.Captioner;
import dev.fovea.models.LoadOptions;
import dev.fovea.models.Models;
import dev.fovea.models.blip.network.BlipConfig;
import dev.fovea.models.blip.network.BlipKind;
import dev.fovea.models.blip.network.BlipNetwork;
import dev.fovea.models.blip.network.BlipTextDecoder;
import dev.fovea.models.check.Arguments;
import dev.fovea.models.decoding.Generator;
import dev.fovea.models.generation.GeneratedText;
import dev.fovea.models.generation.Generation;
import dev.fovea.models.generation.GenerationListener;
import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.models.image.PictureInput;
import dev.fovea.models.image.Pixels;
import dev.fovea.models.nn.KeyValueCache;
import dev.fovea.models.nn.ModelFiles;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.FoveaException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/**
 * BLIP that writes captions ({@code BlipForConditionalGeneration} of transformers; {@code blip-image-captioning-base}
 * and {@code -large}).
 *
 * <pre>{@code
 * try (BlipCaptioner blip = BlipCaptioner.load(Path.of("blip-image-captioning-base"))) {
 *     blip.caption(Picture.read(Path.of("dog.jpg"))); // "a woman sitting on the beach with her dog"
 *     blip.withPrompt("a picture of").caption(Picture.read(Path.of("dog.jpg"))); // begins with these words
 * }
 * }</pre>
 */
public final class BlipCaptioner extends Blip implements Captioner {

    private final BlipTextDecoder decoder;
    private final GenerationOptions defaults;

    private BlipCaptioner(ModelFiles files, BlipConfig config) {
        this(files, config, BlipNetwork.Captioner.of(require(BlipKind.CAPTIONER, files), config));
    }

    private BlipCaptioner(ModelFiles files, BlipConfig config, BlipNetwork.Captioner network) {
        super(files, config, network);
        decoder = network.decoder();
        defaults = BlipTextDecoder.defaults(files.folder());
    }

    /**
     * Loads a model by name on the CPU, with all cores: an embedded model, a folder, or {@code owner/name} on a hub,
     * which is downloaded unless it is in the cache ({@link Models}).
     *
     * @throws FoveaException if there is no such model, or it is of another kind or broken; the message says what to do
     */
    public static BlipCaptioner load(String name) {
        return load(name, LoadOptions.DEFAULTS);
    }

    /** Loads a model by name ({@link Models}), computing where and how finely the options say. */
    public static BlipCaptioner load(String name, LoadOptions options) {
        return load(Models.folder(name, "captioner", options), options);
    }

    /**
     * Loads a checkpoint folder on the CPU, with all cores.
     *
     * @throws FoveaException if the folder is missing, of another kind, or broken; the message says what to do
     */
    public static BlipCaptioner load(Path folder) {
        return load(folder, LoadOptions.DEFAULTS);
    }

    /** Loads a checkpoint folder on a backend, which stays open when the model is closed. */
    public static BlipCaptioner load(Path folder, Backend backend) {
        return load(folder, LoadOptions.on(backend));
    }

    /** Loads a checkpoint folder, computing where and how finely the options say. */
    public static BlipCaptioner load(Path folder, LoadOptions options) {
        return load(folder, options, BlipCaptioner::new);
    }

    /**
     * Returns the options that captions are generated with unless others are given: those of the checkpoint's own
     * configuration.
     */
    @Override
    public GenerationOptions defaults() {
        return defaults;
    }

    /** Returns the most tokens that the model can write after its start token, the end token included. */
    public int mostNewTokens() {
        return config.text().positions() - 1;
    }

    /**
     * Makes a captioner whose captions begin with given words.
     *
     * @param words such as "a picture of"; none is fine
     * @return a view of this model, which is closed with it
     * @throws FoveaException if the words are too long for the model
     */
    public Captioner withPrompt(String words) {
        prompt(Arguments.present(words, "words"));
        return new PromptedCaptioner(this, words);
    }

    @Override
    public List<GeneratedText> captionAll(
            List<? extends PictureInput> pictures,
            int[] indices,
            GenerationOptions options,
            GenerationListener listener) {
        return captionAll(pictures, indices, prompt(), options, listener);
    }

    /** Writes captions that begin with the tokens of a prompt. */
    List<GeneratedText> captionAll(
            List<? extends PictureInput> pictures,
            int[] indices,
            int[] prompt,
            GenerationOptions options,
            GenerationListener listener) {
        Arguments.present(pictures, "pictures");
        Arguments.oneForEach(Arguments.present(indices, "indices").length, "indices", pictures.size(), "pictures");
        Arguments.present(options, "options");
        Arguments.present(listener, "listener");
        List<GeneratedText> captions = new ArrayList<>();
        int atOnce = Generator.picturesAtOnce(
                picturesAtOnce(), options, config.text().vocabularySize());
        for (int from = 0; from < pictures.size(); from += atOnce) {
            int to = Math.min(pictures.size(), from + atOnce);
            List<Generation> written = generate(
                    pixels(pictures.subList(from, to)),
                    Collections.nCopies(to - from, prompt),
                    Arrays.copyOfRange(indices, from, to),
                    options,
                    GenerationListener.from(from, listener));
            written.forEach(generation -> captions.add(decoded(generation)));
            if (written.getFirst().stopped()) {
                break;
            }
        }
        return captions;
    }

    private int picturesAtOnce() {
        int tokens =
                config.vision().tokens(preprocessing().height(), preprocessing().width());
        return KeyValueCache.picturesAtOnce(tokens, config.text().transformer());
    }

    /** Returns the decoder's first tokens without a prompt: its start token. */
    public int[] prompt() {
        return new int[] {config.text().startToken()};
    }

    /**
     * Returns the decoder's first tokens: its start token, and the prompt's without {@code [CLS]} and {@code [SEP]}.
     */
    public int[] prompt(String words) {
        int[] ids = encode(words, "prompt");
        int[] prompt = Arrays.copyOf(ids, ids.length - 1);
        prompt[0] = config.text().startToken();
        return prompt;
    }

    /**
     * Writes captions of pictures that are already preprocessed, with prompts that are already tokens.
     *
     * @param prompts for every picture the decoder's first tokens
     */
    public List<Generation> generate(
            Pixels pixels, List<int[]> prompts, GenerationOptions options, GenerationListener listener) {
        Arguments.present(options, "options");
        Arguments.present(listener, "listener");
        Arguments.present(pixels, "pixels");
        Arguments.present(prompts, "prompts").forEach(prompt -> check(prompt, "prompt"));
        return generate(pixels, prompts, IntStream.range(0, prompts.size()).toArray(), options, listener);
    }

    private List<Generation> generate(
            Pixels pixels, List<int[]> prompts, int[] indices, GenerationOptions options, GenerationListener listener) {
        if (prompts.size() != pixels.grid().images()) {
            throw new IllegalArgumentException(
                    prompts.size() + " prompts for " + pixels.grid().images() + " pictures");
        }
        return files.compute(
                () -> write(pixels, prompts, indices, options, listener),
                () -> write(pixels, prompts, indices, options, GenerationListener.NONE));
    }

    private List<Generation> write(
            Pixels pixels, List<int[]> prompts, int[] indices, GenerationOptions options, GenerationListener listener) {
        Seen seen = see(pixels);
        return decoder.generate(prompts, indices, seen.tokens(), seen.pictures(), options, listener);
    }
}
