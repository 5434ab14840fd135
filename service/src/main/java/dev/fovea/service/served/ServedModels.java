package dev.fovea.service.served;

import dev.fovea.models.LoadOptions;
import dev.fovea.service.compute.ComputeLanes;
import dev.fovea.service.compute.Deadline;
import dev.fovea.service.compute.ModelUse;
import dev.fovea.service.error.HttpFailure;
import dev.fovea.service.json.RecordJson;
import dev.fovea.service.metrics.ServiceMetrics;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** The models of a service by name, in the order in which they were given. */
public final class ServedModels implements AutoCloseable {

    static final Deadline NEVER = Deadline.in(Duration.ofDays(1000));

    private final Map<String, ServedModel> models = new LinkedHashMap<>();
    private static final System.Logger LOG = System.getLogger("dev.fovea.service");

    private final int waiting;
    private final ServiceMetrics metrics;
    /** Null where models stay loaded. */
    private ScheduledExecutorService unloading;

    /**
     * Makes an empty list.
     *
     * @param waiting how many requests may wait in each lane of a model
     */
    public ServedModels(int waiting, ServiceMetrics metrics) {
        this.waiting = waiting;
        this.metrics = metrics;
    }

    /**
     * Adds a model, which is loaded when it is first needed.
     *
     * @param folder of its checkpoint
     */
    public ServedModel add(String name, Path folder, LoadOptions options) {
        ServedModel model = new ServedModel(name, folder, options, new ComputeLanes(name, waiting, metrics));
        models.put(name, model);
        return model;
    }

    /** Loads a model with all its parts. */
    public void load(ServedModel model) {
        model.load(NEVER);
    }

    /** Returns all models. */
    public Collection<ServedModel> all() {
        return models.values();
    }

    /** Returns the model of a checkpoint. */
    Optional<ServedModel> of(Path folder) {
        return models.values().stream()
                .filter(model -> model.folder().equals(folder))
                .findFirst();
    }

    /**
     * Returns a model by name.
     *
     * @throws HttpFailure if there is none
     */
    public ServedModel named(String name) {
        ServedModel model = models.get(name);
        if (model == null) {
            throw HttpFailure.notFound(
                    "model",
                    "model_not_found",
                    "there is no model " + RecordJson.shown(name) + " here; use one of " + names(models.values()));
        }
        return ModelUse.keep(model);
    }

    /**
     * Returns the model of a request.
     *
     * @param name as the request says, or null for the first that can do it
     * @throws HttpFailure if there is no such model, or it cannot do what is asked
     */
    public ServedModel find(String name, Ability ability) {
        Collection<ServedModel> able = models.values().stream()
                .filter(model -> model.abilities().contains(ability))
                .toList();
        if (able.isEmpty()) {
            throw HttpFailure.notFound(
                    "model",
                    "model_not_found",
                    "no model here is for " + ability.label() + "; start the service with " + ability.models());
        }
        if (name == null) {
            return ModelUse.keep(able.iterator().next());
        }
        ServedModel model = named(name);
        if (!model.abilities().contains(ability)) {
            throw HttpFailure.badRequest(
                    "model", "the model " + name + " is not for " + ability.label() + "; use one of " + names(able));
        }
        return model;
    }

    private static String names(Collection<ServedModel> models) {
        return models.stream().map(ServedModel::name).collect(Collectors.joining(", "));
    }

    /**
     * Unloads models that no request has used for some time, from now on; the next request loads them again.
     *
     * @param time at least this long, and at most a tenth longer
     */
    public void unloadAfter(Duration time) {
        unloading = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name("fovea-unloading").daemon().factory());
        long nanoseconds = Math.max(1, time.toNanos() / 10);
        unloading.scheduleWithFixedDelay(
                () -> models.values().forEach(model -> unload(model, time)),
                nanoseconds,
                nanoseconds,
                TimeUnit.NANOSECONDS);
    }

    private static void unload(ServedModel model, Duration time) {
        if (model.unloadIfIdle(time)) {
            LOG.log(
                    Level.INFO,
                    "unloaded " + model.name() + ", which no request has used for " + time.toSeconds() + " s");
        }
    }

    /** Computes nothing any more: requests that wait are told that the service stops. */
    public void stop() {
        models.values().forEach(ServedModel::stop);
    }

    @Override
    public void close() {
        if (unloading != null) {
            unloading.shutdownNow();
        }
        models.values().forEach(ServedModel::close);
    }
}
