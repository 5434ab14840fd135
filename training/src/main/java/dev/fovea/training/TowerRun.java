package dev.fovea.training;

import dev.fovea.models.clip.PromptTemplates;
import dev.fovea.models.image.PictureInput;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Tensor;
import dev.fovea.training.loss.ContrastiveLoss;
import dev.fovea.training.method.Score;
import dev.fovea.training.network.TapedClip;
import dev.fovea.training.numerics.Matrices;
import dev.fovea.training.tape.Tape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Trains both towers of a CLIP on classes. A step embeds the texts of all classes, then
 *
 * <pre>
 * for each part of the batch, as many pictures as fit:   embed with the tape, loss, back: dI goes into the image tower
 * the texts again, with the tape:                        back: the sum of dT goes into the text tower
 * </pre>
 *
 * which is exact for any batch, since the cross-entropy over classes is a sum over pictures (GradCache, Gao et al.
 * 2021, without its second pass over the pictures).
 */
final class TowerRun implements TrainingLoop.Work {

    /** Numbers of the parts of a step. */
    private static final int IMAGES = 0;

    private static final int TEXTS = 1;

    private final TapedClip clip;
    private final Tape tape;
    private final TowerTask task;
    private final StepNoise noise;
    private final List<List<int[]>> texts = new ArrayList<>();
    private final LabelledPictures training;
    private final LabelledPictures validation;
    private final int[] classes;
    private final double logitScale;

    TowerRun(TapedClip clip, TowerTask task, StepNoise noise, LabelledPictures training, LabelledPictures validation) {
        this.clip = clip;
        this.tape = clip.tape();
        this.task = task;
        this.noise = noise;
        this.training = training;
        this.validation = validation;
        classes = training.classes();
        for (String template : task.templates().templates()) {
            texts.add(task.labels().stream()
                    .map(label -> clip.encode(template.replace(PromptTemplates.PLACE, label)))
                    .toList());
        }
        logitScale = Math.log(clip.logitFactor());
    }

    @Override
    public Tape tape() {
        return tape;
    }

    @Override
    public int examples() {
        return classes.length;
    }

    @Override
    public String identity() {
        return task.labels() + " " + task.templates().templates() + " " + clip.fingerprint() + " "
                + training.identity(clip.preprocessing()) + " " + validation.identity(clip.preprocessing());
    }

    @Override
    public double gradients(int[] batch, int step) {
        List<int[]> classTexts = texts.get(step % texts.size());
        double[][] t = Matrices.of(texts(step, () -> clip.embedTexts(classTexts)));
        float[] dt = new float[t.length * t[0].length];
        double loss = noise.passes(tape, step, IMAGES, () -> images(batch, step, t, dt));
        texts(step, () -> {
            clip.backTexts(classTexts, dt);
            return null;
        });
        return loss;
    }

    private <T> T texts(int step, Supplier<T> work) {
        return noise.passes(tape, step, TEXTS, work);
    }

    /** Goes back from the pictures of a batch, and adds what their loss says back to the texts. */
    private double images(int[] batch, int step, double[][] t, float[] dt) {
        double loss = 0;
        int atOnce = clip.imagesAtOnce(batch.length);
        for (int from = 0; from < batch.length; from += atOnce) {
            int[] part = Arrays.copyOfRange(batch, from, Math.min(batch.length, from + atOnce));
            loss += tape.record(() -> {
                Tensor images = clip.images(pixels(training, part, step), grid(part.length));
                int[] shown = Arrays.stream(part).map(i -> classes[i]).toArray();
                ContrastiveLoss ofPart = ContrastiveLoss.ofClasses(TapedClip.rows(images), t, shown, logitScale);
                double share = (double) part.length / batch.length;
                tape.backward(images, scaled(ofPart.images(), share));
                add(dt, ofPart.texts(), share);
                return share * ofPart.loss();
            });
        }
        return loss;
    }

    private static float[] scaled(float[] values, double factor) {
        float[] sums = new float[values.length];
        add(sums, values, factor);
        return sums;
    }

    private static void add(float[] sums, float[] values, double factor) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] += (float) (factor * values[i]);
        }
    }

    private float[] pixels(LabelledPictures pictures, int[] chosen, int step) {
        List<? extends PictureInput> shown =
                Arrays.stream(chosen).mapToObj(pictures.pictures()::get).toList();
        return noise.pixels(clip.preprocessing(), shown, chosen, step);
    }

    private Grid grid(int images) {
        return new Grid(
                images, clip.preprocessing().height(), clip.preprocessing().width());
    }

    @Override
    public void trace(int example) {
        clip.images(pixels(training, new int[] {example}, StepNoise.NONE), grid(1));
        clip.texts(texts.getFirst());
    }

    @Override
    public Score validate() {
        if (validation.size() == 0) {
            return null;
        }
        List<float[]> embedded = new ArrayList<>();
        int atOnce = clip.imagesAtOnce(validation.size());
        for (int from = 0; from < validation.size(); from += atOnce) {
            int[] part = IntStream.range(from, Math.min(validation.size(), from + atOnce))
                    .toArray();
            embedded.addAll(clip.embedImages(pixels(validation, part, StepNoise.NONE), grid(part.length)));
        }
        List<int[]> all = new ArrayList<>();
        for (int label = 0; label < task.labels().size(); label++) {
            for (List<int[]> ofTemplate : texts) {
                all.add(ofTemplate.get(label));
            }
        }
        double[][] t = Matrices.of(task.templates().average(clip.embedTexts(all)));
        double[][] logits =
                Matrices.scaled(Matrices.times(t, Matrices.transposed(Matrices.of(embedded))), Math.exp(logitScale));
        return Score.of(logits, validation.classes());
    }
}
