package dev.fovea.studio.runs;

import dev.fovea.service.error.HttpFailure;
import dev.fovea.service.json.RecordJson;
import dev.fovea.studio.checkpoints.StudioModel;
import dev.fovea.studio.checkpoints.StudioModels;
import dev.fovea.studio.pictures.StudioPictures;
import dev.fovea.studio.web.PageCall;
import dev.fovea.studio.web.PageEvents;
import dev.fovea.studio.web.PageRoute;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Answers requests that run a model, and those that ask what became of it. */
public final class RunRoutes {

    private final StudioModels models;
    private final RunQueue queue;
    private final RunStore store = new RunStore();
    private final StudioPictures pictures;
    private final ClipRuns clips;
    private final WritingRuns writers;
    private final MachineRuns machines;

    /** Makes the routes. */
    public RunRoutes(StudioModels models, StudioPictures pictures, RunQueue queue) {
        this.models = models;
        this.pictures = pictures;
        this.queue = queue;
        clips = new ClipRuns(pictures, store);
        writers = new WritingRuns(pictures, store);
        machines = new MachineRuns(pictures, store);
    }

    /** Returns the routes. */
    public List<PageRoute> routes() {
        List<PageRoute> routes = new ArrayList<>();
        routes.add(PageRoute.post("/api/runs", this::start));
        routes.add(PageRoute.get("/api/runs/*", this::result));
        routes.addAll(new ClipFigures(store, queue, models).routes());
        routes.addAll(new RecordingFigures(store, queue, models, pictures).routes());
        routes.addAll(new WritingFigures(store, queue).routes());
        routes.addAll(new MachineFigures(models, queue).routes());
        return routes;
    }

    private void result(PageCall call) {
        call.json(store.find(call.variable(0), StudioRun.class));
    }

    /** Refuses what is wrong before any event, so that the page gets a status. */
    private void start(PageCall call) {
        RunRequest request = RecordJson.read(call.body(), RunRequest.class);
        request.requireShort();
        Function<PageEvents, Object> work = work(request);
        queue.stream(call, events -> {
            events.send("started", Map.of("kind", request.kind()));
            return work.apply(events);
        });
    }

    private Function<PageEvents, Object> work(RunRequest request) {
        return switch (request.kind()) {
            case "clip" -> {
                boolean looks = request.model() != null
                        && models.find(request.model()).tasks().contains("inside");
                StudioModel model = model(request, looks ? "inside" : "classify");
                yield events -> clips.compare(model, request);
            }
            case "occlusion" -> {
                store.find(request.run(), ClipRun.class);
                yield events -> clips.occlude(request, events);
            }
            case "curves" -> {
                store.find(request.run(), ClipRun.class);
                yield events -> clips.judge(request, events);
            }
            case "shuffle" -> {
                store.find(request.run(), ClipRun.class);
                StudioModel model = model(request, "inside");
                yield events -> clips.shuffle(model, request);
            }
            case "caption",
                    "ask",
                    "detect",
                    "ground",
                    "segment",
                    "ocr",
                    "describe",
                    "describe-region",
                    "name-region",
                    "outline-region",
                    "read-region" -> {
                StudioModel model = model(request, request.kind());
                yield events -> writers.write(model, request, events);
            }
            case "machine" -> {
                StudioModel model = model(request, null);
                yield events -> machines.time(model, request);
            }
            case "precision" -> {
                StudioModel model = model(request, "classify");
                yield events -> machines.precisions(model, request);
            }
            case "match" -> {
                StudioModel model = model(request, "match");
                yield events -> writers.match(model, request);
            }
            default ->
                throw HttpFailure.badRequest(
                        "kind",
                        "there is no run of the kind " + RecordJson.shown(request.kind())
                                + "; expected clip, occlusion, curves, shuffle, caption, ask, detect, ground, segment,"
                                + " ocr, describe, describe-region, name-region, outline-region, read-region,"
                                + " match, machine or precision");
        };
    }

    private StudioModel model(RunRequest request, String task) {
        if (request.model() == null) {
            throw HttpFailure.badRequest("model", "model is missing; name one of GET /api/state");
        }
        if (request.picture() == null) {
            throw HttpFailure.badRequest("picture", "picture is missing; give the id of one of GET /api/pictures");
        }
        pictures.entry(request.picture());
        return task == null ? models.find(request.model()) : models.find(request.model(), task);
    }
}
