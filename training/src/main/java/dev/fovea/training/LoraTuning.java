package dev.fovea.training;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.clip.PromptTemplates;
import dev.fovea.tensor.FoveaException;
import dev.fovea.training.network.LowRankPlan;
import dev.fovea.training.optimizer.ParameterGroup;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * Trains low-rank additions to the attention of both towers of a CLIP on pictures with classes (LoRA, Hu et al. 2021;
 * CLIP-LoRA, Zanella and Ben Ayed 2024): the cross-entropy of each picture over the texts of all classes.
 *
 * <pre>{@code
 * LoraTuning tuning = LoraTuning.of(Path.of("clip-vit-base-patch32"), LoadOptions.DEFAULTS, labels, templates);
 * TunedAdapter tuned = tuning.tune(LoraOptions.DEFAULTS, training, validation, System.out::println);
 * tuned.save(Path.of("tuned")); // a plain CLIP, and the adapter in PEFT's files in tuned/adapter
 * }</pre>
 *
 * <p>The same seed gives the same bits at any number of threads. Immutable.
 */
public final class LoraTuning {

    private final TowerTask task;

    private LoraTuning(TowerTask task) {
        this.task = task;
    }

    /**
     * Chooses what to tune.
     *
     * @param model folder of a CLIP with both towers, the image tower a vision transformer
     * @param load what computes; arithmetic and storage are f32 and as the checkpoint has it
     * @param labels names of the classes, at least two
     * @param templates what the names are put into; a step takes one of them after the other
     * @throws IllegalArgumentException if there are fewer than two labels
     * @throws FoveaException if the model is no CLIP with a vision transformer and floating weights; the message says
     *     what to do
     */
    public static LoraTuning of(Path model, LoadOptions load, List<String> labels, PromptTemplates templates) {
        return new LoraTuning(TowerTask.of(model, load, labels, templates, true));
    }

    /**
     * Trains.
     *
     * @param training to learn from, with at least one picture of each class
     * @param validation to choose the best epoch by; {@link LabelledPictures#NONE} takes the last
     * @param listener is told how far it is
     * @throws FoveaException if a class has no picture, or the state of an interrupted training is of another one; the
     *     message says what to do
     * @throws IllegalArgumentException if a picture's class is none of the labels
     * @throws dev.fovea.tensor.CancelledException if the thread was interrupted
     */
    public TunedAdapter tune(
            LoraOptions options, LabelledPictures training, LabelledPictures validation, TuningListener listener) {
        Objects.requireNonNull(options, "options is null");
        Objects.requireNonNull(training, "training is null");
        Objects.requireNonNull(validation, "validation is null");
        Objects.requireNonNull(listener, "listener is null");
        LowRankPlan plan = new LowRankPlan(LowRankPlan.CLIP, options.rank(), options.alpha(), options.seed());
        return task.run(plan, training, validation, clip -> {
            List<ParameterGroup> groups = List.of(new ParameterGroup(plan.parameters(), options.decay()));
            TrainingLoop run = new TrainingLoop(
                    new TowerRun(clip, task, options.noise(), training, validation), groups, options.settings());
            List<String> remarks = run.train(listener);
            return new TunedAdapter(task.model(), options, plan.share(options.interpolation()), run.score(), remarks);
        });
    }
}
