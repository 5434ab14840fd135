package dev.fovea.models.blip;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.Models;
import dev.fovea.models.VisualQuestionAnswerer;
import dev.fovea.models.blip.network.BlipConfig;
import dev.fovea.models.blip.network.BlipKind;
import dev.fovea.models.blip.network.BlipNetwork;
import dev.fovea.models.blip.network.BlipTextDecoder;
import dev.fovea.models.blip.network.BlipTextTower;
import dev.fovea.models.check.Arguments;
import dev.fovea.models.generation.GeneratedText;
import dev.fovea.models.generation.Generation;
import dev.fovea.models.generation.GenerationListener;
import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.models.image.PictureInput;
import dev.fovea.models.image.Pixels;
import dev.fovea.models.nn.ModelFiles;
import dev.fovea.models.nn.TokenIds;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.Tensor;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/**
 * BLIP that answers questions about pictures ({@code BlipForQuestionAnswering} of transformers; {@code blip-vqa-base}):
 * a text encoder reads the question with cross-attention to the picture, a decoder writes the answer with
 * cross-attention to the encoder states.
 */
public final class BlipAnswerer extends Blip implements VisualQuestionAnswerer {

    private final BlipTextTower encoder;
    private final BlipTextDecoder decoder;
    private final GenerationOptions defaults;

    private BlipAnswerer(ModelFiles files, BlipConfig config) {
        this(files, config, BlipNetwork.Answerer.of(require(BlipKind.ANSWERER, files), config));
    }

    private BlipAnswerer(ModelFiles files, BlipConfig config, BlipNetwork.Answerer network) {
        super(files, config, network);
        encoder = network.encoder();
        decoder = network.decoder();
        defaults = BlipTextDecoder.defaults(files.folder());
    }

    /**
     * Loads a model by name on the CPU, with all cores: an embedded model, a folder, or {@code owner/name} on a hub,
     * which is downloaded unless it is in the cache ({@link Models}).
     *
     * @throws FoveaException if there is no such model, or it is of another kind or broken; the message says what to do
     */
    public static BlipAnswerer load(String name) {
        return load(name, LoadOptions.DEFAULTS);
    }

    /** Loads a model by name ({@link Models}), computing where and how finely the options say. */
    public static BlipAnswerer load(String name, LoadOptions options) {
        return load(Models.folder(name, "answerer", options), options);
    }

    /**
     * Loads a checkpoint folder on the CPU, with all cores.
     *
     * @throws FoveaException if the folder is missing, of another kind, or broken; the message says what to do
     */
    public static BlipAnswerer load(Path folder) {
        return load(folder, LoadOptions.DEFAULTS);
    }

    /** Loads a checkpoint folder on a backend, which stays open when the model is closed. */
    public static BlipAnswerer load(Path folder, Backend backend) {
        return load(folder, LoadOptions.on(backend));
    }

    /** Loads a checkpoint folder, computing where and how finely the options say. */
    public static BlipAnswerer load(Path folder, LoadOptions options) {
        return load(folder, options, BlipAnswerer::new);
    }

    /**
     * Returns the options that answers are generated with unless others are given: those of the checkpoint's own
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
     * Answers several questions about one picture, which is encoded once.
     *
     * @param listener is told of every token; the questions count as its pictures
     */
    @Override
    public List<GeneratedText> answerAll(
            PictureInput picture, List<String> questions, GenerationOptions options, GenerationListener listener) {
        Arguments.present(picture, "picture");
        Arguments.present(questions, "questions");
        Arguments.present(options, "options");
        Arguments.present(listener, "listener");
        if (questions.isEmpty()) {
            return List.of();
        }
        List<int[]> ids =
                questions.stream().map(question -> encode(question, "question")).toList();
        return generate(pixels(List.of(picture)), new int[] {ids.size()}, ids, options, listener).stream()
                .map(this::decoded)
                .toList();
    }

    /**
     * Answers questions that are already tokens about pictures that are already preprocessed.
     *
     * @param questionsOfPicture number of questions about each picture
     * @param questions token ids with start and end token, those about the first picture first
     * @return for every question what was generated
     */
    public List<Generation> generate(
            Pixels pixels,
            int[] questionsOfPicture,
            List<int[]> questions,
            GenerationOptions options,
            GenerationListener listener) {
        Arguments.present(options, "options");
        Arguments.present(listener, "listener");
        Arguments.present(pixels, "pixels");
        Arguments.present(questions, "questions").forEach(question -> check(question, "question"));
        Arguments.oneForEach(
                Arguments.present(questionsOfPicture, "questionsOfPicture").length,
                "numbers of questions",
                pixels.grid().images(),
                "pictures");
        long asked = 0;
        for (int count : questionsOfPicture) {
            if (count < 0) {
                throw new IllegalArgumentException(count + " questions about a picture; expected 0 or more");
            }
            asked += count;
        }
        if (asked != questions.size()) {
            throw new IllegalArgumentException(questions.size() + " questions; the numbers of questions say " + asked);
        }
        int[] start = {config.text().startToken()};
        return generate(
                pixels, questionsOfPicture, questions, Collections.nCopies(questions.size(), start), options, listener);
    }

    /**
     * Answers questions that are already tokens about pictures that are already preprocessed, with answers whose
     * beginning is given.
     */
    List<Generation> generate(
            Pixels pixels,
            int[] questionsOfPicture,
            List<int[]> questions,
            List<int[]> prompts,
            GenerationOptions options,
            GenerationListener listener) {
        return files.compute(
                () -> write(pixels, questionsOfPicture, questions, prompts, options, listener),
                () -> write(pixels, questionsOfPicture, questions, prompts, options, GenerationListener.NONE));
    }

    private List<Generation> write(
            Pixels pixels,
            int[] questionsOfPicture,
            List<int[]> questions,
            List<int[]> prompts,
            GenerationOptions options,
            GenerationListener listener) {
        Tensor asked = backend.scoped("", () -> {
            Seen seen = see(pixels);
            return encoder.encode(questions, questionsOfPicture, seen.tokens(), seen.pictures());
        }); // [question tokens, hidden]
        int[] numbers = IntStream.range(0, prompts.size()).toArray();
        return decoder.generate(prompts, numbers, asked, TokenIds.segments(questions), options, listener);
    }
}
