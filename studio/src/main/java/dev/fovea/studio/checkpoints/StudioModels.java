package dev.fovea.studio.checkpoints;

import dev.fovea.models.LoadOptions;
import dev.fovea.service.error.HttpFailure;
import dev.fovea.service.json.RecordJson;
import dev.fovea.tensor.FoveaException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The models that the studio was started with, by name. */
public final class StudioModels implements AutoCloseable {

    private final Map<String, StudioModel> models = new LinkedHashMap<>();

    /**
     * Adds a model, which is loaded when it is first needed.
     *
     * @throws FoveaException if the name is taken, or its configuration is broken
     */
    public StudioModel add(String name, Path folder, LoadOptions options) {
        StudioModel model = new StudioModel(name, folder, options);
        if (models.putIfAbsent(name, model) != null) {
            throw new FoveaException("a model of the name " + name + " is there already; give each once");
        }
        return model;
    }

    /** Returns all models: those that can be looked into first, else in the order in which they were given. */
    public List<StudioModel> all() {
        return models.values().stream()
                .sorted(Comparator.comparing(model -> !model.tasks().contains("inside")))
                .toList();
    }

    /**
     * Finds a model.
     *
     * @throws HttpFailure if there is none of this name
     */
    public StudioModel find(String name) {
        StudioModel model = models.get(name);
        if (model == null) {
            throw HttpFailure.notFound(
                    "model",
                    "no_model",
                    "there is no model " + RecordJson.shown(String.valueOf(name)) + " here; there are "
                            + String.join(", ", models.keySet()));
        }
        return model;
    }

    /**
     * Finds a model that can do something.
     *
     * @throws HttpFailure if there is none of this name, or it cannot; the message says which can
     */
    public StudioModel find(String name, String task) {
        StudioModel model = find(name);
        model.require(
                task,
                models.values().stream()
                        .filter(other -> other.tasks().contains(task))
                        .map(StudioModel::name)
                        .toList());
        return model;
    }

    /**
     * Returns the model that indexes pictures: the first that reads texts, too, else the first that reads pictures.
     *
     * @param folder of the pictures, for the message
     * @throws FoveaException if there is none
     */
    public StudioModel firstThatSees(Path folder) {
        return models.values().stream()
                .filter(StudioModel::embedsPictures)
                .min(Comparator.comparing(model -> !model.tasks().contains("classify")))
                .orElseThrow(() -> new FoveaException(
                        folder + ": none of the models can index pictures; add a CLIP, such as --model clip-mini"));
    }

    @Override
    public void close() {
        models.values().forEach(StudioModel::close);
    }
}
