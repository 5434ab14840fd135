package dev.fovea.models.classification;

import dev.fovea.models.Classifier;
import dev.fovea.models.LabelScore;
import dev.fovea.models.LoadOptions;
import dev.fovea.models.Models;
import dev.fovea.models.check.Arguments;
import dev.fovea.models.check.Finite;
import dev.fovea.models.classification.network.ClassifierConfig;
import dev.fovea.models.classification.network.Network;
import dev.fovea.models.image.PictureInput;
import dev.fovea.models.image.Pixels;
import dev.fovea.models.image.Preprocessing;
import dev.fovea.models.nn.ModelFiles;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A classifier with a fixed list of classes, such as the thousand of ImageNet: {@code ViTForImageClassification},
 * {@code ResNetForImageClassification}, {@code CLIPForImageClassification}, {@code Dinov2ForImageClassification} or
 * {@code Dinov2WithRegistersForImageClassification} from a Hugging Face folder.
 *
 * <pre>{@code
 * try (ImageClassifier classifier = ImageClassifier.load(Path.of("resnet-50"))) {
 *     List<LabelScore> best = classifier.classify(Picture.read(Path.of("cat.png")));
 * }
 * }</pre>
 *
 * <p>Immutable and safe to use from many threads. Run Java as {@link dev.fovea.models.clip.Clip} says.
 */
public final class ImageClassifier implements Classifier, AutoCloseable {

    /** Number of pixels that are computed at a time: sixteen pictures of 224 x 224. */
    private static final int PIXELS_AT_ONCE = 16 * 224 * 224;

    private final ModelFiles files;
    final ClassifierConfig config;
    private final Backend backend;
    private final Network network;
    private final Preprocessing preprocessing;
    private final List<String> unusedTensors;

    private ImageClassifier(ModelFiles files, ClassifierConfig config) {
        this.files = files;
        this.config = config;
        backend = files.backend();
        requireNames(config.network().classLayer());
        network = config.network().network(files.parameters(), config.classes().size());
        preprocessing = files.preprocessing();
        unusedTensors = files.weights().unused();
    }

    /**
     * Checks that the configuration names as many classes as the classifier has outputs. That they differ is the most
     * common mistake of people who train their own.
     */
    private void requireNames(String classifier) {
        Shape shape = files.weights().entry(classifier).shape();
        int names = config.classes().size();
        if (shape.rank() == 2 && shape.extent(0) != names) {
            throw new ModelException(files.folder().resolve("config.json") + ": id2label names " + names
                    + " classes, but " + classifier + " has " + shape.extent(0) + "; expected a name for each of them");
        }
    }

    /**
     * Loads a model by name on the CPU, with all cores: an embedded model, a folder, or {@code owner/name} on a hub,
     * which is downloaded unless it is in the cache ({@link Models}).
     *
     * @throws FoveaException if there is no such model, or it is of another kind or broken; the message says what to do
     */
    public static ImageClassifier load(String name) {
        return load(name, LoadOptions.DEFAULTS);
    }

    /** Loads a model by name ({@link Models}), computing where and how finely the options say. */
    public static ImageClassifier load(String name, LoadOptions options) {
        return load(Models.folder(name, options), options);
    }

    /**
     * Loads a checkpoint folder on the CPU, with all cores.
     *
     * @throws FoveaException if the folder is missing, of another kind, or broken; the message says what to do
     */
    public static ImageClassifier load(Path folder) {
        return load(folder, LoadOptions.DEFAULTS);
    }

    /** Loads a checkpoint folder on a backend, which stays open when the model is closed. */
    public static ImageClassifier load(Path folder, Backend backend) {
        return load(folder, LoadOptions.on(backend));
    }

    /** Loads a checkpoint folder, computing where and how finely the options say. */
    public static ImageClassifier load(Path folder, LoadOptions options) {
        Arguments.present(folder, "folder");
        Arguments.present(options, "options");
        ClassifierConfig config = ClassifierConfig.load(folder);
        return ModelFiles.load(folder, options, files -> new ImageClassifier(files, config));
    }

    /** Returns the steps that turn pictures into this model's pixels. */
    public Preprocessing preprocessing() {
        return preprocessing;
    }

    /** Names the tensors of the checkpoint that the model does not use. */
    public List<String> unusedTensors() {
        return unusedTensors;
    }

    @Override
    public List<String> labels() {
        return config.classes();
    }

    /** Scores all classes for a picture, the best first. */
    @Override
    public List<LabelScore> classify(PictureInput picture) {
        return classifyAll(List.of(Arguments.present(picture, "picture"))).getFirst();
    }

    /** Scores all classes for each of many pictures, in their order; an empty list for an empty list. */
    @Override
    public List<List<LabelScore>> classifyAll(List<? extends PictureInput> pictures) {
        Arguments.present(pictures, "pictures");
        int height = preprocessing.height();
        int width = preprocessing.width();
        int atOnce = Math.max(1, PIXELS_AT_ONCE / Math.multiplyExact(height, width));
        List<List<LabelScore>> scores = new ArrayList<>(pictures.size());
        for (int from = 0; from < pictures.size(); from += atOnce) {
            List<? extends PictureInput> part = pictures.subList(from, Math.min(pictures.size(), from + atOnce));
            for (float[] logits : logits(preprocessing.applyAll(part), part.size(), height, width)) {
                double[] exact = new double[logits.length];
                Arrays.setAll(exact, i -> logits[i]);
                scores.add(LabelScore.ranked(config.classes(), exact));
            }
        }
        return scores;
    }

    /**
     * Returns the logits of pictures that are already preprocessed. A vision transformer's positions are interpolated
     * for sizes that it was not trained on.
     *
     * @param pixels {@code [images, height, width, 3]}, normalised
     * @return for each picture a number for each class
     * @throws IllegalArgumentException if there are not as many numbers as the sizes say, or one is NaN or infinite
     */
    public List<float[]> logits(float[] pixels, int images, int height, int width) {
        Grid grid = Pixels.of(pixels, images, height, width).grid();
        network.requireSize(height, width);
        if (images == 0) {
            return List.of();
        }
        float[] values = files.compute(() -> Finite.answer(
                network.logits(backend.tensor(grid.rows(), 3, pixels), grid).toArray(), "the scores of a picture"));
        int classes = config.classes().size();
        return IntStream.range(0, images)
                .mapToObj(row -> Arrays.copyOfRange(values, row * classes, (row + 1) * classes))
                .toList();
    }

    /**
     * Frees the checkpoint's file and, if this model opened it, the backend. Classifying afterwards is an {@link
     * IllegalStateException}.
     */
    @Override
    public void close() {
        files.close();
    }
}
