package dev.fovea.training;

import dev.fovea.models.clip.Clip;
import dev.fovea.models.clip.PromptTemplates;
import dev.fovea.models.clip.head.CacheHead;
import dev.fovea.models.clip.head.ClassifierHead;
import dev.fovea.models.clip.head.LinearHead;
import dev.fovea.tensor.CancelledException;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import dev.fovea.training.method.DescentResult;
import dev.fovea.training.method.Features;
import dev.fovea.training.method.Layer;
import dev.fovea.training.method.LinearProbePlusPlus;
import dev.fovea.training.method.LogisticRegression;
import dev.fovea.training.method.ProjectionTuning;
import dev.fovea.training.method.Score;
import dev.fovea.training.method.TipAdapter;
import dev.fovea.training.numerics.Matrices;
import dev.fovea.training.numerics.ThreadLimit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * Tunes a CLIP to classes of one's own, on features of pictures that go through the image tower once. Everything after
 * that takes seconds, is computed in double precision, and has the same bits at any number of threads.
 *
 * <pre>{@code
 * FeatureTuning tuning = FeatureTuning.of(clip, List.of("cat", "dog"), PromptTemplates.of(List.of("a photo of a {}")));
 * Examples.Split examples = Examples.read(clip, TuningMethod.LP_PLUS_PLUS, files, classes, System.err::println)
 *         .holdOut(0.2, 0);
 * TunedClip tuned =
 *         tuning.tune(TuningOptions.of(TuningMethod.LP_PLUS_PLUS), examples.training(), examples.validation());
 * tuned.save(Path.of("cats-and-dogs"));
 * }</pre>
 *
 * <p>Immutable; safe to use from many threads while the CLIP is open.
 */
public final class FeatureTuning {

    private final Clip clip;
    private final List<String> labels;
    private final double[][] text;

    private FeatureTuning(Clip clip, List<String> labels, double[][] text) {
        this.clip = clip;
        this.labels = labels;
        this.text = text;
    }

    /**
     * Embeds the texts of the classes.
     *
     * @param clip with both towers; must stay open
     * @param labels names of the classes, at least two
     * @param templates what the names are put into; what they are averaged to is the zero-shot classifier
     * @throws IllegalArgumentException if there are fewer than two labels
     * @throws FoveaException if an adapter was merged into the model, which the folder that is saved would not hold
     */
    public static FeatureTuning of(Clip clip, List<String> labels, PromptTemplates templates) {
        Objects.requireNonNull(clip, "clip is null");
        Objects.requireNonNull(templates, "templates is null");
        List<String> copy = List.copyOf(Objects.requireNonNull(labels, "labels is null"));
        if (copy.size() < 2) {
            throw new IllegalArgumentException(copy.size() + " classes; expected two or more");
        }
        if (!clip.adapters().isEmpty()) {
            throw new ModelException(clip.adapters().getFirst()
                    + ": a tuned folder holds the checkpoint without this adapter; merge the two in Python"
                    + " (merge_and_unload), save that and tune it");
        }
        List<float[]> texts = templates.average(clip.embedTexts(templates.texts(copy)));
        return new FeatureTuning(clip, copy, Matrices.of(texts));
    }

    /** Returns the names of the classes. */
    public List<String> labels() {
        return labels;
    }

    Clip clip() {
        return clip;
    }

    double[][] text() {
        return text;
    }

    double factor() {
        return clip.logitFactor();
    }

    /**
     * Returns the share of pictures that the model classifies rightly by texts, before it is tuned.
     *
     * @param method whose features the examples hold
     * @throws IllegalArgumentException if there are no examples, or one's class is none of the labels
     */
    public double zeroShotAccuracy(TuningMethod method, Examples examples) {
        Objects.requireNonNull(method, "method is null");
        Features features = features(method, examples);
        if (features.isEmpty()) {
            throw new IllegalArgumentException("no examples; accuracy needs at least one");
        }
        return Score.of(zeroShotLogits(method, features), features.classes()).accuracy();
    }

    /** Returns the logits of a picture's features before tuning. */
    double[] zeroShotLogits(TuningMethod method, float[] feature) {
        return Matrices.transposed(zeroShotLogits(method, Features.of(List.of(feature), new int[1])))[0];
    }

    private double[][] zeroShotLogits(TuningMethod method, Features features) {
        return method.readsPooled()
                ? ProjectionTuning.logits(features, Projection.of(clip).values(), text, factor())
                : zeroShot().logits(features);
    }

    /** Returns the zero-shot classifier as a layer on embeddings. */
    private Layer zeroShot() {
        return new Layer(Matrices.scaled(text, factor()), new double[labels.size()]);
    }

