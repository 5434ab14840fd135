package dev.fovea.service.routes;

import dev.fovea.models.LabelScore;
import dev.fovea.models.ZeroShotClassifier;
import dev.fovea.models.blip.BlipMatcher;
import dev.fovea.models.classification.ImageClassifier;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.clip.PromptTemplates;
import dev.fovea.models.florence.Florence2;
import dev.fovea.models.florence.FlorencePrompt;
import dev.fovea.models.florence.FlorenceResult;
import dev.fovea.models.florence.FlorenceTask;
import dev.fovea.models.image.PictureInput;
import dev.fovea.service.error.HttpFailure;
import dev.fovea.service.http.Call;
import dev.fovea.service.http.Route;
import dev.fovea.service.http.ServiceLimits;
import dev.fovea.service.json.ImageData;
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
import dev.fovea.service.served.PictureSource;
import dev.fovea.service.served.ServedModel;
import dev.fovea.service.served.ServedModels;
import java.util.List;
import java.util.stream.Collectors;

/** Answers what OpenAI's routes cannot say: labels, places, lines of text, matches. */
public final class PictureRoutes {

    private final ServedModels models;
    private final PictureSource pictures;
    private final ServiceLimits limits;

    /** Makes the routes. */
    public PictureRoutes(ServedModels models, PictureSource pictures, ServiceLimits limits) {
        this.models = models;
        this.pictures = pictures;
        this.limits = limits;
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
        List<LabelScore> scores = model.hasClasses() ? ownClasses(model, request, call) : labels(model, request, call);
        return new ClassifyAnswer(
                model.name(),
                scores.stream()
                        .map(score -> new ScoredLabel(score.label(), score.score(), score.logit()))
                        .toList());
    }

    private List<LabelScore> ownClasses(ServedModel model, ClassifyRequest request, Call call) {
        if (request.labels() != null || request.templates() != null) {
            throw HttpFailure.badRequest(
                    "labels", "the model " + model.name() + " has classes of its own; leave labels and templates out");
        }
        ImageClassifier classifier = model.classifier(call.deadline());
        PictureInput picture = pictures.prepare(request.image(), "image", classifier.preprocessing(), call.deadline());
        return model.classify(classifier, picture, call.deadline());
    }

    /** Both towers' work waits in the model's queue, where it is computed with the embeddings of others. */
    private List<LabelScore> labels(ServedModel model, ClassifyRequest request, Call call) {
        if (request.labels() == null) {
            throw HttpFailure.badRequest("labels", "labels is missing; send the texts to choose from");
        }
        limits.requireShort(ServiceLimits.length(request.labels()), "labels");
        PromptTemplates templates = templates(request);
        Clip clip = model.clip(call.deadline());
        PictureInput picture = pictures.prepare(request.image(), "image", clip.preprocessing(), call.deadline());
        ServedModel.Embedder embedder = model.embedder(call.deadline());
        ZeroShotClassifier classifier = clip.classifier(
                request.labels(), templates, texts -> model.embedTexts(embedder, texts, call.deadline()));
        return classifier.score(
                model.embedPictures(embedder, List.of(picture), call.deadline()).getFirst());
    }

    private PromptTemplates templates(ClassifyRequest request) {
        if (request.templates() == null) {
            return PromptTemplates.NONE;
        }
        int texts = request.labels().size() * request.templates().size();
        if (texts > limits.texts()) {
            throw HttpFailure.badRequest(
                    "templates",
                    request.labels().size() + " labels in "
                            + request.templates().size() + " templates are " + texts + " texts, at most "
                            + limits.texts() + " are embedded at once; send fewer");
        }
        long length = ServiceLimits.length(request.templates())
                        * request.labels().size()
                + ServiceLimits.length(request.labels()) * request.templates().size();
        limits.requireShort(length, "templates");
        try {
            return PromptTemplates.of(request.templates());
        } catch (IllegalArgumentException wrong) {
            throw HttpFailure.badRequest("templates", wrong.getMessage());
        }
    }

    private FlorenceResult run(ServedModel model, FlorencePrompt prompt, ImageData image, Call call) {
        Florence2 florence = model.florence(call.deadline());
        PictureInput picture = pictures.prepare(image, "image", florence.preprocessing(), call.deadline());
        return model.run(florence, prompt, picture, florence.defaults(), call.deadline())
                .result();
    }

    private Object detect(DetectRequest request, Call call) {
        ServedModel model = models.find(request.model(), Ability.LOCATE);
        FlorenceResult found = run(model, FlorencePrompt.of(FlorenceTask.OD), request.image(), call);
        return new BoxesAnswer(model.name(), Found.boxes(found));
    }

    private Object ground(GroundRequest request, Call call) {
        ServedModel model = models.find(request.model(), Ability.LOCATE);
        FlorencePrompt prompt = FlorencePrompt.of(FlorenceTask.CAPTION_TO_PHRASE_GROUNDING, words(request.text()));
        return new BoxesAnswer(model.name(), Found.boxes(run(model, prompt, request.image(), call)));
    }

    private Object segment(SegmentRequest request, Call call) {
        ServedModel model = models.find(request.model(), Ability.LOCATE);
        FlorencePrompt prompt =
                FlorencePrompt.of(FlorenceTask.REFERRING_EXPRESSION_SEGMENTATION, words(request.text()));
        return new SegmentAnswer(model.name(), Found.polygons(run(model, prompt, request.image(), call)));
    }

    private String words(String text) {
        limits.requireShort(text.length(), "text");
        if (text.isBlank()) {
            throw HttpFailure.badRequest("text", "text has no word; say what to look for in the picture");
        }
        return text;
    }

    private Object read(OcrRequest request, Call call) {
        ServedModel model = models.find(request.model(), Ability.LOCATE);
        FlorenceResult found = run(model, FlorencePrompt.of(FlorenceTask.OCR_WITH_REGION), request.image(), call);
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
                model.match(blip, picture, request.texts(), call.deadline()).stream()
                        .map(match -> new MatchedText(match.text(), match.probability(), match.cosine()))
                        .toList());
    }
}
