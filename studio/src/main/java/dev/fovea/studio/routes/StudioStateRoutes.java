package dev.fovea.studio.routes;

import dev.fovea.models.clip.Clip;
import dev.fovea.studio.checkpoints.ModelInfo;
import dev.fovea.studio.checkpoints.StudioModel;
import dev.fovea.studio.checkpoints.StudioModels;
import dev.fovea.studio.photos.SearchedPhotos;
import dev.fovea.studio.pictures.StudioPictures;
import dev.fovea.studio.runs.RunQueue;
import dev.fovea.studio.web.PageCall;
import dev.fovea.studio.web.PageHandler;
import dev.fovea.studio.web.PageRoute;
import dev.fovea.tensor.Backends;
import java.util.List;
import java.util.Optional;

/** Tells the page what there is: models, limits, what computes. */
public final class StudioStateRoutes {

    private final StudioModels models;
    private final SearchedPhotos photos;

    /**
     * Makes the routes.
     *
     * @param photos what can be searched, or null for nothing
     */
    public StudioStateRoutes(StudioModels models, SearchedPhotos photos) {
        this.models = models;
        this.photos = photos;
    }

    /** Returns the routes. */
    public List<PageRoute> routes() {
        return List.of(PageRoute.get("/api/state", this::state), PageRoute.get("/api/fingerprint", this::fingerprint));
    }

    /** What there is, for the page. */
    record StateAnswer(
            String version,
            String device,
            int threads,
            int pictures,
            int waiting,
            int bodyBytes,
            long pixels,
            SearchedPhotos.SearchState search,
            List<ModelInfo> models) {}

    /** What tells a model from others, for exports. */
    record FingerprintAnswer(String model, String fingerprint) {}

    private void fingerprint(PageCall call) {
        StudioModel model = models.find(call.text("model"));
        call.json(new FingerprintAnswer(model.name(), model.fingerprint()));
    }

    private void state(PageCall call) {
        String version = Optional.ofNullable(Clip.class.getPackage().getImplementationVersion())
                .orElse("development");
        call.json(new StateAnswer(
                version,
                device(),
                Runtime.getRuntime().availableProcessors(),
                StudioPictures.KEPT,
                RunQueue.WAITING,
                PageHandler.BODY_BYTES,
                StudioPictures.PIXELS,
                photos == null ? null : photos.state(),
                models.all().stream().map(StudioModel::info).toList()));
    }

    private String device() {
        return models.all().isEmpty()
                ? Backends.DEFAULT
                : models.all().getFirst().options().device();
    }
}