    private Features features(TuningMethod method, Examples examples) {
        Objects.requireNonNull(examples, "examples is null");
        int[] classes = examples.classes();
        if (classes.length > 0) {
            int width = method.readsPooled() ? Projection.of(clip).values()[0].length : clip.dimension();
            for (float[] feature : examples.features()) {
                if (feature.length != width) {
                    throw new IllegalArgumentException("features of " + feature.length + " numbers; expected " + width
                            + ", as TuningMethod.features of " + method + " makes them of this model");
                }
            }
        }
        for (int index : classes) {
            if (index >= labels.size()) {
                throw new IllegalArgumentException("class " + index + " of " + labels.size() + "; there is none");
            }
        }
        return Features.of(examples.features(), classes);
    }

    /**
     * Tunes.
     *
     * @param training to learn from, with at least one picture of each class
     * @param validation to choose settings by; {@link Examples#NONE} takes settings that do well in general
     * @throws FoveaException if a class has no picture, or the method cannot tune this model; the message says what to
     *     do
     * @throws IllegalArgumentException if an example's class is none of the labels, or the features are of another
     *     method or model
     * @throws dev.fovea.tensor.CancelledException if the thread was interrupted
     */
    public TunedClip tune(TuningOptions options, Examples training, Examples validation) {
        Objects.requireNonNull(options, "options is null");
        Objects.requireNonNull(training, "training is null");
        Objects.requireNonNull(validation, "validation is null");
        CancelledException.throwIfInterrupted();
        Features learned = features(options.method(), training);
        Features held = features(options.method(), validation);
        requireEachClass(learned);
        return ThreadLimit.run(clip.backend().threads(), () -> switch (options.method()) {
            case PROBE -> probe(options, learned, held);
            case TIP, TIP_F -> tip(options, learned, held);
            case LP_PLUS_PLUS -> probePlusPlus(options, learned, held);
            case PROLIP -> projection(options, learned, held);
        });
    }

    private void requireEachClass(Features training) {
        int[] counts = new int[labels.size()];
        for (int index : training.classes()) {
            counts[index]++;
        }
        for (int k = 0; k < counts.length; k++) {
            if (counts[k] == 0) {
                throw new FoveaException("class \"" + labels.get(k) + "\" has no picture to learn from; add one, or"
                        + " leave the class out");
            }
        }
    }

    private TunedClip probe(TuningOptions options, Features training, Features validation) {
        List<String> remarks = new ArrayList<>();
        int classes = labels.size();
        int iterations = options.epochs().orElse(LogisticRegression.ITERATIONS);
        double penalty = options.penalty().orElseGet(() -> {
            if (validation.isEmpty()) {
                remarks.add("no validation pictures: the penalty is that of CLIP's example, "
                        + LogisticRegression.DEFAULT_PENALTY);
                return LogisticRegression.DEFAULT_PENALTY;
            }
            return LogisticRegression.choose(training, validation, classes, iterations)
                    .penalty();
        });
        LogisticRegression.Fit first = fit(training, penalty, iterations);
        LogisticRegression.Fit last = first;
        if (!validation.isEmpty()) {
            last = fit(training.and(validation), penalty, iterations);
            remarks.add("the settings were chosen on " + validation.size()
                    + " validation pictures, which the model then learned, too");
        }
        if (!last.converged()) {
            remarks.add("stopped after " + iterations + " iterations, before the optimum; allow more epochs");
        }
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("penalty", penalty);
        return new TunedClip(
                this,
                options,
                linear(options, last.layer()),
                null,
                score(linear(options, first.layer()), validation),
                settings,
                remarks);
    }

    private LogisticRegression.Fit fit(Features features, double penalty, int iterations) {
        return LogisticRegression.fit(features, labels.size(), penalty, LogisticRegression.TOLERANCE, iterations);
    }

    private TunedClip tip(TuningOptions options, Features training, Features validation) {
        List<String> remarks = new ArrayList<>();
        Map<String, Object> settings = new LinkedHashMap<>();
        TipAdapter adapter = new TipAdapter(training, text, factor());
        TipAdapter.Weights weights = TipAdapter.Weights.DEFAULT;
        if (validation.isEmpty()) {
            remarks.add("no validation pictures: alpha is " + TipAdapter.ALPHA + " and beta " + TipAdapter.BETA);
        } else {
            weights = adapter.choose(validation).weights();
        }
        if (options.method() == TuningMethod.TIP_F) {
            double rate = options.rate().orElse(TipAdapter.RATE);
            // α of 0 would leave the keys without a gradient.
            TipAdapter.Weights trained = weights.alpha() > 0 ? weights : TipAdapter.Weights.DEFAULT;
            DescentResult<double[][]> outcome = adapter.train(
                    training,
                    validation,
                    trained,
                    options.epochs().orElse(TipAdapter.EPOCHS),
                    rate,
                    options.batch().orElse(TipAdapter.BATCH),
                    options.seed());
            settings.put("rate", rate);
            remarkDivergence(remarks, outcome, rate);
            weights =
                    validation.isEmpty() ? trained : adapter.choose(validation).weights();
        }
        settings.put("alpha", weights.alpha());
        settings.put("beta", weights.beta());
        CacheHead head = new CacheHead(
                options.method().toString(),
                labels,
                Matrices.toFloats(adapter.keys()),
                training.classes(),
                Matrices.toFloats(text),
                weights.alpha() * options.interpolation().orElse(1),
                weights.beta(),
                factor());
        return new TunedClip(this, options, head, null, score(head, validation), settings, remarks);
    }

