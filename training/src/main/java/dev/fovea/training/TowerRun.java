package dev.fovea.training;

import dev.fovea.models.clip.PromptTemplates;
import dev.fovea.models.image.PictureInput;
import dev.fovea.tensor.CancelledException;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Tensor;
import dev.fovea.training.loss.ContrastiveLoss;
import dev.fovea.training.method.Score;
import dev.fovea.training.network.TapedClip;
import dev.fovea.training.numerics.Matrices;
import dev.fovea.training.optimizer.AdamWOptimizer;
import dev.fovea.training.optimizer.Clipping;
import dev.fovea.training.optimizer.ParameterGroup;
import dev.fovea.training.optimizer.RateSchedule;
import dev.fovea.training.tape.Parameter;
import dev.fovea.training.tape.Tape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * One training of parameters in both towers of a CLIP. A step embeds the texts of all classes, then
 *
 * <pre>
 * for each part of the batch, as many pictures as fit:   embed with the tape, loss, back: dI goes into the image tower
 * the texts again, with the tape:                        back: the sum of dT goes into the text tower
 * gradients are cut to length 1, AdamW, and what has changed is packed again
 * </pre>
 *
 * which is exact for any batch, since the cross-entropy over classes is a sum over pictures (GradCache, Gao et al.
 * 2021, without its second pass over the pictures).
 */
final class TowerRun {

    /** Gradients of all parameters together are not longer. */
    private static final double LONGEST = 1;

    /** Share of the steps in which the rate rises. */
    private static final double WARM_UP = 0.1;

    private final TapedClip clip;
    private final Tape tape;
    private final Settings options;
    private final PromptTemplates templates;
    private final List<List<int[]>> texts = new ArrayList<>();
    private final List<String> labels;
    private final LabelledPictures training;
    private final LabelledPictures validation;
    private final List<Parameter> parameters;
    private final AdamWOptimizer optimizer;
    private final RateSchedule schedule;
    private final double logitScale;

    /**
     * Says how to train.
     *
     * @param names the settings in words: what must be equal for a training to go on
     * @param state where the training is kept; empty for nowhere
     */
    record Settings(String names, int epochs, double rate, int batch, long seed, Optional<Path> state) {}

    /** The best values so far, and how good they are; without validation those of the last epoch. */
    private List<float[]> best;

    private Score score;
    private int epochs;

    TowerRun(
            TapedClip clip,
            List<ParameterGroup> groups,
            Settings options,
            List<String> labels,
            PromptTemplates templates,
            LabelledPictures training,
            LabelledPictures validation) {
        this.clip = clip;
        this.tape = clip.tape();
        this.options = options;
        this.labels = labels;
        this.templates = templates;
        this.training = training;
        this.validation = validation;
        for (String template : templates.templates()) {
            texts.add(labels.stream()
                    .map(label -> clip.encode(template.replace(PromptTemplates.PLACE, label)))
                    .toList());
        }
        optimizer = new AdamWOptimizer(groups);
        parameters = optimizer.parameters();
        int steps = options.epochs() * stepsOfEpoch();
        schedule = new RateSchedule(options.rate(), (int) Math.round(WARM_UP * steps), steps, 0);
        logitScale = Math.log(clip.logitFactor());
        best = values();
    }

    private int stepsOfEpoch() {
        return Math.ceilDiv(training.size(), options.batch());
    }

    private List<float[]> values() {
        return parameters.stream().map(parameter -> parameter.values().clone()).toList();
    }

    /** Returns the share of validation pictures that the best values classify rightly; empty without any. */
    OptionalDouble accuracy() {
        return score == null ? OptionalDouble.empty() : OptionalDouble.of(score.accuracy());
    }

    /**
     * Trains, and leaves the best values in the parameters.
     *
     * @return what a user should know about how it went, a sentence each
     */
    List<String> train(Consumer<TuningProgress> progress) {
        List<String> remarks = new ArrayList<>();
        long start = System.nanoTime();
        TrainingState state = options.state().isEmpty()
                ? null
                : new TrainingState(options.state().get(), settings());
        if (state != null) {
            state.restore(this::resume, optimizer);
        }
        while (epochs < options.epochs()) {
            double loss = epoch(remarks);
            if (Double.isNaN(loss)) {
                break;
            }
            epochs++;
            OptionalDouble accuracy = validate();
            if (state != null) {
                state.write(new TrainingState.Kept(epochs, best, score), optimizer);
            }
            progress.accept(new TuningProgress(
                    epochs,
                    options.epochs(),
                    loss,
                    schedule.at(optimizer.steps() - 1),
                    accuracy,
                    (System.nanoTime() - start) / 1e9));
        }
        put(best);
        return remarks;
    }

    private void resume(TrainingState.Kept kept) {
        epochs = kept.epochs();
        best = kept.best();
        score = kept.score();
        tape.refresh();
    }

    /** Returns what must be equal for a training to go on. */
    private String settings() {
        return options.names() + " " + labels + " " + templates.templates() + " " + Arrays.hashCode(training.classes())
                + " " + Arrays.hashCode(validation.classes());
    }

