package dev.fovea.models.clip;

import dev.fovea.models.Classifier;
import dev.fovea.models.ImageEmbedder;
import dev.fovea.models.LabelScore;
import dev.fovea.models.LoadOptions;
import dev.fovea.models.Models;
import dev.fovea.models.TextEmbedder;
import dev.fovea.models.ZeroShotClassifier;
import dev.fovea.models.check.Arguments;
import dev.fovea.models.check.Finite;
import dev.fovea.models.clip.head.ClassifierHead;
import dev.fovea.models.image.PictureInput;
import dev.fovea.models.image.PicturePipeline;
import dev.fovea.models.image.Pixels;
import dev.fovea.models.image.PreparedPicture;
import dev.fovea.models.image.Preprocessing;
import dev.fovea.models.kind.ModelKind;
import dev.fovea.models.nn.ModelFiles;
import dev.fovea.models.nn.TextBatches;
import dev.fovea.models.nn.TokenIds;
import dev.fovea.models.tokenizer.Encoding;
import dev.fovea.models.tokenizer.Tokenizer;
import dev.fovea.models.towers.ImageEncoder;
import dev.fovea.models.towers.PairScore;
import dev.fovea.models.towers.TextEncoder;
import dev.fovea.models.towers.Towers;
import dev.fovea.models.towers.TowersConfig;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.CancelledException;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.Precision;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.WeightData;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * CLIP: pictures and texts as vectors of one space, where a picture lies near the texts that describe it (Radford et
 * al. 2021, "Learning Transferable Visual Models From Natural Language Supervision"). Loads any Hugging Face CLIP
 * folder and its successors (SigLIP, MetaCLIP, MobileCLIP, AltCLIP, Chinese-CLIP), OpenAI's ResNets as {@code fovea
 * convert} writes them, and towers for pictures alone (DINOv2, DINOv3), which refuse texts; {@code docs/what-runs.md}
 * lists them.
 *
 * <pre>{@code
 * try (Clip clip = Clip.load(Path.of("clip-vit-base-patch32"))) {
 *     Picture cat = Picture.read(Path.of("cat.png"));
 *     List<LabelScore> best = clip.classify(cat, List.of("a photo of a cat", "a photo of a dog"));
 * }
 * }</pre>
 *
 * <p>Immutable and safe to use from many threads. Java needs no flag on x86-64 with AVX2; on other processors run it
 * with {@code --add-modules jdk.incubator.vector}, without which it works on plain loops and says so.
 */
public final class Clip implements ImageEmbedder, TextEmbedder, AutoCloseable {

    private final ModelFiles files;
    final TowersConfig config;
    private final Backend backend;
    private final ImageEncoder vision;
    private final TextEncoder text;
    private final Preprocessing preprocessing;
    private final Tokenizer tokenizer;
    private final PairScore score;
    private final List<String> unusedTensors;

    private Clip(ModelFiles files, TowersConfig config) {
        this.files = files;
        this.config = config;
        this.backend = files.backend();
        Towers towers = config.towers(files.parameters());
        vision = towers.image();
        text = towers.text();
        preprocessing = vision == null ? null : files.preprocessing();
        tokenizer = text == null ? null : Tokenizer.load(files.folder());
        score = towers.score();
        unusedTensors = files.weights().unused();
    }

    /**
     * Loads a model by name on the CPU, with all cores: an embedded model, a folder, or {@code owner/name} on a hub,
     * which is downloaded unless it is in the cache ({@link Models}).
     *
     * @throws FoveaException if there is no such model, or it is of another kind or broken; the message says what to do
     */
    public static Clip load(String name) {
        return load(name, LoadOptions.DEFAULTS);
    }

    /** Loads a model by name ({@link Models}), computing where and how finely the options say. */
    public static Clip load(String name, LoadOptions options) {
        return load(Models.folder(name, options), options);
    }

    /**
     * Loads a checkpoint folder on the CPU, with all cores.
     *
     * @throws FoveaException if the folder is missing, of another kind, or broken; the message says what to do
     */
    public static Clip load(Path folder) {
        return load(folder, LoadOptions.DEFAULTS);
    }

    /** Loads a checkpoint folder on a backend, which stays open when the model is closed. */
    public static Clip load(Path folder, Backend backend) {
        return load(folder, LoadOptions.on(backend));
    }

