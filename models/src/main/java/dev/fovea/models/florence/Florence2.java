package dev.fovea.models.florence;

import dev.fovea.models.Captioner;
import dev.fovea.models.LoadOptions;
import dev.fovea.models.Models;
import dev.fovea.models.generation.GeneratedText;
import dev.fovea.models.generation.Generation;
import dev.fovea.models.generation.Generation.Sequence;
import dev.fovea.models.generation.GenerationListener;
import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.models.image.Picture;
import dev.fovea.models.image.PictureInput;
import dev.fovea.models.image.Pixels;
import dev.fovea.models.image.Preprocessing;
import dev.fovea.models.nn.Arguments;
import dev.fovea.models.nn.ConfigFile;
import dev.fovea.models.nn.Finite;
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
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Florence-2 (Xiao et al. 2024): one model for captions, detection, grounding, reading and segmentation, which are all texts to it. {@link
 * FlorenceNetwork} sees the picture, reads the task's prompt and writes, and {@link FlorenceParser} finds the places in what it wrote.
 *
 * <pre>{@code
 * try (Florence2 florence = Florence2.load(Path.of("Florence-2-base"))) {
 *     for (FoundBox box : florence.detect(Picture.read(Path.of("street.jpg")))) {
 *         System.out.println(box.label() + " at " + box.x1() + ", " + box.y1());
 *     }
 * }
 * }</pre>
 *
 * <p>Whoever asks more than one question about a picture {@linkplain #see(PictureInput) sees} it first, which is most of the work.
 *
 * <p>Immutable and safe to use from many threads; to be closed when done.
 */
public final class Florence2 implements Captioner {

    /** New tokens where neither user nor checkpoint says how many: what the model's card asks for. */
    private static final int DEFAULT_NEW_TOKENS = 1024;

    private final ModelFiles files;
    private final FlorenceConfig config;
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
        preprocessing = Preprocessing.load(files.folder());
        Tokenizer own = Tokenizer.load(files.folder());
        tokenizer = own.idOf("<loc_0>") < 0 ? own.withSpecialTokens(SpecialTokens.all()) : own;
        defaults = defaults(files.folder(), network.isMicrosofts());
    }

    /**
     * Loads a model by name on the CPU, with all cores: an embedded model, a folder, or {@code owner/name} on a hub, which is downloaded unless
     * it is in the cache ({@link Models}).
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
     * Loads a checkpoint folder on the CPU, with all cores: transformers' layout ({@code florence-community}) or Microsoft's.
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
        FlorenceConfig config = FlorenceConfig.load(folder);
        return ModelFiles.load(folder, options, files -> new Florence2(files, config));
    }

    /**
     * Microsoft's code generates with the inner model, whose settings are the text configuration's; transformers' with {@code
     * generation_config.json} alone, and with the text configuration's only if there is no such file.
     */
    private GenerationOptions defaults(Path folder, boolean microsoft) {
        boolean inner = microsoft || !Files.exists(folder.resolve("generation_config.json"));
        GenerationOptions options = inner
                ? GenerationOptions.of(ConfigFile.of(folder).at("text_config"), ConfigFile.of(folder))
                : GenerationOptions.of(ConfigFile.optional(folder, "generation_config.json"));
        return options.limitsLength()
                ? options
                : options.with(o -> o.maxNewTokens =
                        Math.min(DEFAULT_NEW_TOKENS, config.text().positions()));
    }

    /** What the checkpoint's {@code config.json} says. */
    public FlorenceConfig config() {
        return config;
    }

    /** How pictures become pixels for this model. */
    public Preprocessing preprocessing() {
        return preprocessing;
    }

    /** How texts become tokens for this model. */
    public Tokenizer tokenizer() {
        return tokenizer;
    }

    /** What computes. */
    public Backend backend() {
        return files.computing();
    }

    /** How texts are generated where nothing else is said: what the checkpoint's own configuration asks for. */
    @Override
    public GenerationOptions defaults() {
        return defaults;
    }

    /** Tensors of the checkpoint that this model does not use. */
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
        return run(pictures, indices, FlorenceTask.CAPTION, null, options, listener).stream()
                .map(answer -> new GeneratedText(answer.result().text(), answer.generation()))
                .toList();
    }

    @Override
    public String text(int[] tokens) {
        return plainText(tokens);
    }

    /** The things in a picture ({@code <OD>}). */
    public List<FoundBox> detect(Picture picture) {
        return run(picture, FlorenceTask.OD, null).result().boxes();
    }

    /** Where the things are that a caption speaks of ({@code <CAPTION_TO_PHRASE_GROUNDING>}). */
    public List<FoundBox> ground(Picture picture, String caption) {
        return run(picture, FlorenceTask.CAPTION_TO_PHRASE_GROUNDING, caption)
                .result()
                .boxes();
    }

    /** The lines of text in a picture ({@code <OCR_WITH_REGION>}). */
    public List<FoundQuad> ocr(Picture picture) {
        return run(picture, FlorenceTask.OCR_WITH_REGION, null).result().quads();
    }

    /** The outline of what an expression means, such as "the dog on the left" ({@code <REFERRING_EXPRESSION_SEGMENTATION>}). */
    public List<FoundPolygons> segment(Picture picture, String expression) {
        return run(picture, FlorenceTask.REFERRING_EXPRESSION_SEGMENTATION, expression)
                .result()
                .polygons();
    }

    /** A paragraph about a picture ({@code <MORE_DETAILED_CAPTION>}). */
    public String describe(Picture picture) {
        return run(picture, FlorenceTask.MORE_DETAILED_CAPTION, null).result().text();
    }

    /** The regions of a picture that are worth words, with them ({@code <DENSE_REGION_CAPTION>}). */
    public List<FoundBox> regions(Picture picture) {
        return run(picture, FlorenceTask.DENSE_REGION_CAPTION, null).result().boxes();
    }

    /**
     * Asks with a prompt of any kind and returns what the model writes, without start and end token: the way to tasks of fine-tunes, such as
     * {@code "<DocVQA>what animal is it?"}, and to plain sentences. The prompt reaches the model as it would in transformers' {@code
     * Florence2Processor}, see {@link FlorenceTask#writtenOut}; places in the answer stay the tokens they are.
     *
     * @throws FoveaException if the prompt is too long, or puts something beside the token of a task that needs nothing
     */
    public String ask(Picture picture, String prompt) {
        int[] ids = readable(FlorenceTask.writtenOut(prompt));
        List<Picture> pictures = List.of(Arguments.present(picture, "picture"));
        Generation written = write(() -> images(pictures), List.of(ids), new int[1], defaults, GenerationListener.NONE)
                .getFirst();
        return plainText(written.best().tokens());
    }

    /**
     * Any task.
     *
     * @param text what the task needs besides the picture, or null
     * @throws FoveaException if the text does not fit the task
     */
    public FlorenceAnswer run(Picture picture, FlorenceTask task, String text) {
        return run(List.of(Arguments.present(picture, "picture")), task, text, defaults, GenerationListener.NONE)
                .getFirst();
    }

    /**
     * Any task about many pictures; several are answered at a time.
     *
     * @param text what the task needs besides the pictures, or null
     * @param listener is told of every token
     */
    public List<FlorenceAnswer> run(
            List<? extends PictureInput> pictures,
            FlorenceTask task,
            String text,
            GenerationOptions options,
            GenerationListener listener) {
        int count = Arguments.present(pictures, "pictures").size();
        return run(pictures, IntStream.range(0, count).toArray(), task, text, options, listener);
    }

    /**
     * The same for pictures out of a larger number: with the same seed a picture gets the same answer whatever the batch.
     *
     * @param indices for every picture its index among all
     */
    public List<FlorenceAnswer> run(
            List<? extends PictureInput> pictures,
            int[] indices,
            FlorenceTask task,
            String text,
            GenerationOptions options,
            GenerationListener listener) {
        Arguments.present(pictures, "pictures");
        Arguments.oneForEach(Arguments.present(indices, "indices").length, "indices", pictures.size(), "pictures");
        Arguments.present(options, "options");
        int[] prompt = prompt(task, text); // complains before anything is looked at
        List<FlorenceAnswer> answers = new ArrayList<>();
        int atOnce = network.picturesAtOnce(pictureTokens(), options);
        for (int from = 0; from < pictures.size(); from += atOnce) {
            int to = Math.min(pictures.size(), from + atOnce);
            List<? extends PictureInput> some = pictures.subList(from, to);
            List<Generation> written = write(
                    () -> images(some),
                    Collections.nCopies(to - from, prompt),
                    Arrays.copyOfRange(indices, from, to),
                    options,
                    GenerationListener.from(from, listener));
            for (int i = 0; i < written.size(); i++) {
                answers.add(answer(task, written.get(i), grid(some.get(i))));
            }
            if (answers.getLast().generation().stopped()) {
                break;
            }
        }
        return answers;
    }

    /** Looks at a picture, which can then be asked about any number of times. */
    public SeenPicture see(PictureInput picture) {
        return see(List.of(Arguments.present(picture, "picture"))).getFirst();
    }

    /** Looks at some pictures, which can then be asked about any number of times. */
    public List<SeenPicture> see(List<? extends PictureInput> pictures) {
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

    /** Computes what the encoder reads of pictures, {@code [pictures * tokens, hidden]}; one at a time, since their pixels are large. */
    private Tensor images(List<? extends PictureInput> pictures) {
        List<Tensor> parts = new ArrayList<>();
        for (PictureInput picture : pictures) {
            parts.add(network.see(Pixels.of(preprocessing, List.of(picture))));
        }
        return parts.size() == 1 ? parts.getFirst() : backend.concatRows(parts);
    }

    /**
     * Writes about pictures in the scope in which they are seen, so that what was seen stays where it was computed.
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
     * Asks one question about each of some pictures that this model has seen; several are answered at a time. A picture may come more than
     * once, to be asked about with different texts.
     *
     * @param indices for every picture its index among all that share the options' seed
     * @param texts for every picture what the task needs besides, or null
     * @param listener is told of every token; the first picture here is number 0 to it
     * @throws FoveaException if a text does not fit the task
     */
    public List<FlorenceAnswer> ask(
            List<SeenPicture> pictures,
            int[] indices,
            FlorenceTask task,
            List<String> texts,
            GenerationOptions options,
            GenerationListener listener) {
        requireOneEach(pictures, indices, texts);
        List<int[]> prompts = texts.stream().map(text -> prompt(task, text)).toList();
        List<Generation> written = write(pictures, indices, prompts, options, listener);
        return IntStream.range(0, written.size())
                .mapToObj(i -> answer(task, written.get(i), pictures.get(i).grid()))
                .toList();
    }

    /**
     * Asks about each of some pictures that this model has seen with a prompt of any kind, as {@link #ask(Picture, String)} does.
     *
     * @param indices for every picture its index among all that share the options' seed
     * @param prompts for every picture the prompt
     * @param listener is told of every token; the first picture here is number 0 to it
     * @throws FoveaException as there
     */
    public List<GeneratedText> ask(
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
                .map(written -> new GeneratedText(plainText(written.best().tokens()), written))
                .toList();
    }

    /** The text of some tokens without start and end token, as the answer of a task that gives text. */
    public String plainText(int[] tokens) {
        return FlorenceParser.plain(decode(tokens));
    }

    private static void requireOneEach(List<SeenPicture> pictures, int[] indices, List<String> texts) {
        Arguments.present(pictures, "pictures");
        Arguments.oneForEach(Arguments.present(indices, "indices").length, "indices", pictures.size(), "pictures");
        // A task that takes no text has null for it.
        int count = Objects.requireNonNull(texts, "texts is null").size();
        Arguments.oneForEach(count, "texts", pictures.size(), "pictures");
    }

    /** Writes about some pictures at a time; if a listener stops it, about fewer than there are. */
    private List<Generation> write(
            List<SeenPicture> pictures,
            int[] indices,
            List<int[]> prompts,
            GenerationOptions options,
            GenerationListener listener) {
        Arguments.present(options, "options");
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

    /** {@code [pictures * tokens, hidden]}. */
    private Tensor seen(List<SeenPicture> pictures) {
        List<Tensor> parts =
                pictures.stream().map(picture -> picture.tokens(this)).toList();
        return backend.concatRows(parts);
    }

    /** Tokens of a picture of the size that this model's pictures have. */
    private int pictureTokens() {
        return network.tokens(new Grid(1, preprocessing.height(), preprocessing.width()));
    }

    /** What the encoder reads beside a picture. */
    private int[] prompt(FlorenceTask task, String text) {
        return readable(task.prompt(text));
    }

    /** A prompt's tokens, which must fit beside a picture. */
    private int[] readable(String sentence) {
        int[] prompt = encode(sentence);
        network.requireRoom(prompt, pictureTokens());
        return prompt;
    }

    /**
     * A prompt's tokens with {@code <s>} and {@code </s>}.
     *
     * @throws FoveaException if the model does not know one of them
     */
    public int[] encode(String prompt) {
        return TokenIds.requireKnown(tokenizer.encode(prompt), network.vocabularySize(), "the prompt");
    }

    /** A generated text with special tokens kept. */
    public String decode(int[] tokens) {
        return tokenizer.decode(tokens, false);
    }

    private FlorenceAnswer answer(FlorenceTask task, Generation generation, LocationGrid grid) {
        Sequence best = generation.best();
        String text = decode(best.tokens());
        FlorenceResult result = FlorenceParser.parse(task, text, grid);
        if (task.output() != FlorenceTask.Output.TEXT) { // only places have scores
            result = result.scored(new TokenScores(spans(best.tokens()), best.logProbabilities()));
        }
        return new FlorenceAnswer(task, text, generation, result);
    }

    /** Reads every sequence that was generated for an answer, the best first, as the answer reads the best one. */
    public List<FlorenceAnswer> sequences(FlorenceAnswer answer, LocationGrid grid) {
        boolean stopped = answer.generation().stopped();
        return answer.generation().sequences().stream()
                .map(sequence -> answer(answer.task(), new Generation(List.of(sequence), stopped), grid))
                .toList();
    }

    /** For every token the characters of the decoded text that it adds. */
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
     * What the encoder reads of pictures: {@code [images * tokens, hidden]}, of every picture the mean token first ({@code
     * get_image_features} of transformers).
     */
    public float[] imageTokens(Pixels pixels) {
        Arguments.present(pixels, "pixels");
        return files.compute(() -> Finite.answer(network.see(pixels).toArray(), "what the encoder reads of a picture"));
    }

    /**
     * Generates for pictures that are already preprocessed and prompts that are already tokens.
     *
     * @param prompts for every picture the encoder's text
     */
    public List<Generation> generate(
            Pixels pixels, List<int[]> prompts, GenerationOptions options, GenerationListener listener) {
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

    /** Frees the checkpoint's file and, if it was opened for this model, the backend. Using the model afterwards is an {@link IllegalStateException}. */
    @Override
    public void close() {
        files.close();
    }
}
