package dev.fovea.training;

import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.safetensors.Checkpoint;
import dev.fovea.tensor.safetensors.SafetensorsWriter;
import dev.fovea.tensor.safetensors.Weights;
import dev.fovea.training.method.Score;
import dev.fovea.training.numerics.FloatMemory;
import dev.fovea.training.optimizer.Optimizer;
import dev.fovea.training.tape.Parameter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Keeps a training in a file: what the parameters are, and what the optimiser remembers. The file is written beside its
 * place and moved there, so that whenever the process is killed there is a whole one. Where the best values so far are
 * of an epoch before, the file of that epoch stays beside it under a name of its own, so that memory does not hold them
 * as well.
 */
final class TrainingState {

    private static final String MEMORY = "memory.";

    private final Path file;

    /** That of the epoch with the best values, where it is not the last one. */
    private final Path best;

    private final String settings;

    /**
     * Names the file.
     *
     * @param settings what must be equal for the training to go on
     */
    TrainingState(Path file, String settings) {
        this.file = file;
        best = file.resolveSibling(file.getFileName() + ".best");
        this.settings = settings;
    }

    /**
     * What is kept besides parameters and optimiser.
     *
     * @param epochs that are done
     * @param bestEpoch epochs that were done when the best score was found
     * @param keptEpoch epochs that were done when the best values were found: the last of those with the best score
     * @param score of the best values; null without validation
     */
    record Kept(int epochs, int bestEpoch, int keptEpoch, Score score) {

        private boolean isBest() {
            return epochs == keptEpoch;
        }
    }

    /**
     * Writes the state after an epoch.
     *
     * @throws FoveaException if it cannot be written; the one before is there then
     */
    void write(Kept kept, Optimizer optimizer) {
        if (!kept.isBest() && kept.keptEpoch == kept.epochs - 1) {
            keepBest();
        }
        SafetensorsWriter writer = new SafetensorsWriter()
                .metadata("settings", settings)
                .metadata("epochs", Integer.toString(kept.epochs))
                .metadata("best", Integer.toString(kept.bestEpoch))
                .metadata("kept", Integer.toString(kept.keptEpoch))
                .metadata("steps", Integer.toString(optimizer.steps()));
        if (kept.score != null) {
            writer.metadata("accuracy", Double.toString(kept.score.accuracy()))
                    .metadata("loss", Double.toString(kept.score.loss()));
        }
        List<Parameter> parameters = optimizer.parameters();
        for (int i = 0; i < parameters.size(); i++) {
            Parameter parameter = parameters.get(i);
            writer.add(parameter.data());
            List<FloatMemory> memory = optimizer.memory().get(i);
            for (int j = 0; j < memory.size(); j++) {
                writer.add(memory.get(j).data(MEMORY + j + "." + parameter.name(), parameter.shape()));
            }
        }
        writer.write(file);
        if (kept.isBest()) {
            try {
                Files.deleteIfExists(best);
            } catch (IOException e) {
                throw unwritable(e);
            }
        }
    }

    /** Gives the file a second name, under which it stays when the next one takes its place. */
    private void keepBest() {
        try {
            Files.deleteIfExists(best);
            try {
                Files.createLink(best, file);
            } catch (IOException | UnsupportedOperationException linksAreMissing) {
                Files.copy(file, best);
            }
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    private FoveaException unwritable(IOException cause) {
        return new FoveaException(
                best + ": cannot be written (" + cause.getMessage()
                        + "); check the folder, its permissions and the free space",
                cause);
    }

    /** Puts the best values into the parameters. */
    void restoreBest(Kept kept, List<Parameter> parameters) {
        try (Checkpoint checkpoint = Checkpoint.open(kept.isBest() ? file : best)) {
            Weights weights = Weights.of(checkpoint);
            parameters.forEach(parameter -> restore(weights, parameter));
        }
    }

    private static void restore(Weights weights, Parameter parameter) {
        parameter.values().write(weights.tensor(parameter.name(), parameter.shape()));
    }

    /**
     * Puts parameters and optimiser back as they were; does nothing if the file is not there.
     *
     * @return the rest; null if the file is not there
     * @throws FoveaException if the file is of another training, or that of its best epoch is missing
     */
    Kept restore(Optimizer optimizer) {
        if (!Files.exists(file)) {
            return null;
        }
        try (Checkpoint checkpoint = Checkpoint.open(file)) {
            Map<String, String> metadata = checkpoint.metadata();
            if (!settings.equals(metadata.get("settings"))) {
                throw new FoveaException(file + ": is of a training of another model, or with other pictures, classes"
                        + " or settings; repeat them to go on, or remove the file to begin anew");
            }
            Kept kept = kept(metadata);
            if (!kept.isBest() && !Files.exists(best)) {
                throw new FoveaException(best + ": is missing, which holds the best values so far, of epoch "
                        + kept.keptEpoch + "; put it back, or remove " + file + " to begin anew");
            }
            Weights weights = Weights.of(checkpoint);
            List<Parameter> parameters = optimizer.parameters();
            for (int i = 0; i < parameters.size(); i++) {
                Parameter parameter = parameters.get(i);
                restore(weights, parameter);
                List<FloatMemory> memory = optimizer.memory().get(i);
                for (int j = 0; j < memory.size(); j++) {
                    memory.get(j).write(weights.tensor(MEMORY + j + "." + parameter.name(), parameter.shape()));
                }
            }
            optimizer.resume(Integer.parseInt(metadata.get("steps")));
            return kept;
        }
    }

    private static Kept kept(Map<String, String> metadata) {
        Score score = metadata.containsKey("accuracy")
                ? new Score(Double.parseDouble(metadata.get("accuracy")), Double.parseDouble(metadata.get("loss")))
                : null;
        return new Kept(
                Integer.parseInt(metadata.get("epochs")),
                Integer.parseInt(metadata.get("best")),
                Integer.parseInt(metadata.get("kept")),
                score);
    }
}
