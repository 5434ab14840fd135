package dev.fovea.studio.routes;

import dev.fovea.models.image.Picture;
import dev.fovea.models.image.Preprocessing;
import dev.fovea.service.error.HttpFailure;
import dev.fovea.service.json.RecordJson;
import dev.fovea.studio.checkpoints.ModelInfo;
import dev.fovea.studio.checkpoints.StudioModel;
import dev.fovea.studio.checkpoints.StudioModels;
import dev.fovea.studio.pictures.PictureEntry;
import dev.fovea.studio.pictures.PictureSteps;
import dev.fovea.studio.pictures.StudioPictures;
import dev.fovea.studio.web.PageCall;
import dev.fovea.studio.web.PageRoute;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Function;

/** Lists pictures, takes new ones, and shows them: as they are, and each step to the pixels that a model reads. */
public final class StudioPictureRoutes {

    private final StudioPictures pictures;
    private final StudioModels models;

    /** Makes the routes. */
    public StudioPictureRoutes(StudioPictures pictures, StudioModels models) {
        this.pictures = pictures;
        this.models = models;
    }

    /** Returns the routes. */
    public List<PageRoute> routes() {
        return List.of(
                PageRoute.get("/api/pictures", call -> call.json(pictures.list())),
                PageRoute.upload("/api/pictures", this::add),
                PageRoute.get("/api/pictures/*.png", this::png),
                PageRoute.get("/api/pictures/*/steps", this::steps));
    }

    private void add(PageCall call) {
        if (call.body().length == 0) {
            throw HttpFailure.badRequest("the file is empty; choose a picture");
        }
        String name = call.header("X-Fovea-Name");
        call.json(pictures.add(call.body(), name == null ? "" : decoded(name)));
    }

    private static String decoded(String name) {
        try {
            return URLDecoder.decode(name.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException broken) {
            return "";
        }
    }

    private void png(PageCall call) {
        String step = call.text("step", "original");
        Function<Picture, byte[]> make = switch (step) {
            case "original" -> picture -> PictureSteps.png(picture, call.has("full"));
            case "resized" -> {
                Preprocessing steps = preprocessing(call);
                yield picture -> PictureSteps.resizedPng(picture, steps);
            }
            case "cropped" -> {
                Preprocessing steps = preprocessing(call);
                yield picture -> PictureSteps.croppedPng(picture, steps);
            }
            case "normalized" -> {
                Preprocessing steps = preprocessing(call);
                yield picture -> PictureSteps.normalizedPng(picture, steps);
            }
            default ->
                throw HttpFailure.badRequest(
                        "step",
                        "there is no step " + RecordJson.shown(step)
                                + "; expected original, resized, cropped or normalized");
        };
        call.bytes("image/png", pictures.use(call.variable(0), make));
    }

    private Preprocessing preprocessing(PageCall call) {
        return models.find(call.text("model")).preprocessing();
    }

    /** The steps of a picture, for the page; patches are null where the model has none. */
    record StepsAnswer(
            PictureSteps.Size original,
            PictureSteps.ResizedSize resized,
            PictureSteps.Rectangle crop,
            PictureSteps.Rectangle seen,
            float[] mean,
            float[] std,
            double rescale,
            Integer patchRows,
            Integer patchColumns,
            Integer patchSize) {}

    private void steps(PageCall call) {
        StudioModel model = models.find(call.text("model"));
        PictureEntry entry = pictures.entry(call.variable(0));
        PictureSteps.Geometry steps = PictureSteps.geometry(model.preprocessing(), entry.width(), entry.height());
        ModelInfo.VisionSizes vision = model.info().vision();
        call.json(new StepsAnswer(
                steps.original(),
                steps.resized(),
                steps.crop(),
                steps.seen(),
                steps.mean(),
                steps.std(),
                steps.rescale(),
                vision == null ? null : vision.patchRows(),
                vision == null ? null : vision.patchColumns(),
                vision == null ? null : vision.patchSize()));
    }
}
