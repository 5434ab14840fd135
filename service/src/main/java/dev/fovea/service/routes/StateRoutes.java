package dev.fovea.service.routes;

import dev.fovea.service.error.HttpFailure;
import dev.fovea.service.http.Call;
import dev.fovea.service.http.Route;
import dev.fovea.service.json.About;
import dev.fovea.service.metrics.ServiceMetrics;
import dev.fovea.service.routes.ModelList.ModelItem;
import dev.fovea.service.served.ServedModel;
import dev.fovea.service.served.ServedModels;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;

/** Answers what is asked about the service itself. */
public final class StateRoutes {

    private final ServedModels models;
    private final ServiceMetrics metrics;
    private final BooleanSupplier ready;
    private final long started = Instant.now().getEpochSecond();

    /**
     * Makes the routes.
     *
     * @param ready whether requests should be sent here
     */
    public StateRoutes(ServedModels models, ServiceMetrics metrics, BooleanSupplier ready) {
        this.models = models;
        this.metrics = metrics;
        this.ready = ready;
    }

    /** Says how the service is. */
    record StateAnswer(
            @About(value = "ok or ready", required = true) String status) {}

    /** Returns the routes. */
    public List<Route> routes() {
        return List.of(
                Route.get(
                        "/healthz",
                        "Answers while the service runs.",
                        true,
                        StateAnswer.class,
                        call -> new StateAnswer("ok")),
                Route.get(
                        "/readyz",
                        "Answers with 200 while requests are taken, with 503 while the service stops.",
                        true,
                        StateAnswer.class,
                        this::ready),
                Route.get("/v1/models", "Lists the models.", false, ModelList.class, this::list),
                Route.get("/v1/models/{model}", "Describes a model.", false, ModelItem.class, this::one),
                Route.text(
                        "/metrics",
                        "Counts and times, as Prometheus reads them.",
                        false,
                        "text/plain; version=0.0.4; charset=utf-8",
                        call -> call.text("text/plain; version=0.0.4; charset=utf-8", metrics.text())));
    }

    private Object ready(Call call) {
        if (!ready.getAsBoolean()) {
            throw HttpFailure.unavailable("not_ready", "the service stops; send requests elsewhere");
        }
        return new StateAnswer("ready");
    }

    private Object list(Call call) {
        return new ModelList("list", models.all().stream().map(this::item).toList());
    }

    private Object one(Call call) {
        return item(models.named(call.pathAfter("/v1/models/")));
    }

    private ModelItem item(ServedModel model) {
        List<String> abilities = model.abilities().stream()
                .map(ability -> ability.name().toLowerCase(Locale.ROOT))
                .toList();
        return new ModelItem(model.name(), "model", started, "fovea", abilities);
    }
}