    /** Loads a checkpoint folder, computing where and how finely the options say. */
    public static Clip load(Path folder, LoadOptions options) {
        Arguments.present(folder, "folder");
        Arguments.present(options, "options");
        TowersConfig config = ModelKind.towers(folder);
        return ModelFiles.load(folder, options, files -> new Clip(files, config));
    }

    /** Returns the steps that turn pictures into this model's pixels. */
    public Preprocessing preprocessing() {
        return require(preprocessing, "pictures");
    }

    /** Returns the tokenizer of this model's texts. */
    private Tokenizer tokenizer() {
        return require(tokenizer, "texts");
    }

    /** Returns the backend that computes. */
    public Backend backend() {
        return files.computing();
    }

    /**
     * Does some work of this thread while a wrapper around the backend sees every operation of the model: a {@link
     * dev.fovea.tensor.observe.RecordingBackend} or a {@link dev.fovea.tensor.observe.ProfilingBackend}. Answers have
     * the bits that they have without it. Other threads compute as always, at no cost.
     *
     * <pre>{@code
     * float[] vector = clip.observed(backend -> new RecordingBackend(backend, ...), () -> clip.embed(picture));
     * }</pre>
     *
     * @param wrapper makes the wrapper; it must not be closed, since that closes the backend
     * @param work calls this model
     * @return what the work returned
     */
    public <T> T observed(UnaryOperator<Backend> wrapper, Supplier<T> work) {
        return files.observed(wrapper, work);
    }

    /** Returns the checkpoint's folder. */
    public Path folder() {
        return files.folder();
    }

    /** Returns the folders of the adapters that are merged into the weights; see {@link LoadOptions#withAdapter}. */
    public List<Path> adapters() {
        return files.adapters();
    }

    /** Returns the arithmetic of the linear layers. */
    public Precision compute() {
        return files.compute();
    }

    /**
     * Returns a text that is the same for models whose embeddings can be compared: equal weights and preprocessing,
     * computed equally finely. It is made of names, types, shapes and some bytes of every tensor, which takes
     * milliseconds, not of all bytes.
     *
     * @return 32 hexadecimal digits
     * @throws IllegalStateException if the model was closed
     */
    public String fingerprint() {
        return files.fingerprint(preprocessing == null ? "" : preprocessing.settings());
    }

    /**
     * Returns the {@link #fingerprint()} that the model of a folder has, without loading it.
     *
     * @param folder of a model that reads pictures
     * @throws FoveaException if the folder is missing or its files are broken; the message says what to do
     */
    public static String fingerprint(Path folder, LoadOptions options) {
        Arguments.present(folder, "folder");
        Arguments.present(options, "options");
        return ModelFiles.fingerprint(
                folder, options, Preprocessing.load(folder).settings());
    }

    /**
     * Returns a weight as the model computes with it, adapters included.
     *
     * @param name in the checkpoint, such as {@code visual_projection.weight}
     * @return its numbers, readable until the model is closed
     * @throws FoveaException if there is none of this name; the message names similar ones
     */
    public WeightData weight(String name) {
        return files.weights().tensor(Arguments.present(name, "name"));
    }

    /**
     * Returns whether the checkpoint has a weight of this name.
     *
     * @param name in the checkpoint, such as {@code visual_projection.weight}
     */
    public boolean hasWeight(String name) {
        return files.weights().has(Arguments.present(name, "name"));
    }

    /** Names the tensors of the checkpoint that CLIP does not use. */
    public List<String> unusedTensors() {
        return unusedTensors;
    }

    /**
     * Returns the length of an embedding: that of the projection, or the width of a single tower that has no
     * projection.
     */
    @Override
    public int dimension() {
        return vision == null ? text.dimension() : vision.dimension();
    }

    /** Returns the factor that turns cosines into logits, the exponential of {@code logit_scale}; 100 in OpenAI's. */
    public float logitFactor() {
        return score.factor();
    }

    /**
     * Returns the classifier that was tuned on this checkpoint's embeddings and lies in its folder (Fovea's {@code
     * tune}); empty where there is none. It has classes of its own; {@link #classifier(List)} takes any.
     *
     * @throws FoveaException if its file is broken; the message says what to do
     */
    public Optional<Classifier> tunedClassifier() {
        return ClassifierHead.find(files.folder(), dimension()).map(head -> new TunedClassifier(this, head));
    }

