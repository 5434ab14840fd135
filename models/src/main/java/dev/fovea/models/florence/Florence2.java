package dev.fovea.models.florence;

import dev.fovea.models.Captioner;
import dev.fovea.models.Detection;
import dev.fovea.models.Finding;
import dev.fovea.models.LoadOptions;
import dev.fovea.models.Models;
import dev.fovea.models.ObjectDetector;
import dev.fovea.models.Outline;
import dev.fovea.models.TextLine;
import dev.fovea.models.TextReader;
import dev.fovea.models.check.Arguments;
import dev.fovea.models.check.Finite;
import dev.fovea.models.decoding.GenerationDefaults;
import dev.fovea.models.florence.network.FlorenceConfig;
import dev.fovea.models.florence.network.FlorenceNetwork;
import dev.fovea.models.florence.network.MicrosoftNames;
import dev.fovea.models.florence.network.SpecialTokens;
import dev.fovea.models.generation.GeneratedText;
import dev.fovea.models.generation.Generation;
import dev.fovea.models.generation.Generation.Sequence;
import dev.fovea.models.generation.GenerationListener;
import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.models.image.PictureInput;
import dev.fovea.models.image.Pixels;
import dev.fovea.models.image.Preprocessing;
import dev.fovea.models.nn.ConfigFile;
import dev.fovea.models.nn.ModelFiles;
import dev.fovea.models.nn.TokenIds;
import dev.fovea.models.tokenizer.Tokenizer;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * Florence-2 (Xiao et al. 2024): one model for captions, detection, grounding, reading and segmentation, which are all
 * texts to it. {@link FlorenceNetwork} encodes picture and prompt and writes a text, and {@link FlorenceParser} finds
 * the locations in that text.
 *
 * <pre>{@code
 * try (Florence2 florence = Florence2.load(Path.of("Florence-2-base"))) {
 *     for (Detection box : florence.detect(Picture.read(Path.of("street.jpg")))) {
 *         System.out.println(box.label() + " at " + box.x1() + ", " + box.y1());
 *     }
 * }
 * }</pre>
 *
 * <p>To ask more than one question about a picture, {@linkplain #see(PictureInput) encode} it once, which is most
 * of the work.
 *
 * <p>Immutable and safe to use from many threads. Close it when done.
 */
public final class Florence2 implements Captioner, ObjectDetector, TextReader {

    /** Most new tokens unless user or checkpoint set a limit, as the model's card asks for. */
    private static final int DEFAULT_NEW_TOKENS = 1024;

    private final ModelFiles files;
    final FlorenceConfig config;
    private final Backend backend;
    private final FlorenceNetwork network;
    private final Preprocessing preprocessing;
    private final Tokenizer tokenizer;
    private final GenerationOptions defaults;

    private Florence2(ModelFiles files, FlorenceConfig config) {
        this.files = files;
        this.config = config;
        backend = files.backend();
        network = new FlorenceNetwork(files.parameters(), config);
        preprocessing = files.preprocessing();
        tokenizer = SpecialTokens.addedTo(Tokenizer.load(files.folder()));
        defaults = defaults(files.folder(), network.isMicrosofts());
    }

    /**
     * Loads a model by name on the CPU, with all cores: an embedded model, a folder, or {@code owner/name} on a hub,
     * which is downloaded unless it is in the cache ({@link Models}).
     *
     * @throws FoveaException if there is no such model, or it is of another kind or broken; the message says what to do
     */
    public static Florence2 load(String name) {
        return load(name, LoadOptions.DEFAULTS);
    }

    /** Loads a model by name ({@link Models}), computing where and how finely the options say. */
    public static Florence2 load(String name, LoadOptions options) {
        return load(Models.folder(name, options), options);
    }

    /**
     * Loads a checkpoint folder on the CPU, with all cores: transformers' layout ({@code florence-community}) or
     * Microsoft's.
     *
     * @throws FoveaException if the folder is missing, of another kind, or broken; the message says what to do
     */
    public static Florence2 load(Path folder) {
        return load(folder, LoadOptions.DEFAULTS);
    }

    /** Loads a checkpoint folder on a backend, which stays open when the model is closed. */
    public static Florence2 load(Path folder, Backend backend) {
        return load(folder, LoadOptions.on(backend));
    }

    /** Loads a checkpoint folder, computing where and how finely the options say. */
    public static Florence2 load(Path folder, LoadOptions options) {
        Arguments.present(folder, "folder");
        Arguments.present(options, "options");
        FlorenceConfig config = FlorenceConfig.load(folder);
        return ModelFiles.load(folder, options, MicrosoftNames::toTransformers, files -> new Florence2(files, config));
    }

    /**
     * Reads the options that texts are generated with. Microsoft's code generates with the inner model, whose settings
     * are the text configuration's. That of transformers reads {@code generation_config.json} alone, and the text
     * configuration only if there is no such file.
     */
    private GenerationOptions defaults(Path folder, boolean microsoft) {
        boolean inner = microsoft || !Files.exists(folder.resolve("generation_config.json"));
        GenerationOptions options = inner
                ? GenerationDefaults.read(ConfigFile.of(folder).at("text_config"), ConfigFile.of(folder))
                : GenerationDefaults.read(ConfigFile.optional(folder, "generation_config.json"));
        return options.limitsLength()
                ? options
                : options.with(change -> change.maxNewTokens(
                        Math.min(DEFAULT_NEW_TOKENS, config.text().positions())));
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

    /**
     * Returns the options that texts are generated with unless others are given: those of the checkpoint's own
     * configuration.
     */
    @Override
    public GenerationOptions defaults() {
        return defaults;
    }

    /** Returns the most tokens that the model can write after its start token, the end token included. */
    public int mostNewTokens() {
        return config.text().positions();
    }

    /** Names the tensors of the checkpoint that this model does not use. */
    @Override
    public List<String> unusedTensors() {
        return files.weights().unused();
    }

    /** Writes captions, the task {@code <CAPTION>}. */
    @Override
    public List<GeneratedText> captionAll(
            List<? extends PictureInput> pictures,
            int[] indices,
            GenerationOptions options,
            GenerationListener listener) {
        return runAll(pictures, indices, FlorencePrompt.of(FlorenceTask.CAPTION), options, listener).stream()
                .map(answer -> new GeneratedText(answer.result().text(), answer.generation()))
                .toList();
    }

    /** Decodes token ids without start and end token, as the answer of a task that gives text. */
    @Override
    public String text(int[] tokens) {
        return FlorenceParser.plain(decode(tokens));
    }

    /** Finds the objects in each of many pictures ({@code <OD>}). */
    @Override
    public List<List<Detection>> detectAll(List<? extends PictureInput> pictures) {
        return runAll(pictures, FlorencePrompt.of(FlorenceTask.OD)).stream()
                .map(answer -> answer.result().boxes())
                .toList();
    }

    /** Finds the objects that a caption mentions ({@code <CAPTION_TO_PHRASE_GROUNDING>}). */
    public List<Detection> ground(PictureInput picture, String caption) {
        return run(picture, FlorenceTask.CAPTION_TO_PHRASE_GROUNDING, caption)
                .result()
                .boxes();
    }

    /** Finds regions of a picture and describes each in words ({@code <DENSE_REGION_CAPTION>}). */
    public List<Detection> regions(PictureInput picture) {
        return run(picture, FlorenceTask.DENSE_REGION_CAPTION).result().boxes();
    }

    /** Finds regions that may hold an object, without naming it ({@code <REGION_PROPOSAL>}). */
    public List<Detection> proposals(PictureInput picture) {
        return run(picture, FlorenceTask.REGION_PROPOSAL).result().boxes();
    }

    /**
     * Finds objects by name, as boxes or outlines, whichever the model chooses ({@code <OPEN_VOCABULARY_DETECTION>}).
     */
    public List<Finding> find(PictureInput picture, String names) {
        return run(picture, FlorenceTask.OPEN_VOCABULARY_DETECTION, names)
                .result()
                .findings();
    }

    /**
     * Outlines what an expression refers to, such as "the dog on the left" ({@code
     * <REFERRING_EXPRESSION_SEGMENTATION>}).
     */
    public List<Outline> segment(PictureInput picture, String expression) {
        return run(picture, FlorenceTask.REFERRING_EXPRESSION_SEGMENTATION, expression)
                .result()
                .polygons();
    }

    /** Outlines the object in a box ({@code <REGION_TO_SEGMENTATION>}). */
    public List<Outline> segment(PictureInput picture, Detection box) {
        return run(picture, FlorenceTask.REGION_TO_SEGMENTATION, region(picture, box))
                .result()
                .polygons();
    }

    /** Reads the lines of text in a picture, with their positions ({@code <OCR_WITH_REGION>}). */
    @Override
    public List<TextLine> readLines(PictureInput picture) {
        return run(picture, FlorenceTask.OCR_WITH_REGION).result().quads();
    }

    /** Reads all text in a picture ({@code <OCR>}). */
    @Override
    public String read(PictureInput picture) {
        return run(picture, FlorenceTask.OCR).result().text();
    }

    /** Reads the text in a box ({@code <REGION_TO_OCR>}). */
    public String read(PictureInput picture, Detection box) {
        return run(picture, FlorenceTask.REGION_TO_OCR, region(picture, box))
                .result()
                .text();
    }

    /** Describes a picture in a paragraph ({@code <MORE_DETAILED_CAPTION>}). */
    public String describe(PictureInput picture) {
        return run(picture, FlorenceTask.MORE_DETAILED_CAPTION).result().text();
    }

    /** Describes what is in a box ({@code <REGION_TO_DESCRIPTION>}). */
    public String describe(PictureInput picture, Detection box) {
        return run(picture, FlorenceTask.REGION_TO_DESCRIPTION, region(picture, box))
                .result()
                .text();
    }

    /** Names the kind of object in a box ({@code <REGION_TO_CATEGORY>}). */
    public String categorize(PictureInput picture, Detection box) {
        return run(picture, FlorenceTask.REGION_TO_CATEGORY, region(picture, box))
                .result()
                .text();
    }

    private static String region(PictureInput picture, Detection box) {
        Arguments.present(picture, "picture");
        Arguments.present(box, "box");
        return new LocationGrid(picture.width(), picture.height()).region(box.x1(), box.y1(), box.x2(), box.y2());
    }

    /**
     * Asks with a prompt of any kind and returns what the model writes, without start and end token. This runs tasks of
     * fine-tunes, such as {@code "<DocVQA>what animal is it?"}, and plain sentences. The prompt reaches the model as it
     * would in transformers' {@code Florence2Processor}, see {@link FlorenceTask#writtenOut}. Locations in the answer
     * stay tokens.
     *
     * @throws FoveaException if the prompt is too long, or puts something beside the token of a task that needs nothing
     */
    public String ask(PictureInput picture, String prompt) {
        int[] ids = readable(FlorenceTask.writtenOut(Arguments.present(prompt, "prompt")));
        List<PictureInput> pictures = List.of(Arguments.present(picture, "picture"));
        Generation written = write(() -> images(pictures), List.of(ids), new int[1], defaults, GenerationListener.NONE)
                .getFirst();
        return text(written.best().tokens());
    }

    /**
     * Runs a task that needs nothing besides the picture.
     *
     * @throws FoveaException if the task needs a text
     */
    public FlorenceAnswer run(PictureInput picture, FlorenceTask task) {
        return runAll(List.of(Arguments.present(picture, "picture")), FlorencePrompt.of(task))
                .getFirst();
    }

    /**
     * Runs a task that needs a text besides the picture.
     *
     * @throws FoveaException if the text does not fit the task
     */
    public FlorenceAnswer run(PictureInput picture, FlorenceTask task, String text) {
        return runAll(List.of(Arguments.present(picture, "picture")), FlorencePrompt.of(task, text))
                .getFirst();
    }

    /** Runs a task about many pictures, several at a time; answers come in the order given. */
    public List<FlorenceAnswer> runAll(List<? extends PictureInput> pictures, FlorencePrompt prompt) {
        int count = Arguments.present(pictures, "pictures").size();
        return runAll(pictures, IntStream.range(0, count).toArray(), prompt, defaults, GenerationListener.NONE);
    }

    /**
     * Runs a task about a part of many pictures, several at a time. With the same seed a picture gets the same answer
     * whatever the batch.
     *
     * @param indices for each picture its index among all that share the options' seed
     * @param listener is told of every token, with the indices of this list
     * @return for each picture its answer, in the order given; fewer if the listener stopped the work
     */
    public List<FlorenceAnswer> runAll(
            List<? extends PictureInput> pictures,
            int[] indices,
            FlorencePrompt prompt,
            GenerationOptions options,
            GenerationListener listener) {
        Arguments.present(pictures, "pictures");
        Arguments.oneForEach(Arguments.present(indices, "indices").length, "indices", pictures.size(), "pictures");
        Arguments.present(prompt, "prompt");
        Arguments.present(options, "options");
        Arguments.present(listener, "listener");
        int[] ids = readable(prompt.sentence()); // throws before any picture is encoded
        List<FlorenceAnswer> answers = new ArrayList<>();
        int atOnce = network.picturesAtOnce(pictureTokens(), options);
        for (int from = 0; from < pictures.size(); from += atOnce) {
            int to = Math.min(pictures.size(), from + atOnce);
            List<? extends PictureInput> some = pictures.subList(from, to);
            List<Generation> written = write(
                    () -> images(some),
                    Collections.nCopies(to - from, ids),
                    Arrays.copyOfRange(indices, from, to),
                    options,
                    GenerationListener.from(from, listener));
            for (int i = 0; i < written.size(); i++) {
                answers.add(answer(prompt.task(), written.get(i), grid(some.get(i))));
            }
            if (answers.getLast().generation().stopped()) {
                break;
            }
        }
        return answers;
    }

    /** Encodes a picture, which can then be asked about any number of times. */
    public SeenPicture see(PictureInput picture) {
        return seeAll(List.of(Arguments.present(picture, "picture"))).getFirst();
    }

    /** Encodes some pictures, which can then be asked about any number of times. */
    public List<SeenPicture> seeAll(List<? extends PictureInput> pictures) {
        Arguments.present(pictures, "pictures");
        List<SeenPicture> seen = new ArrayList<>();
        for (PictureInput picture : pictures) {
            float[] tokens = imageTokens(Pixels.of(preprocessing, List.of(picture)));
            seen.add(new SeenPicture(this, tokens, grid(picture)));
        }
        return seen;
    }

    private static LocationGrid grid(PictureInput picture) {
        return new LocationGrid(picture.width(), picture.height());
    }

    /**
     * Computes the image tokens that the encoder reads, {@code [pictures * tokens, hidden]}. Pictures are encoded one
     * at a time, since their pixels are large.
     */
    private Tensor images(List<? extends PictureInput> pictures) {
        List<Tensor> parts = new ArrayList<>();
        for (PictureInput picture : pictures) {
            parts.add(network.see(Pixels.of(preprocessing, List.of(picture))));
        }
        return parts.size() == 1 ? parts.getFirst() : backend.concatRows(parts);
    }

    /**
     * Writes about pictures in the scope in which they are encoded, so that image tokens stay where they were computed.
     *
     * @param images makes {@code [pictures * tokens, hidden]}
     */
    private List<Generation> write(
            Supplier<Tensor> images,
            List<int[]> prompts,
            int[] indices,
            GenerationOptions options,
            GenerationListener listener) {
        return files.compute(
                () -> network.write(images.get(), prompts, indices, options, listener),
                () -> network.write(images.get(), prompts, indices, options, GenerationListener.NONE));
    }

    /**
     * Runs tasks about pictures that this model has encoded, several at a time. A picture may be listed more than once,
     * with different prompts.
     *
     * @param indices for each picture its index among all that share the options' seed
     * @param prompts for each picture the task
     * @param listener is told of every token, with the indices of this list
     * @return for each picture its answer, in the order given; fewer if the listener stopped the work
     */
    public List<FlorenceAnswer> answerAll(
            List<SeenPicture> pictures,
            int[] indices,
            List<FlorencePrompt> prompts,
            GenerationOptions options,
            GenerationListener listener) {
        requireOneEach(pictures, indices, prompts);
        List<int[]> ids =
                prompts.stream().map(prompt -> readable(prompt.sentence())).toList();
        List<Generation> written = write(pictures, indices, ids, options, listener);
        return IntStream.range(0, written.size())
                .mapToObj(i -> answer(
                        prompts.get(i).task(), written.get(i), pictures.get(i).grid()))
                .toList();
    }

    /**
     * Asks about pictures that this model has encoded, with prompts of any kind, as {@link #ask(PictureInput, String)}
     * does.
     *
     * @param indices for each picture its index among all that share the options' seed
     * @param prompts for each picture the prompt
     * @param listener is told of every token, with the indices of this list
     * @return for each picture what was written, in the order given; fewer if the listener stopped the work
     */
    public List<GeneratedText> askAll(
            List<SeenPicture> pictures,
            int[] indices,
            List<String> prompts,
            GenerationOptions options,
            GenerationListener listener) {
        requireOneEach(pictures, indices, prompts);
        List<int[]> ids = prompts.stream()
                .map(prompt -> readable(FlorenceTask.writtenOut(prompt)))
                .toList();
        return write(pictures, indices, ids, options, listener).stream()
                .map(written -> new GeneratedText(text(written.best().tokens()), written))
                .toList();
    }

    private static void requireOneEach(List<SeenPicture> pictures, int[] indices, List<?> prompts) {
        Arguments.present(pictures, "pictures");
        Arguments.oneForEach(Arguments.present(indices, "indices").length, "indices", pictures.size(), "pictures");
        int count = Arguments.present(prompts, "prompts").size();
        Arguments.oneForEach(count, "prompts", pictures.size(), "pictures");
    }

    /** Writes about all pictures, some at a time; about fewer if a listener stops the work. */
    private List<Generation> write(
            List<SeenPicture> pictures,
            int[] indices,
            List<int[]> prompts,
            GenerationOptions options,
            GenerationListener listener) {
        Arguments.present(options, "options");
        Arguments.present(listener, "listener");
        List<Generation> all = new ArrayList<>();
        int atOnce = network.picturesAtOnce(pictureTokens(), options);
        for (int from = 0; from < pictures.size(); from += atOnce) {
            int to = Math.min(pictures.size(), from + atOnce);
            List<SeenPicture> some = pictures.subList(from, to);
            List<Generation> written = write(
                    () -> seen(some),
                    prompts.subList(from, to),
                    Arrays.copyOfRange(indices, from, to),
                    options,
                    GenerationListener.from(from, listener));
            all.addAll(written);
            if (written.getFirst().stopped()) {
                break;
            }
        }
        return all;
    }

    /** Joins the image tokens of encoded pictures: {@code [pictures * tokens, hidden]}. */
    private Tensor seen(List<SeenPicture> pictures) {
        List<Tensor> parts =
                pictures.stream().map(picture -> picture.tokens(this)).toList();
        return backend.concatRows(parts);
    }

    /** Returns the number of tokens of a picture of the size that this model's pictures have. */
    private int pictureTokens() {
        return network.tokens(new Grid(1, preprocessing.height(), preprocessing.width()));
    }

    /** Returns a prompt's tokens, which must fit beside a picture. */
    private int[] readable(String sentence) {
        int[] prompt = encode(sentence);
        network.requireRoom(prompt, pictureTokens());
        return prompt;
    }

    /**
     * Returns a prompt's tokens with {@code <s>} and {@code </s>}.
     *
     * @throws FoveaException if the model does not know one of them
     */
    public int[] encode(String prompt) {
        return TokenIds.requireKnown(
                tokenizer.encode(Arguments.present(prompt, "prompt")), network.vocabularySize(), "the prompt");
    }

    /** Returns a generated text with special tokens kept. */
    public String decode(int[] tokens) {
        return tokenizer.decode(Arguments.present(tokens, "tokens"), false);
    }

    private FlorenceAnswer answer(FlorenceTask task, Generation generation, LocationGrid grid) {
        Sequence best = generation.best();
        String text = decode(best.tokens());
        boolean located = task.output() != FlorenceTask.Output.TEXT; // only locations have scores
        TokenScores scores =
                located ? new TokenScores(spans(best.tokens()), best.logProbabilities()) : TokenScores.NONE;
        return new FlorenceAnswer(
                task,
                text,
                generation,
                FlorenceParser.parse(task, text, grid, scores).result());
    }

    /** Reads every sequence that was generated for an answer, the best first, as the answer reads the best one. */
    public List<FlorenceAnswer> sequences(FlorenceAnswer answer, LocationGrid grid) {
        Arguments.present(answer, "answer");
        Arguments.present(grid, "grid");
        boolean stopped = answer.generation().stopped();
        return answer.generation().sequences().stream()
                .map(sequence -> answer(answer.task(), new Generation(List.of(sequence), stopped), grid))
                .toList();
    }

    /** Returns for every token the characters that it adds to the decoded text. */
    private List<Span> spans(int[] tokens) {
        List<Span> spans = new ArrayList<>();
        int before = 0;
        for (int after : tokenizer.ends(tokens, false)) {
            spans.add(new Span(before, after));
            before = after;
        }
        return spans;
    }

    /**
     * Computes the image tokens that the encoder reads: {@code [images * tokens, hidden]}, of every picture the mean
     * token first ({@code get_image_features} of transformers).
     */
    public float[] imageTokens(Pixels pixels) {
        Arguments.present(pixels, "pixels");
        return files.compute(() -> Finite.answer(network.see(pixels).toArray(), "what the encoder reads of a picture"));
    }

    /**
     * Generates texts for pictures that are already preprocessed and prompts that are already tokens.
     *
     * @param prompts for every picture the encoder's text
     */
    public List<Generation> generate(
            Pixels pixels, List<int[]> prompts, GenerationOptions options, GenerationListener listener) {
        Arguments.present(options, "options");
        Arguments.present(listener, "listener");
        Arguments.present(pixels, "pixels");
        Arguments.oneForEach(
                Arguments.present(prompts, "prompts").size(),
                "prompts",
                pixels.grid().images(),
                "pictures");
        int tokens = network.tokens(pixels.grid());
        prompts.forEach(prompt -> {
            TokenIds.requireKnown(prompt, network.vocabularySize(), "the prompt");
            network.requireRoom(prompt, tokens);
        });
        int[] indices = IntStream.range(0, prompts.size()).toArray();
        return write(() -> network.see(pixels), prompts, indices, options, listener);
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
