package dev.fovea.training;

import dev.fovea.models.LoadOptions;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.FoveaException;
import dev.fovea.training.network.FullPlan;
import dev.fovea.training.network.LowRankPlan;
import dev.fovea.training.network.TapedClip;
import dev.fovea.training.network.TowerCheck;
import dev.fovea.training.optimizer.ParameterGroup;
import dev.fovea.training.tape.Parameter;
import dev.fovea.training.tape.Trainables;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Trains both towers of a CLIP or a SigLIP on pictures with texts, so that search finds more, by the loss that it was
 * made with: CLIP's (Radford et al. 2021, figure 3), where several texts of a picture, and several pictures of a text,
 * share the target, or SigLIP's, which asks of each picture and each text whether they belong together (Zhai et al.
 * 2023).
 *
 * <pre>{@code
 * PairTuning tuning = PairTuning.of(Path.of("clip-vit-base-patch32"), LoadOptions.DEFAULTS);
 * TextExamples pairs = TextExamples.captions(pictures, texts);
 * tuning.lora(LoraOptions.DEFAULTS, pairs, TextExamples.NONE, System.out::println).save(Path.of("tuned"));
 * }</pre>
 *
 * <p>Pairs are told apart within a batch, so that a larger one teaches more; its memory is that of a part of it. The
 * same object in the list of pictures is the same picture. {@code logit_scale} and {@code logit_bias} are trained with
 * all weights, not with low-rank additions. The same seed gives the
 * same bits at any number of threads. Immutable.
 */
public final class PairTuning {

    private final Path model;
    private final LoadOptions load;

    private PairTuning(Path model, LoadOptions load) {
        this.model = model;
        this.load = load;
    }

    /**
     * Chooses what to tune.
     *
     * @param model folder of a CLIP or a SigLIP with both towers
     * @param load what computes; arithmetic and storage are f32 and as the checkpoint has it
     * @throws FoveaException if it is another model, or quantised; the message says what to do
     */
    public static PairTuning of(Path model, LoadOptions load) {
        Objects.requireNonNull(model, "model is null");
        Objects.requireNonNull(load, "load is null");
        TowerCheck.requireTrainable(model);
        return new PairTuning(model, load);
    }

    /**
     * Trains low-rank additions to queries, keys and values of both towers (LoRA, Hu et al. 2021).
     *
     * @param training to learn from, with empty prompts; of texts that are too long for the model, the end is left out
     * @param validation to choose the epoch with the lowest loss by; {@link TextExamples#NONE} takes the last
     * @param listener is told how far it is
     * @throws FoveaException if there are fewer than two pairs, or the state of an interrupted training is of another
     *     one; the message says what to do
     * @throws dev.fovea.tensor.CancelledException if the thread was interrupted
     */
    public TunedAdapter lora(
            LoraOptions options, TextExamples training, TextExamples validation, TuningListener listener) {
        Objects.requireNonNull(options, "options is null");
        LowRankPlan plan = new LowRankPlan(LowRankPlan.CLIP, options.rank(), options.alpha(), options.seed());
        return run(plan, training, validation, options.batch(), options.noise(), listener, (run, remarks) -> {
            List<ParameterGroup> groups = List.of(new ParameterGroup(plan.parameters(), options.decay()));
            TrainingLoop loop = new TrainingLoop(run, groups, options.settings());
            remarks.addAll(loop.train(listener));
            return new TunedAdapter(model, options, plan.share(options.interpolation()), loop.score(), remarks);
        });
    }

    /**
     * Trains all weights. It takes 16 bytes of memory for each number of the model, 4 more without {@link
     * FullOptions#withState}.
     *
     * @param training to learn from, with empty prompts; of texts that are too long for the model, the end is left out
     * @param validation to choose the epoch with the lowest loss by; {@link TextExamples#NONE} takes the last
     * @param listener is told how far it is
     * @throws FoveaException if there are fewer than two pairs, or the state of an interrupted training is of another
     *     one; the message says what to do
     * @throws dev.fovea.tensor.CancelledException if the thread was interrupted
     */
    public TunedCheckpoint full(
            FullOptions options, TextExamples training, TextExamples validation, TuningListener listener) {
        Objects.requireNonNull(options, "options is null");
        FullPlan plan = new FullPlan(name -> true);
        return run(plan, training, validation, options.batch(), options.noise(), listener, (run, remarks) -> {
            List<Parameter> parameters = plan.parameters();
            TrainingLoop loop =
                    new TrainingLoop(run, ParameterGroup.ofClip(parameters, options.decay()), options.settings());
            plan.remark().ifPresent(remarks::add);
            remarks.addAll(loop.train(listener));
            return new TunedCheckpoint(model, options.interpolation(), parameters, loop.score(), remarks);
        });
    }

    /** What is done with a model on a tape. */
    private interface Work<T> {
        T apply(PairRun run, List<String> remarks);
    }

    private <T> T run(
            Trainables plan,
            TextExamples training,
            TextExamples validation,
            int batch,
            StepNoise noise,
            TuningListener listener,
            Work<T> work) {
        Objects.requireNonNull(training, "training is null");
        Objects.requireNonNull(validation, "validation is null");
        Objects.requireNonNull(listener, "listener is null");
        if (training.size() < 2) {
            throw new FoveaException(training.size() + " pairs to learn from; two or more are needed, since a picture"
                    + " is told apart by its text");
        }
        Backend backend = load.backend().orElseGet(() -> Backends.open(load.device(), load.threads()));
        try (TapedClip clip = TapedClip.load(model, backend, plan)) {
            List<String> remarks = new ArrayList<>();
            return work.apply(new PairRun(clip, training, validation, batch, noise, remarks), remarks);
        } finally {
            if (load.backend().isEmpty()) {
                backend.close();
            }
        }
    }
}