    /**
     * Scores which of the labels fits the picture best: zero-shot classification (Radford et al. 2021, section 3.1).
     *
     * @param labels texts as they are, such as "a photo of a cat"
     * @return a score for each label, best first
     */
    public List<LabelScore> classify(PictureInput picture, List<String> labels) {
        Arguments.present(picture, "picture");
        requireLabels(labels);
        return score(embed(picture), labels, embedTexts(labels));
    }

    /**
     * Makes a classifier of labels as they are, which embeds them once for all pictures.
     *
     * @param labels texts such as "a photo of a cat", at least one
     */
    public ZeroShotClassifier classifier(List<String> labels) {
        return classifier(labels, PromptTemplates.NONE, this::embedTexts);
    }

    /**
     * Makes a classifier of labels that are put into templates, which embeds them once for all pictures.
     *
     * <pre>{@code
     * ZeroShotClassifier animals =
     *         clip.classifier(List.of("cat", "dog"), List.of("a photo of a {}", "a drawing of a {}"));
     * }</pre>
     *
     * @param labels what goes into the templates, at least one
     * @param templates texts with {@code {}} where the label goes, averaged for each label; none takes the labels as
     *     they are
     */
    public ZeroShotClassifier classifier(List<String> labels, List<String> templates) {
        return classifier(labels, PromptTemplates.of(templates), this::embedTexts);
    }

    /**
     * Makes a classifier of labels that are put into templates and embedded by a function, which may show its progress
     * or reuse embeddings.
     *
     * @param labels what goes into the templates, at least one
     * @param embed makes the embeddings of some texts, in their order, as {@link #embedTexts} does
     */
    public ZeroShotClassifier classifier(
            List<String> labels, PromptTemplates templates, Function<List<String>, List<float[]>> embed) {
        Arguments.present(templates, "templates");
        Arguments.present(embed, "embed");
        requireLabels(labels);
        List<String> texts = templates.texts(labels);
        List<float[]> embeddings = Arguments.present(embed.apply(texts), "what embed returned");
        Arguments.oneForEach(embeddings.size(), "embeddings", texts.size(), "texts");
        return new LabelEmbeddings(this, List.copyOf(labels), List.copyOf(templates.average(embeddings)));
    }

    /**
     * Scores labels whose embeddings are known already.
     *
     * @param pictureEmbedding unit vector
     * @param labels names of the labels
     * @param textEmbeddings a unit vector for each label
     * @return a score for each label, best first, in the order given where equal
     * @throws IllegalArgumentException if there is no label, there are not as many embeddings as labels, or one of the
     *     vectors is of another length than {@link #dimension()} or holds NaN or an infinity
     */
    public List<LabelScore> score(float[] pictureEmbedding, List<String> labels, List<float[]> textEmbeddings) {
        Arguments.present(pictureEmbedding, "pictureEmbedding");
        Arguments.present(textEmbeddings, "textEmbeddings");
        requireLabels(labels);
        Arguments.oneForEach(textEmbeddings.size(), "text embeddings", labels.size(), "labels");
        Arguments.vector(pictureEmbedding, dimension(), "the embedding of the picture");
        for (int i = 0; i < labels.size(); i++) {
            Arguments.vector(textEmbeddings.get(i), dimension(), "the embedding of label " + i);
        }
        double[] cosines = new double[labels.size()];
        for (int i = 0; i < cosines.length; i++) {
            float[] label = textEmbeddings.get(i);
            double cosine = 0;
            for (int j = 0; j < label.length; j++) {
                cosine += (double) pictureEmbedding[j] * label[j];
            }
            cosines[i] = cosine;
        }
        return score.ranked(labels, cosines);
    }

    private static void requireLabels(List<String> labels) {
        if (Arguments.present(labels, "labels").isEmpty()) {
            throw new IllegalArgumentException("no labels; expected at least one");
        }
    }

    /** Returns the embeddings of many pictures, in their order; an empty list for an empty list. */
    @Override
    public List<float[]> embedAll(List<? extends PictureInput> pictures) {
        return inParts(pictures, this::embedPixels);
    }

