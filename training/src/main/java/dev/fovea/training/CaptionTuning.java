package dev.fovea.training;

import dev.fovea.models.LoadOptions;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import dev.fovea.training.network.LowRankPlan;
import dev.fovea.training.network.TapedCaptioner;
import dev.fovea.training.optimizer.ParameterGroup;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Trains low-rank additions to the text decoder of a BLIP captioner on pictures with captions: the cross-entropy of
 * each token after those before it (Li et al. 2022, section 3.2). The image tower stays as it is; what it sees of a
 * picture is computed once and kept, 1.8 MB for 577 tokens of 768 numbers.
 *
 * <pre>{@code
 * CaptionTuning tuning = CaptionTuning.of(Path.of("blip-image-captioning-base"), LoadOptions.DEFAULTS);
 * tuning.tune(LoraOptions.DEFAULTS, pictures, System.out::println).save(Path.of("my-captioner"));
 * }</pre>
 *
 * <p>The same seed gives the same bits at any number of threads. Immutable.
 */
public final class CaptionTuning {

    private final Path model;
    private final LoadOptions load;

    private CaptionTuning(Path model, LoadOptions load) {
        this.model = model;
        this.load = load;
    }

    /**
     * Chooses what to tune.
     *
     * @param model folder of a BLIP that writes captions
     * @param load what computes
     */
    public static CaptionTuning of(Path model, LoadOptions load) {
        return new CaptionTuning(
                Objects.requireNonNull(model, "model is null"), Objects.requireNonNull(load, "load is null"));
    }

    /**
     * Trains. Of captions that are too long for the model, the end is left out.
     *
     * @param progress is told how far it is, after each epoch
     * @throws dev.fovea.tensor.FoveaException if the model is no captioner with floating weights, or the state of an
     *     interrupted training is of another one; the message says what to do
     * @throws dev.fovea.tensor.CancelledException if the thread was interrupted
     */
    public TunedAdapter tune(LoraOptions options, CaptionedPictures pictures, Consumer<TuningProgress> progress) {
        Objects.requireNonNull(options, "options is null");
        Objects.requireNonNull(pictures, "pictures is null");
        Objects.requireNonNull(progress, "progress is null");
        Backend backend = load.backend().orElseGet(() -> Backends.open(load.device(), load.threads()));
        LowRankPlan plan = new LowRankPlan(LowRankPlan.BLIP_DECODER, options.rank(), options.alpha(), options.seed());
        try (TapedCaptioner captioner = TapedCaptioner.load(model, backend, plan)) {
            List<ParameterGroup> groups = List.of(new ParameterGroup(plan.parameters(), options.decay()));
            TrainingLoop run = new TrainingLoop(new CaptionRun(captioner, pictures), groups, options.settings());
            List<String> remarks = run.train(progress);
            return new TunedAdapter(model, options, plan.share(options.interpolation()), run.accuracy(), remarks);
        } finally {
            if (load.backend().isEmpty()) {
                backend.close();
            }
        }
    }
}
