package dev.fovea.service.routes;

import dev.fovea.models.blip.BlipMatcher;
import dev.fovea.models.florence.FlorencePrompt;
import dev.fovea.models.florence.FlorenceResult;
import dev.fovea.models.florence.FlorenceTask;
import dev.fovea.models.image.PictureInput;
import dev.fovea.service.http.Call;
import dev.fovea.service.http.Route;
import dev.fovea.service.http.ServiceLimits;
import dev.fovea.service.routes.RouteAnswers.BoxesAnswer;
import dev.fovea.service.routes.RouteAnswers.ClassifyAnswer;
import dev.fovea.service.routes.RouteAnswers.MatchAnswer;
import dev.fovea.service.routes.RouteAnswers.MatchedText;
import dev.fovea.service.routes.RouteAnswers.OcrAnswer;
import dev.fovea.service.routes.RouteAnswers.ScoredLabel;
import dev.fovea.service.routes.RouteAnswers.SegmentAnswer;
import dev.fovea.service.routes.RouteRequests.ClassifyRequest;
import dev.fovea.service.routes.RouteRequests.DetectRequest;
import dev.fovea.service.routes.RouteRequests.GroundRequest;
import dev.fovea.service.routes.RouteRequests.MatchRequest;
import dev.fovea.service.routes.RouteRequests.OcrRequest;
import dev.fovea.service.routes.RouteRequests.SegmentRequest;
import dev.fovea.service.served.Ability;
import dev.fovea.service.served.ModelOperations;
import dev.fovea.service.served.PictureSource;
import dev.fovea.service.served.PictureTasks;
import dev.fovea.service.served.ServedModel;
import dev.fovea.service.served.ServedModels;
import java.util.List;
import java.util.stream.Collectors;

/** Answers what OpenAI's routes cannot say: labels, places, lines of text, matches. */
public final class PictureRoutes {

    private final ServedModels models;
    private final PictureSource pictures;
    private final ServiceLimits limits;
    private final PictureTasks tasks;

    /** Makes the routes. */
    public PictureRoutes(ServedModels models, PictureSource pictures, ServiceLimits limits) {
        this.models = models;
        this.pictures = pictures;
        this.limits = limits;
        tasks = new PictureTasks(pictures, limits);
    }

    /** Returns the routes. */
    public List<Route> routes() {
        return List.of(
                Route.form(
                        "/classify",
                        "Scores which label fits a picture best.",
                        ClassifyRequest.class,
                        ClassifyAnswer.class,
                        this::classify),
                Route.form(
                        "/detect",
                        "Finds the objects in a picture.",
                        DetectRequest.class,
                        BoxesAnswer.class,
                        this::detect),
                Route.form(
                        "/ground",
                        "Finds the things that a text mentions.",
                        GroundRequest.class,
                        BoxesAnswer.class,
                        this::ground),
                Route.form(
                        "/segment",
                        "Outlines what an expression refers to.",
                        SegmentRequest.class,
                        SegmentAnswer.class,
                        this::segment),
                Route.form(
                        "/ocr",
                        "Reads the lines of text in a picture, with their places.",
                        OcrRequest.class,
                        OcrAnswer.class,
                        this::read),
                Route.form(
                        "/match",
                        "Scores how well texts fit a picture.",
                        MatchRequest.class,
                        MatchAnswer.class,
                        this::match));
    }

    private Object classify(ClassifyRequest request, Call call) {
        ServedModel model = models.find(request.model(), Ability.CLASSIFY);
        return new ClassifyAnswer(
                model.name(),
                tasks.classify(model, request.image(), request.labels(), request.templates(), call.deadline()).stream()
                        .map(score -> new ScoredLabel(score.label(), score.score(), score.logit()))
                        .toList());
    }

    private Object detect(DetectRequest request, Call call) {
        ServedModel model = models.find(request.model(), Ability.LOCATE);
        FlorenceResult found = tasks.run(model, FlorencePrompt.of(FlorenceTask.OD), request.image(), call.deadline());
        return new BoxesAnswer(model.name(), Found.boxes(found));
    }

    private Object ground(GroundRequest request, Call call) {
        ServedModel model = models.find(request.model(), Ability.LOCATE);
        FlorencePrompt prompt = FlorencePrompt.of(FlorenceTask.CAPTION_TO_PHRASE_GROUNDING, words(request.text()));
        return new BoxesAnswer(model.name(), Found.boxes(tasks.run(model, prompt, request.image(), call.deadline())));
    }

    private Object segment(SegmentRequest request, Call call) {
        ServedModel model = models.find(request.model(), Ability.LOCATE);
        FlorencePrompt prompt =
                FlorencePrompt.of(FlorenceTask.REFERRING_EXPRESSION_SEGMENTATION, words(request.text()));
        return new SegmentAnswer(
                model.name(), Found.polygons(tasks.run(model, prompt, request.image(), call.deadline())));
    }

    private String words(String text) {
        return limits.requireWords(text, "text", "say what to look for in the picture");
    }

    private Object read(OcrRequest request, Call call) {
        ServedModel model = models.find(request.model(), Ability.LOCATE);
        FlorenceResult found =
                tasks.run(model, FlorencePrompt.of(FlorenceTask.OCR_WITH_REGION), request.image(), call.deadline());
        String text = found.quads().stream().map(line -> line.label()).collect(Collectors.joining("\n"));
        return new OcrAnswer(model.name(), text, Found.quads(found));
    }

    private Object match(MatchRequest request, Call call) {
        ServedModel model = models.find(request.model(), Ability.MATCH);
        limits.requireShort(ServiceLimits.length(request.texts()), "texts");
        BlipMatcher blip = model.matcher(call.deadline());
        PictureInput picture = pictures.prepare(request.image(), "image", blip.preprocessing(), call.deadline());
        return new MatchAnswer(
                model.name(),
                model.computeOne(ModelOperations.match(blip, request.texts()), picture, call.deadline()).stream()
                        .map(match -> new MatchedText(match.text(), match.probability(), match.cosine()))
                        .toList());
    }
}