    /**
     * Returns what the image tower makes of pictures before {@code visual_projection}, in their order: {@code
     * pooler_output} of transformers. Methods that train the projection start from it.
     *
     * @return vectors of the tower's hidden size, not of unit length
     * @throws FoveaException if the tower has no such output, as those of a ResNet and of SigLIP
     */
    public List<float[]> poolAll(List<? extends PictureInput> pictures) {
        return inParts(pictures, (pixels, images, height, width) -> {
            Grid grid = Pixels.of(pixels, images, height, width).grid();
            return files.compute(() -> {
                Tensor pooled = vision.pool(backend.tensor(grid.rows(), 3, pixels), grid);
                return rows(Finite.answer(pooled.toArray(), "the pooled output of a picture"), pooled.columns());
            });
        });
    }

    /** Makes vectors of preprocessed pictures. */
    @FunctionalInterface
    private interface PixelEncoder {
        List<float[]> encode(float[] pixels, int images, int height, int width);
    }

    private List<float[]> inParts(List<? extends PictureInput> pictures, PixelEncoder encoder) {
        Arguments.present(pictures, "pictures");
        Preprocessing steps = preprocessing();
        Map<Size, List<Integer>> sameSize = new LinkedHashMap<>(); // one of a model whose pictures have one size
        for (int i = 0; i < pictures.size(); i++) {
            PictureInput picture = Arguments.present(pictures.get(i), "picture");
            Preprocessing own = steps.forPicture(picture.width(), picture.height());
            sameSize.computeIfAbsent(new Size(own.height(), own.width()), size -> new ArrayList<>())
                    .add(i);
        }
        float[][] vectors = new float[pictures.size()][];
        sameSize.forEach((size, indices) -> {
            int atOnce = vision.atOnce(size.height, size.width);
            for (int from = 0; from < indices.size(); from += atOnce) {
                List<Integer> part = indices.subList(from, Math.min(indices.size(), from + atOnce));
                float[] pixels = steps.applyAll(part.stream().map(pictures::get).toList());
                List<float[]> encoded = encoder.encode(pixels, part.size(), size.height, size.width);
                for (int i = 0; i < part.size(); i++) {
                    vectors[part.get(i)] = encoded.get(i);
                }
            }
        });
        return new ArrayList<>(Arrays.asList(vectors));
    }

    /** The size of a picture as the tower reads it. */
    private record Size(int height, int width) {}

    /**
     * Embeds picture files while it reads others, on all cores. Faster than one after the other, and memory depends
     * neither on how many there are nor on their pixels.
     *
     * <pre>{@code
     * try (Stream<Path> photos = Files.walk(Path.of("holidays")).filter(Files::isRegularFile)) {
     *     clip.embedFiles(photos, outcome -> {
     *         if (outcome.error() == null) {
     *             vectors.put(outcome.file(), outcome.result());
     *         } else {
     *             System.err.println(outcome.error().getMessage());
     *         }
     *     });
     * }
     * }</pre>
     *
     * @param files names are taken as they are needed, so there may be no end of them; where the stream waits for the
     *     next one, so do the outcomes of those before it
     * @param receiver is given what became of each file, in their order, by the calling thread: the embedding, a vector
     *     of unit length, or why there is none
     * @throws dev.fovea.tensor.CancelledException if the thread was interrupted; what the receiver was given by then is
     *     done, and nothing is worked on any more
     * @throws RuntimeException what the receiver or the stream throws, which ends the work, too
     */
    public void embedFiles(Stream<Path> files, Consumer<PicturePipeline.Outcome<float[]>> receiver) {
        Arguments.present(receiver, "receiver");
        run(PicturePipeline.start(Arguments.present(files, "files").iterator(), this::preparation), receiver);
    }

    /**
     * Embeds picture files while it reads others, on all cores; see {@link #embedFiles(Stream, Consumer)}.
     *
     * @param receiver is given what became of each file, in their order, by the calling thread: the embedding, a vector
     *     of unit length, or why there is none
     * @throws dev.fovea.tensor.CancelledException if the thread was interrupted; what the receiver was given by then is
     *     done, and nothing is worked on any more
     */
    public void embedFiles(List<Path> files, Consumer<PicturePipeline.Outcome<float[]>> receiver) {
        Arguments.present(receiver, "receiver");
        run(PicturePipeline.start(Arguments.present(files, "files"), this::preparation), receiver);
    }

