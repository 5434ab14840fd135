package dev.fovea.models.blip;

import dev.fovea.models.ImageEmbedder;
import dev.fovea.models.LoadOptions;
import dev.fovea.models.Match;
import dev.fovea.models.Models;
import dev.fovea.models.TextEmbedder;
import dev.fovea.models.TextMatcher;
import dev.fovea.models.blip.network.BlipConfig;
import dev.fovea.models.blip.network.BlipKind;
import dev.fovea.models.blip.network.BlipNetwork;
import dev.fovea.models.check.Arguments;
import dev.fovea.models.check.Finite;
import dev.fovea.models.image.PictureInput;
import dev.fovea.models.image.Pixels;
import dev.fovea.models.nn.ModelFiles;
import dev.fovea.models.nn.TextBatches;
import dev.fovea.models.nn.TokenIds;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * BLIP that tells whether a text fits a picture ({@code BlipForImageTextRetrieval} of transformers; {@code
 * blip-itm-base-coco} and its sisters), in two ways: a text encoder with cross-attention to the picture (Li et al.
 * 2022, section 3.2, ITM), and embeddings of both made separately (ITC), which can be kept and compared by the million.
 */
public final class BlipMatcher extends Blip implements TextMatcher, ImageEmbedder, TextEmbedder {

    private final BlipNetwork.Matcher network;

    private BlipMatcher(ModelFiles files, BlipConfig config) {
        this(files, config, BlipNetwork.Matcher.of(require(BlipKind.MATCHER, files), config));
    }

    private BlipMatcher(ModelFiles files, BlipConfig config, BlipNetwork.Matcher network) {
        super(files, config, network);
        this.network = network;
    }

    /**
     * Loads a model by name on the CPU, with all cores: an embedded model, a folder, or {@code owner/name} on a hub,
     * which is downloaded unless it is in the cache ({@link Models}).
     *
     * @throws FoveaException if there is no such model, or it is of another kind or broken; the message says what to do
     */
    public static BlipMatcher load(String name) {
        return load(name, LoadOptions.DEFAULTS);
    }

    /** Loads a model by name ({@link Models}), computing where and how finely the options say. */
    public static BlipMatcher load(String name, LoadOptions options) {
        return load(Models.folder(name, "matcher", options), options);
    }

    /**
     * Loads a checkpoint folder on the CPU, with all cores.
     *
     * @throws FoveaException if the folder is missing, of another kind, or broken; the message says what to do
     */
    public static BlipMatcher load(Path folder) {
        return load(folder, LoadOptions.DEFAULTS);
    }

    /** Loads a checkpoint folder on a backend, which stays open when the model is closed. */
    public static BlipMatcher load(Path folder, Backend backend) {
        return load(folder, LoadOptions.on(backend));
    }

    /** Loads a checkpoint folder, computing where and how finely the options say. */
    public static BlipMatcher load(Path folder, LoadOptions options) {
        return load(folder, options, BlipMatcher::new);
    }

    @Override
    public List<Match> matchAll(PictureInput picture, List<String> texts) {
        Arguments.present(picture, "picture");
        List<int[]> ids = Arguments.present(texts, "texts").stream()
                .map(text -> encode(text, "text"))
                .toList();
        Pixels pixels = pixels(List.of(picture));
        return files.compute(() -> {
            Seen seen = see(pixels);
            float[] pictureEmbedding = embedSeen(seen);
            List<Match> matches = new ArrayList<>();
            for (List<int[]> part : TextBatches.of(ids)) {
                float[] logits = backend.scoped("", () -> logits(part, seen));
                float[] embeddings = backend.scoped("", () -> embedTokens(part));
                for (int i = 0; i < part.size(); i++) {
                    float probability = (float) (1 / (1 + Math.exp((double) logits[2 * i] - logits[2 * i + 1])));
                    matches.add(
                            new Match(texts.get(matches.size()), probability, dot(pictureEmbedding, embeddings, i)));
                }
            }
            return matches;
        });
    }

    private static float dot(float[] vector, float[] rows, int row) {
        double sum = 0;
        for (int i = 0; i < vector.length; i++) {
            sum += (double) vector[i] * rows[row * vector.length + i];
        }
        return (float) sum;
    }

    /** Returns for every text the scores of "no match" and "match", from the encoder that attends to the picture. */
    private float[] logits(List<int[]> texts, Seen seen) {
        Tensor hidden = network.encoder().encode(texts, new int[] {texts.size()}, seen.tokens(), seen.pictures());
        Tensor scores = network.head().apply(firstRows(hidden, TokenIds.segments(texts))); // [texts, 2]
        return Finite.answer(scores.toArray(), "the scores of a picture and a text");
    }

    private Tensor firstRows(Tensor tokens, Segments segments) {
        return backend.gatherRows(tokens, segments.firstRows());
    }

    private float[] embedSeen(Seen seen) {
        Tensor embeddings =
                backend.l2Normalize(network.pictureProjection().apply(firstRows(seen.tokens(), seen.pictures())));
        return Finite.answer(embeddings.toArray(), "the embedding of a picture");
    }

    private float[] embedTokens(List<int[]> texts) {
        Tensor hidden = network.encoder().encode(texts);
        Tensor embeddings =
                backend.l2Normalize(network.textProjection().apply(firstRows(hidden, TokenIds.segments(texts))));
        return Finite.answer(embeddings.toArray(), "the embedding of a text");
    }

    @Override
    public int dimension() {
        return config.matchingDim();
    }

    @Override
    public List<float[]> embedAll(List<? extends PictureInput> pictures) {
        Arguments.present(pictures, "pictures");
        return pictures.isEmpty() ? List.of() : rows(embed(pixels(pictures)));
    }

    private List<float[]> rows(float[] embeddings) {
        int width = dimension();
        return IntStream.range(0, embeddings.length / width)
                .mapToObj(row -> Arrays.copyOfRange(embeddings, row * width, (row + 1) * width))
                .toList();
    }

    /** Returns the embeddings of pictures that are already preprocessed, one after the other. */
    public float[] embed(Pixels pixels) {
        Arguments.present(pixels, "pixels");
        return files.compute(() -> embedSeen(see(pixels)));
    }

    @Override
    public List<float[]> embedTexts(List<String> texts) {
        List<int[]> ids = Arguments.present(texts, "texts").stream()
                .map(text -> encode(text, "text"))
                .toList();
        List<float[]> embeddings = new ArrayList<>();
        for (List<int[]> part : TextBatches.of(ids)) {
            embeddings.addAll(rows(files.compute(() -> embedTokens(part))));
        }
        return embeddings;
    }

    /**
     * Returns the scores of "no match" and "match" for pictures that are already preprocessed and texts that are
     * already tokens.
     *
     * @param pixels one picture
     * @param texts token ids with start and end token
     * @return {@code [texts, 2]}
     */
    public float[] matchLogits(Pixels pixels, List<int[]> texts) {
        Arguments.present(pixels, "pixels");
        Arguments.present(texts, "texts").forEach(text -> check(text, "text"));
        if (pixels.grid().images() != 1) {
            throw new IllegalArgumentException(pixels.grid().images() + " pictures; expected one");
        }
        return texts.isEmpty() ? new float[0] : files.compute(() -> logits(texts, see(pixels)));
    }
}