    private TunedClip probePlusPlus(TuningOptions options, Features training, Features validation) {
        List<String> remarks = new ArrayList<>();
        int steps = options.epochs().orElse(LinearProbePlusPlus.STEPS);
        DescentResult<Layer> outcome = new LinearProbePlusPlus(training, text).train(validation, steps);
        if (validation.isEmpty()) {
            remarks.add("no validation pictures: the state of the last step is taken");
        }
        if (outcome.diverged()) {
            remarks.add("the loss grew without bound at step " + outcome.steps() + "; the best state before is kept");
        }
        LinearHead head = linear(options, outcome.result());
        return new TunedClip(this, options, head, null, score(head, validation), Map.of(), remarks);
    }

    private TunedClip projection(TuningOptions options, Features training, Features validation) {
        List<String> remarks = new ArrayList<>();
        Projection start = Projection.of(clip);
        int steps = options.epochs().orElse(ProjectionTuning.STEPS);
        ProjectionTuning.Choice choice;
        if (validation.isEmpty() || options.rate().isPresent()) {
            double rate = options.rate().orElse(ProjectionTuning.RATE);
            if (options.rate().isEmpty()) {
                remarks.add("no validation pictures: the rate is " + rate);
            }
            choice = new ProjectionTuning.Choice(
                    rate, new ProjectionTuning(training, start.values(), text, factor()).train(steps, rate));
        } else {
            choice = ProjectionTuning.choose(training, validation, start.values(), text, factor(), steps);
        }
        remarkDivergence(remarks, choice.outcome(), choice.rate());
        Projection tuned = start.with(Matrices.interpolate(
                start.values(),
                choice.outcome().result(),
                options.interpolation().orElse(1)));
        Double held = validation.isEmpty()
                ? null
                : Score.of(ProjectionTuning.logits(validation, tuned.values(), text, factor()), validation.classes())
                        .accuracy();
        return new TunedClip(this, options, null, tuned, held, Map.of("rate", choice.rate()), remarks);
    }

    private static void remarkDivergence(List<String> remarks, DescentResult<?> outcome, double rate) {
        if (outcome.diverged()) {
            remarks.add(String.format(
                    Locale.ROOT,
                    "the loss grew without bound at step %d with the rate %s; the best state before is kept; take a"
                            + " smaller rate",
                    outcome.steps(),
                    rate));
        }
    }

    private LinearHead linear(TuningOptions options, Layer layer) {
        Layer result =
                layer.interpolated(zeroShot().weight(), options.interpolation().orElse(1));
        float[] bias = new float[labels.size()];
        for (int k = 0; k < bias.length; k++) {
            bias[k] = (float) result.bias()[k];
        }
        return new LinearHead(options.method().toString(), labels, Matrices.toFloats(result.weight()), bias);
    }

    private Double score(ClassifierHead head, Features validation) {
        return validation.isEmpty()
                ? null
                : Score.of(logits(head, validation), validation.classes()).accuracy();
    }

    /** Returns the logits {@code [classes, pictures]} as they are computed when the head is used. */
    private static double[][] logits(ClassifierHead head, Features features) {
        return Matrices.transposed(Arrays.stream(features.rows())
                .map(row -> head.logits(toFloats(row)))
                .toArray(double[][]::new));
    }

    private static float[] toFloats(double[] row) {
        return Matrices.toFloats(new double[][] {row});
    }

    /** Returns the share of pictures that a tuned model classifies rightly. */
    double accuracy(ClassifierHead head, Projection projection, Examples examples) {
        TuningMethod read = head == null ? TuningMethod.PROLIP : TuningMethod.PROBE;
        Features features = features(read, examples);
        if (features.isEmpty()) {
            throw new IllegalArgumentException("no examples; accuracy needs at least one");
        }
        return Score.of(logits(head, projection, features), features.classes()).accuracy();
    }

    /** Returns the logits of a picture's features in a tuned model. */
    double[] logits(ClassifierHead head, Projection projection, float[] feature) {
        return Matrices.transposed(logits(head, projection, Features.of(List.of(feature), new int[1])))[0];
    }

    private double[][] logits(ClassifierHead head, Projection projection, Features features) {
        return head != null
                ? logits(head, features)
                : ProjectionTuning.logits(features, projection.values(), text, factor());
    }
}