    private Function<Path, PreparedPicture> preparation() {
        return preprocessing()::prepare;
    }

    private void run(PicturePipeline<PreparedPicture> pipeline, Consumer<PicturePipeline.Outcome<float[]>> receiver) {
        pipeline.run(backend(), (batch, indices) -> embedAll(batch), receiver);
    }

    /**
     * Returns the embeddings of pictures that are already preprocessed. A vision transformer takes other sizes than it
     * was trained on: positions are interpolated as transformers does with {@code interpolate_pos_encoding}. A ResNet
     * takes its own size only.
     *
     * @param pixels {@code [images, height, width, 3]}, normalised
     * @throws IllegalArgumentException if there are not as many numbers as the sizes say, or one is NaN or infinite
     */
    public List<float[]> embedPixels(float[] pixels, int images, int height, int width) {
        ImageEncoder tower = require(vision, "pictures");
        Pixels checked = Pixels.of(pixels, images, height, width);
        tower.requireSize(height, width);
        if (images == 0) {
            return List.of();
        }
        Grid grid = checked.grid();
        return unitRows("a picture", () -> tower.encode(backend.tensor(grid.rows(), 3, pixels), grid));
    }

    /**
     * Returns the embeddings of many texts, in their order; an empty list for an empty list. Texts too long for the
     * model lose their end, as in the reference.
     */
    @Override
    public List<float[]> embedTexts(List<String> texts) {
        Arguments.present(texts, "texts");
        List<int[]> ids = new ArrayList<>(texts.size());
        for (String text : texts) {
            CancelledException.throwIfInterrupted();
            ids.add(encode(text));
        }
        return embedTokens(ids);
    }

    /**
     * Returns the token ids of a text, start and end token included, cut to what the model can read. Only SigLIP's are
     * padded, since its padding takes part in the result.
     */
    public int[] encode(String text) {
        int[] ids = encoding(text).ids();
        return this.text.isPadded() ? tokenizer().padded(ids, this.text.positions()) : ids;
    }

    /** Returns whether the model reads all of a text. One that is too long loses its end. */
    public boolean fits(String text) {
        return !encoding(text).truncated();
    }

    private Encoding encoding(String text) {
        return tokenizer().encode(Arguments.present(text, "text"), this.text.positions());
    }

    /**
     * Returns the embeddings of texts that are already tokens.
     *
     * @param texts token ids, start and end token included
     */
    public List<float[]> embedTokens(List<int[]> texts) {
        TextEncoder tower = require(text, "texts");
        Arguments.present(texts, "texts");
        List<float[]> embeddings = new ArrayList<>(texts.size());
        texts.forEach(this::check);
        for (List<int[]> part : TextBatches.of(texts)) {
            embeddings.addAll(unitRows("a text", () -> tower.encode(part)));
        }
        return embeddings;
    }

    private void check(int[] ids) {
        CancelledException.throwIfInterrupted();
        int positions = text.positions();
        if (ids.length == 0 || ids.length > positions) {
            throw new FoveaException("a text of " + ids.length + " tokens; expected 1 to " + positions);
        }
        TokenIds.requireKnown(ids, text.vocabularySize(), "a text");
    }

    private List<float[]> unitRows(String what, Supplier<Tensor> encode) {
        int width = dimension();
        float[] values = files.compute(
                () -> Finite.answer(backend.l2Normalize(encode.get()).toArray(), "the embedding of " + what));
        return rows(values, width);
    }

    private static List<float[]> rows(float[] values, int width) {
        return IntStream.range(0, values.length / width)
                .mapToObj(row -> Arrays.copyOfRange(values, row * width, (row + 1) * width))
                .toList();
    }

    private <T> T require(T part, String what) {
        if (part == null) {
            throw new ModelException(
                    files.folder() + ": has no tower that reads " + what + "; use a checkpoint with one");
        }
        return part;
    }

    /**
     * Frees the checkpoint's file and, if this model opened it, the backend. Embedding afterwards is an {@link
     * IllegalStateException}.
     */
    @Override
    public void close() {
        files.close();
    }
}
