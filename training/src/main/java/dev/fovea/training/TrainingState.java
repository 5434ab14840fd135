package dev.fovea.training;

import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.safetensors.Checkpoint;
import dev.fovea.tensor.safetensors.SafetensorsWriter;
import dev.fovea.tensor.safetensors.Weights;
import dev.fovea.training.method.Score;
import dev.fovea.training.numerics.FloatMemory;
import dev.fovea.training.optimizer.Optimizer;
import dev.fovea.training.tape.Parameter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Keeps a training in a file: what the parameters are, what the optimiser remembers, and the best values so far. The
 * file is written beside its place and moved there, so that whenever the process is killed there is a whole one.
 */
final class TrainingState {

    private static final String BEST = "best.";
    private static final String MEMORY = "memory.";

    private final Path file;
    private final String settings;

    /**
     * Names the file.
     *
     * @param settings what must be equal for the training to go on
     */
    TrainingState(Path file, String settings) {
        this.file = file;
        this.settings = settings;
    }

    /**
     * What is kept besides parameters and optimiser.
     *
     * @param epochs that are done
     * @param bestEpoch epochs that were done when the best values were found
     * @param score of the best values; null without validation
     */
    record Kept(int epochs, int bestEpoch, List<FloatMemory> best, Score score) {}

    void write(Kept kept, Optimizer optimizer) {
        SafetensorsWriter writer = new SafetensorsWriter()
                .metadata("settings", settings)
                .metadata("epochs", Integer.toString(kept.epochs))
                .metadata("best", Integer.toString(kept.bestEpoch))
                .metadata("steps", Integer.toString(optimizer.steps()));
        if (kept.score != null) {
            writer.metadata("accuracy", Double.toString(kept.score.accuracy()))
                    .metadata("loss", Double.toString(kept.score.loss()));
        }
        List<Parameter> parameters = optimizer.parameters();
        for (int i = 0; i < parameters.size(); i++) {
            Parameter parameter = parameters.get(i);
            writer.add(parameter.data());
            writer.add(kept.best.get(i).data(BEST + parameter.name(), parameter.shape()));
            List<FloatMemory> memory = optimizer.memory().get(i);
            for (int j = 0; j < memory.size(); j++) {
                writer.add(memory.get(j).data(MEMORY + j + "." + parameter.name(), parameter.shape()));
            }
        }
        writer.write(file);
    }

    /**
     * Puts parameters and optimiser back as they were; does nothing if the file is not there.
     *
     * @param resume is given the rest, when parameters and optimiser are restored
     * @throws FoveaException if the file is of another training
     */
    void restore(Consumer<Kept> resume, Optimizer optimizer) {
        if (!Files.exists(file)) {
            return;
        }
        try (Checkpoint checkpoint = Checkpoint.open(file)) {
            Map<String, String> metadata = checkpoint.metadata();
            if (!settings.equals(metadata.get("settings"))) {
                throw new FoveaException(file + ": is of a training of another model, or with other pictures, classes"
                        + " or settings; repeat them to go on, or remove the file to begin anew");
            }
            Weights weights = Weights.of(checkpoint);
            List<Parameter> parameters = optimizer.parameters();
            List<FloatMemory> best = new ArrayList<>();
            for (int i = 0; i < parameters.size(); i++) {
                Parameter parameter = parameters.get(i);
                Shape shape = parameter.shape();
                weights.tensor(parameter.name(), shape).copyTo(0, parameter.values(), 0, parameter.values().length);
                List<FloatMemory> memory = optimizer.memory().get(i);
                for (int j = 0; j < memory.size(); j++) {
                    memory.get(j)
                            .write(weights.tensor(MEMORY + j + "." + parameter.name(), shape)
                                    .toFloats());
                }
                best.add(FloatMemory.of(
                        weights.tensor(BEST + parameter.name(), shape).toFloats()));
            }
            optimizer.resume(Integer.parseInt(metadata.get("steps")));
            Score score = metadata.containsKey("accuracy")
                    ? new Score(Double.parseDouble(metadata.get("accuracy")), Double.parseDouble(metadata.get("loss")))
                    : null;
            int epochs = Integer.parseInt(metadata.get("epochs"));
            resume.accept(new Kept(epochs, Integer.parseInt(metadata.getOrDefault("best", "" + epochs)), best, score));
        }
    }
}
