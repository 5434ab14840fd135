package dev.fovea.training;

import dev.fovea.models.LoadOptions;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.FoveaException;
import dev.fovea.training.network.FullPlan;
import dev.fovea.training.network.LowRankPlan;
import dev.fovea.training.network.TapedClip;
import dev.fovea.training.optimizer.ParameterGroup;
import dev.fovea.training.tape.Parameter;
import dev.fovea.training.tape.Trainables;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Trains both towers of a CLIP on pictures with texts, so that search finds more: the loss that CLIP was made with
 * (Radford et al. 2021, figure 3), where several texts of a picture, and several pictures of a text, share the target.
 *
 * <pre>{@code
 * PairTuning tuning = PairTuning.of(Path.of("clip-vit-base-patch32"), LoadOptions.DEFAULTS);
 * TextExamples pairs = TextExamples.captions(pictures, texts);
 * tuning.lora(LoraOptions.DEFAULTS, pairs, TextExamples.NONE, System.out::println).save(Path.of("tuned"));
 * }</pre>
 *
 * <p>Pairs are told apart within a batch, so that a larger one teaches more; its memory is that of a part of it. The
 * same object in the list of pictures is the same picture. {@code logit_scale} stays as it is. The same seed gives the
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
     * @param model folder of a CLIP with both towers
     * @param load what computes; arithmetic and storage are f32 and as the checkpoint has it
     */
    public static PairTuning of(Path model, LoadOptions load) {
        return new PairTuning(
                Objects.requireNonNull(model, "model is null"), Objects.requireNonNull(load, "load is null"));
    }

    /**
     * Trains low-rank additions to queries, keys and values of both towers (LoRA, Hu et al. 2021).
     *
     * @param training to learn from, with empty prompts; of texts that are too long for the model, the end is left out
     * @param validation to choose the epoch with the lowest loss by; {@link TextExamples#NONE} takes the last
     * @param listener is told how far it is
     * @throws FoveaException if there are fewer than two pairs, the model is no CLIP with floating weights, or the
     *     state of an interrupted training is of another one; the message says what to do
     * @throws dev.fovea.tensor.CancelledException if the thread was interrupted
     */
    public TunedAdapter lora(
            LoraOptions options, TextExamples training, TextExamples validation, TuningListener listener) {
        Objects.requireNonNull(options, "options is null");
        LowRankPlan plan = new LowRankPlan(LowRankPlan.CLIP, options.rank(), options.alpha(), options.seed());
        return run(plan, training, validation, options.batch(), listener, (run, remarks) -> {
            List<ParameterGroup> groups = List.of(new ParameterGroup(plan.parameters(), options.decay()));
            TrainingLoop loop = new TrainingLoop(run, groups, options.settings());
            remarks.addAll(loop.train(listener));
            return new TunedAdapter(model, options, plan.share(options.interpolation()), loop.score(), remarks);
        });
    }

    /**
     * Trains all weights. It takes 16 bytes of memory for each number of the model.
     *
     * @param training to learn from, with empty prompts; of texts that are too long for the model, the end is left out
     * @param validation to choose the epoch with the lowest loss by; {@link TextExamples#NONE} takes the last
     * @param listener is told how far it is
     * @throws FoveaException if there are fewer than two pairs, the model is no CLIP with floating weights, or the
     *     state of an interrupted training is of another one; the message says what to do
     * @throws dev.fovea.tensor.CancelledException if the thread was interrupted
     */
    public TunedCheckpoint full(
            FullOptions options, TextExamples training, TextExamples validation, TuningListener listener) {
        Objects.requireNonNull(options, "options is null");
        FullPlan plan = new FullPlan(name -> true);
        return run(plan, training, validation, options.batch(), listener, (run, remarks) -> {
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
            return work.apply(new PairRun(clip, training, validation, batch, remarks), remarks);
        } finally {
            if (load.backend().isEmpty()) {
                backend.close();
            }
        }
    }
}
