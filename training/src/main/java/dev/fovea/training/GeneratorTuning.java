package dev.fovea.training;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.image.Preprocessing;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.FoveaException;
import dev.fovea.training.network.FullPlan;
import dev.fovea.training.network.GeneratorKind;
import dev.fovea.training.network.LowRankPlan;
import dev.fovea.training.network.TapedGenerator;
import dev.fovea.training.optimizer.ParameterGroup;
import dev.fovea.training.tape.Parameter;
import dev.fovea.training.tape.Trainables;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * Trains a model that writes texts about pictures on examples: a BLIP that writes captions or answers questions (Li et
 * al. 2022), or a Florence-2 (Xiao et al. 2024), whose texts hold places, too. The loss is the cross-entropy of each
 * token after those before it, the mean over all tokens of a batch.
 *
 * <pre>{@code
 * GeneratorTuning tuning = GeneratorTuning.of(Path.of("blip-image-captioning-base"), LoadOptions.DEFAULTS);
 * TextExamples examples = TextExamples.captions(pictures, captions);
 * tuning.lora(LoraOptions.DEFAULTS, examples, TextExamples.NONE, System.out::println).save(Path.of("my-captioner"));
 * }</pre>
 *
 * <p>Unless {@linkplain #withImageTower asked for}, the image tower stays as it is; what it makes of a picture is then
 * computed once and kept for all epochs as far as half of Java's memory goes: 1.8 MB for 577 tokens of 768 numbers. The
 * same seed gives the same bits at any number of threads. Immutable.
 */
public final class GeneratorTuning {

    private final Path model;
    private final LoadOptions load;
    private final GeneratorKind kind;
    private final boolean isTowerTrained;

    private GeneratorTuning(Path model, LoadOptions load, GeneratorKind kind, boolean isTowerTrained) {
        this.model = model;
        this.load = load;
        this.kind = kind;
        this.isTowerTrained = isTowerTrained;
    }

    /**
     * Chooses what to tune.
     *
     * @param model folder of a BLIP that writes captions or answers, or of a Florence-2
     * @param load what computes; arithmetic and storage are f32 and as the checkpoint has it
     * @throws dev.fovea.tensor.FoveaException if the folder holds another model, or a quantised one; the message says
     *     what to do
     */
    public static GeneratorTuning of(Path model, LoadOptions load) {
        Objects.requireNonNull(model, "model is null");
        return new GeneratorTuning(model, Objects.requireNonNull(load, "load is null"), GeneratorKind.of(model), false);
    }

    /** Says whether the image tower learns, too, which takes more memory, and more time by the tower in each epoch. */
    public GeneratorTuning withImageTower(boolean isTrained) {
        return new GeneratorTuning(model, load, kind, isTrained);
    }

    /** Returns the steps that turn pictures into the model's pixels, to keep small ones of files. */
    public Preprocessing preprocessing() {
        return Preprocessing.load(model).withDraft(load.draft());
    }

    /**
     * Returns the prompt of an example that has none: an empty text for captions, {@code <CAPTION>} for Florence-2.
     *
     * @return empty where each example needs a question
     */
    public Optional<String> defaultPrompt() {
        return kind.defaultPrompt();
    }

    /**
     * Trains low-rank additions to queries, keys and values (LoRA, Hu et al. 2021).
     *
     * @param training to learn from; of texts that are too long for the model, the end is left out
     * @param validation to choose the epoch with the lowest loss by; {@link TextExamples#NONE} takes the last
     * @param listener is told how far it is
     * @throws dev.fovea.tensor.FoveaException if there is no example, a prompt does not fit the model, or the state of
     *     an interrupted training is of another one; the message says what to do
     * @throws dev.fovea.tensor.CancelledException if the thread was interrupted
     */
    public TunedAdapter lora(
            LoraOptions options, TextExamples training, TextExamples validation, TuningListener listener) {
        Objects.requireNonNull(options, "options is null");
        Objects.requireNonNull(listener, "listener is null");
        LowRankPlan plan =
                new LowRankPlan(kind.lowRankNames(isTowerTrained), options.rank(), options.alpha(), options.seed());
        return run(plan, options.noise(), training, validation, (run, remarks) -> {
            List<ParameterGroup> groups = List.of(new ParameterGroup(plan.parameters(), options.decay()));
            TrainingLoop loop = new TrainingLoop(run, groups, options.settings());
            remarks.addAll(loop.train(listener));
            return new TunedAdapter(model, options, plan.share(options.interpolation()), loop.score(), remarks);
        });
    }

    /**
     * Trains all weights of the language model and, if asked for, of the image tower. It takes 16 bytes of memory for
     * each trained number, 4 more without {@link FullOptions#withState}.
     *
     * @param training to learn from; of texts that are too long for the model, the end is left out
     * @param validation to choose the epoch with the lowest loss by; {@link TextExamples#NONE} takes the last
     * @param listener is told how far it is
     * @throws dev.fovea.tensor.FoveaException if there is no example, a prompt does not fit the model, or the state of
     *     an interrupted training is of another one; the message says what to do
     * @throws dev.fovea.tensor.CancelledException if the thread was interrupted
     */
    public TunedCheckpoint full(
            FullOptions options, TextExamples training, TextExamples validation, TuningListener listener) {
        Objects.requireNonNull(options, "options is null");
        Objects.requireNonNull(listener, "listener is null");
        FullPlan plan = new FullPlan(name -> isTowerTrained || kind.isLanguage(name));
        return run(plan, options.noise(), training, validation, (run, remarks) -> {
            List<Parameter> parameters = plan.parameters();
            TrainingLoop loop =
                    new TrainingLoop(run, ParameterGroup.ofClip(parameters, options.decay()), options.settings());
            plan.remark().ifPresent(remarks::add);
            remarks.addAll(loop.train(listener));
            return new TunedCheckpoint(model, options.interpolation(), parameters, loop.score(), remarks);
        });
    }

    private static void requireNoPlaces(TextExamples examples) {
        for (int i = 0; i < examples.size(); i++) {
            String said = examples.prompts().get(i) + examples.texts().get(i);
            if (said.contains("<loc_")) {
                throw new FoveaException("the example \"" + said + "\" names places, which cropped or mirrored pictures"
                        + " no longer have there; take no augmentation, or color alone");
            }
        }
    }

    private <T> T run(
            Trainables plan,
            StepNoise noise,
            TextExamples training,
            TextExamples validation,
            BiFunction<TextRun, List<String>, T> work) {
        Objects.requireNonNull(training, "training is null");
        Objects.requireNonNull(validation, "validation is null");
        if (noise.augmentation().movesPlaces()) {
            requireNoPlaces(training);
        }
        Backend backend = load.backend().orElseGet(() -> Backends.open(load.device(), load.threads()));
        try (TapedGenerator generator = TapedGenerator.load(model, kind, backend, plan)) {
            List<String> remarks = new ArrayList<>();
            TextRun run = new TextRun(generator, isTowerTrained, noise, training, validation, remarks);
            return work.apply(run, remarks);
        } finally {
            if (load.backend().isEmpty()) {
                backend.close();
            }
        }
    }
}