    private void put(List<float[]> values) {
        for (int i = 0; i < values.size(); i++) {
            System.arraycopy(values.get(i), 0, parameters.get(i).values(), 0, values.get(i).length);
        }
        tape.refresh();
    }

    /** Takes all steps of an epoch and returns the mean loss; NaN if the training ends here. */
    private double epoch(List<String> remarks) {
        int[] order = order();
        double sum = 0;
        for (int from = 0; from < order.length; from += options.batch()) {
            CancelledException.throwIfInterrupted();
            int[] batch = Arrays.copyOfRange(order, from, Math.min(order.length, from + options.batch()));
            double loss = gradients(batch);
            double length = Clipping.length(parameters);
            if (!Double.isFinite(loss) || !Double.isFinite(length)) {
                remarks.add(String.format(
                        Locale.ROOT,
                        "stopped at step %d, where %s; the best state before is kept; take a smaller rate than %s",
                        optimizer.steps() + 1,
                        Double.isFinite(loss)
                                ? "the gradients are no longer finite"
                                : "the result of " + cause(batch) + " is no longer finite",
                        options.rate()));
                return Double.NaN;
            }
            sum += loss * batch.length / order.length;
            Clipping.clip(parameters, length, LONGEST);
            optimizer.step(schedule.at(optimizer.steps()));
            tape.refresh();
        }
        return sum;
    }

    /** Returns the pictures in the order of this epoch, which does not depend on whether the training was resumed. */
    private int[] order() {
        int[] order = IntStream.range(0, training.size()).toArray();
        Random random = new Random(31 * options.seed() + epochs);
        for (int i = order.length - 1; i > 0; i--) {
            int other = random.nextInt(i + 1);
            int swapped = order[i];
            order[i] = order[other];
            order[other] = swapped;
        }
        return order;
    }

    /** Computes the loss of a batch and its gradients. */
    private double gradients(int[] batch) {
        parameters.forEach(Parameter::clearGradient);
        List<int[]> classTexts = texts.get(optimizer.steps() % texts.size());
        double[][] t = Matrices.of(clip.embedTexts(classTexts));
        float[] dt = new float[t.length * t[0].length];
        double loss = 0;
        int atOnce = clip.imagesAtOnce();
        for (int from = 0; from < batch.length; from += atOnce) {
            int[] part = Arrays.copyOfRange(batch, from, Math.min(batch.length, from + atOnce));
            loss += tape.record(() -> {
                Tensor images = clip.images(pixels(training, part), grid(part.length));
                int[] classes =
                        Arrays.stream(part).map(i -> training.classes()[i]).toArray();
                ContrastiveLoss ofPart = ContrastiveLoss.ofClasses(TapedClip.rows(images), t, classes, logitScale);
                double share = (double) part.length / batch.length;
                tape.backward(images, scaled(ofPart.images(), share));
                add(dt, ofPart.texts(), share);
                return share * ofPart.loss();
            });
        }
        clip.backTexts(classTexts, dt);
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

    private float[] pixels(LabelledPictures pictures, int[] chosen) {
        List<? extends PictureInput> all = pictures.pictures();
        return clip.preprocessing()
                .applyAll(Arrays.stream(chosen).mapToObj(all::get).toList());
    }

    private Grid grid(int images) {
        return new Grid(
                images, clip.preprocessing().height(), clip.preprocessing().width());
    }

    /** Names the operation that made the first number that is not finite. */
    private String cause(int[] batch) {
        int[] one = {batch[0]};
        return tape.record(() -> {
            clip.images(pixels(training, one), grid(1));
            clip.texts(texts.getFirst());
            String name = tape.firstNotFinite();
            return name == null ? "the loss" : name;
        });
    }

    /** Scores the validation pictures and keeps the values if they are the best; without any keeps the last. */
    private OptionalDouble validate() {
        if (validation.size() == 0) {
            best = values();
            return OptionalDouble.empty();
        }
        List<float[]> embedded = new ArrayList<>();
        int atOnce = clip.imagesAtOnce();
        for (int from = 0; from < validation.size(); from += atOnce) {
            int[] part = IntStream.range(from, Math.min(validation.size(), from + atOnce))
                    .toArray();
            embedded.addAll(clip.embedImages(pixels(validation, part), grid(part.length)));
        }
        List<int[]> all = new ArrayList<>();
        for (int label = 0; label < labels.size(); label++) {
            for (List<int[]> ofTemplate : texts) {
                all.add(ofTemplate.get(label));
            }
        }
        double[][] t = Matrices.of(templates.average(clip.embedTexts(all)));
        double[][] logits =
                Matrices.scaled(Matrices.times(t, Matrices.transposed(Matrices.of(embedded))), Math.exp(logitScale));
        Score found = Score.of(logits, validation.classes());
        if (score == null || !score.beats(found)) {
            score = found;
            best = values();
        }
        return OptionalDouble.of(found.accuracy());
    }
}
