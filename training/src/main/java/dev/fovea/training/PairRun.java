package dev.fovea.training;

import dev.fovea.models.image.PictureInput;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Tensor;
import dev.fovea.training.loss.ContrastiveLoss;
import dev.fovea.training.method.Score;
import dev.fovea.training.network.PairScale;
import dev.fovea.training.network.TapedClip;
import dev.fovea.training.numerics.Matrices;
import dev.fovea.training.tape.Tape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Trains both towers of a CLIP on pairs of pictures and texts, each batch of which is told apart. A step is
 *
 * <pre>
 * all texts and pictures of the batch, without recording:  loss, dI, dT
 * the pictures again, some at a time, with the tape:       back: dI goes into the image tower
 * the texts again, with the tape:                          back: dT goes into the text tower
 * </pre>
 *
 * which is exact for any batch and takes the memory of a part of one (GradCache, Gao et al. 2021).
 */
final class PairRun implements TrainingLoop.Work {

    /** Numbers of the parts of a step. */
    private static final int IMAGES = 0;

    private static final int TEXTS = 1;

    private final TapedClip clip;
    private final int batch;
    private final PairScale scale;
    private final StepNoise noise;
    private final Pairs training;
    private final Pairs validation;

    /**
     * Pairs with equal numbers for equal pictures and texts.
     *
     * @param ids token ids of each text
     */
    private record Pairs(TextExamples examples, List<int[]> ids, int[] pictures, int[] texts) {

        static Pairs of(TapedClip clip, TextExamples examples) {
            Map<PictureInput, Integer> pictures = new IdentityHashMap<>();
            Map<String, Integer> texts = new HashMap<>();
            int[] pictureNumbers = new int[examples.size()];
            int[] textNumbers = new int[examples.size()];
            for (int i = 0; i < examples.size(); i++) {
                pictureNumbers[i] = pictures.computeIfAbsent(examples.pictures().get(i), key -> pictures.size());
                textNumbers[i] = texts.computeIfAbsent(examples.texts().get(i), key -> texts.size());
            }
            return new Pairs(
                    examples, examples.texts().stream().map(clip::encode).toList(), pictureNumbers, textNumbers);
        }

        ContrastiveLoss loss(int[] chosen, double[][] images, double[][] texts, PairScale scale) {
            return scale.loss(images, texts, chosen(pictures, chosen), chosen(this.texts, chosen));
        }

        List<int[]> ids(int[] chosen) {
            return Arrays.stream(chosen).mapToObj(ids::get).toList();
        }

        private static int[] chosen(int[] values, int[] chosen) {
            return Arrays.stream(chosen).map(i -> values[i]).toArray();
        }
    }

    /**
     * Prepares.
     *
     * @param batch pairs of a batch, which validation takes, too, since the loss depends on it
     * @param remarks is told of texts that are cut
     */
    PairRun(
            TapedClip clip,
            TextExamples training,
            TextExamples validation,
            int batch,
            StepNoise noise,
            List<String> remarks) {
        this.clip = clip;
        this.batch = batch;
        this.noise = noise;
        this.training = Pairs.of(clip, training);
        this.validation = Pairs.of(clip, validation);
        scale = clip.scale();
        long cut = training.texts().stream().filter(text -> !clip.fits(text)).count();
        if (cut > 0) {
            remarks.add("of " + cut + " of " + training.size() + " texts the end was left out, since the model reads at"
                    + " most " + clip.longestText() + " tokens");
        }
    }

    @Override
    public Tape tape() {
        return clip.tape();
    }

    @Override
    public int examples() {
        return training.examples.size();
    }

    @Override
    public String identity() {
        return "pairs " + clip.fingerprint() + " " + training.examples.identity(clip.preprocessing()) + " "
                + validation.examples.identity(clip.preprocessing());
    }

    @Override
    public double gradients(int[] batch, int step) {
        ContrastiveLoss loss = loss(training, batch, step);
        noise.passes(tape(), step, IMAGES, () -> {
            backImages(batch, step, loss.images());
            return null;
        });
        noise.passes(tape(), step, TEXTS, () -> {
            clip.backTexts(training.ids(batch), loss.texts());
            return null;
        });
        scale.addGradients(loss);
        return loss.loss();
    }

    private void backImages(int[] batch, int step, float[] gradient) {
        int width = clip.dimension();
        int done = 0;
        for (int[] part : parts(batch)) {
            float[] slopes = Arrays.copyOfRange(gradient, done * width, (done + part.length) * width);
            tape().record(() -> {
                tape().backward(images(training, part, step), slopes);
                return null;
            });
            done += part.length;
        }
    }

    @Override
    public void stepped() {
        scale.clamp();
    }

    /**
     * Computes the loss of some pairs, and what it says back to their vectors, without recording.
     *
     * @param step of which what is random is drawn, or {@link StepNoise#NONE}
     */
    private ContrastiveLoss loss(Pairs pairs, int[] chosen, int step) {
        List<float[]> embedded = noise.passes(tape(), step, IMAGES, () -> {
            List<float[]> vectors = new ArrayList<>();
            for (int[] part : parts(chosen)) {
                vectors.addAll(clip.embedImages(pixels(pairs, part, step), grid(part.length)));
            }
            return vectors;
        });
        List<float[]> texts = noise.passes(tape(), step, TEXTS, () -> clip.embedTexts(pairs.ids(chosen)));
        return pairs.loss(chosen, Matrices.of(embedded), Matrices.of(texts), scale);
    }

    private List<int[]> parts(int[] chosen) {
        int atOnce = clip.imagesAtOnce(chosen.length);
        List<int[]> parts = new ArrayList<>();
        for (int from = 0; from < chosen.length; from += atOnce) {
            parts.add(Arrays.copyOfRange(chosen, from, Math.min(chosen.length, from + atOnce)));
        }
        return parts;
    }

    private Tensor images(Pairs pairs, int[] part, int step) {
        return clip.images(pixels(pairs, part, step), grid(part.length));
    }

    /** Returns pixels; a picture that is there several times looks the same. */
    private float[] pixels(Pairs pairs, int[] part, int step) {
        List<? extends PictureInput> shown =
                Arrays.stream(part).mapToObj(pairs.examples.pictures()::get).toList();
        return noise.pixels(clip.preprocessing(), shown, Pairs.chosen(pairs.pictures, part), step);
    }

    private Grid grid(int images) {
        return new Grid(
                images, clip.preprocessing().height(), clip.preprocessing().width());
    }

    @Override
    public void trace(int example) {
        images(training, new int[] {example}, StepNoise.NONE);
        clip.texts(training.ids(new int[] {example}));
    }

    @Override
    public Score validate() {
        int count = validation.examples.size();
        if (count == 0) {
            return null;
        }
        double sum = 0;
        for (int from = 0; from < count; from += batch) {
            int[] part = IntStream.range(from, Math.min(count, from + batch)).toArray();
            sum += loss(validation, part, StepNoise.NONE).loss() * part.length / count;
        }
        return Score.ofTexts(sum);
    }
}
