package dev.fovea.training;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.clip.PromptTemplates;
import dev.fovea.training.network.FullPlan;
import dev.fovea.training.optimizer.ParameterGroup;
import dev.fovea.training.tape.Parameter;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * Trains all weights of both towers of a CLIP on pictures with classes: the cross-entropy of each picture over the
 * texts of all classes (Goyal et al. 2023 compare such losses). It takes 16 bytes of memory for each trained number, 4
 * more without {@link FullOptions#withState}, and can forget more than {@link LoraTuning}.
 *
 * <p>The same seed gives the same bits at any number of threads. Immutable.
 */
public final class FullTuning {

    private final TowerTask task;

    private FullTuning(TowerTask task) {
        this.task = task;
    }

    /**
     * Chooses what to tune.
     *
     * @param model folder of a CLIP with both towers
     * @param load what computes
     * @param labels names of the classes, at least two
     * @param templates what the names are put into; a step takes one of them after the other
     * @throws IllegalArgumentException if there are fewer than two labels
     * @throws dev.fovea.tensor.FoveaException if the model is no CLIP with both towers and floating weights, or keeps
     *     weights in a form that is not trained; the message says what to do
     */
    public static FullTuning of(Path model, LoadOptions load, List<String> labels, PromptTemplates templates) {
        return new FullTuning(TowerTask.of(model, load, labels, templates, false));
    }

    /**
     * Trains.
     *
     * @param training to learn from, with at least one picture of each class
     * @param validation to choose the best epoch by; {@link LabelledPictures#NONE} takes the last
     * @param listener is told how far it is
     * @throws dev.fovea.tensor.FoveaException if a class has no picture, or the state of an interrupted training is
     *     of another one; the message says what to do
     * @throws IllegalArgumentException if a picture's class is none of the labels
     * @throws dev.fovea.tensor.CancelledException if the thread was interrupted
     */
    public TunedCheckpoint tune(
            FullOptions options, LabelledPictures training, LabelledPictures validation, TuningListener listener) {
        Objects.requireNonNull(options, "options is null");
        Objects.requireNonNull(training, "training is null");
        Objects.requireNonNull(validation, "validation is null");
        Objects.requireNonNull(listener, "listener is null");
        FullPlan plan = new FullPlan(name -> true);
        return task.run(plan, training, validation, clip -> {
            List<Parameter> parameters = plan.parameters();
            TrainingLoop run = new TrainingLoop(
                    new TowerRun(clip, task, options.noise(), training, validation),
                    ParameterGroup.ofClip(parameters, options.decay()),
                    options.settings());
            List<String> remarks = run.train(listener);
            return new TunedCheckpoint(task.model(), options.interpolation(), parameters, run.score(), remarks);
        });
    }
}
