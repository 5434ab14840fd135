package dev.fovea.service.mcp;

import dev.fovea.models.florence.FlorencePrompt;
import dev.fovea.models.florence.FlorenceResult;
import dev.fovea.models.florence.FlorenceTask;
import dev.fovea.service.http.ServiceLimits;
import dev.fovea.service.json.ImageData;
import dev.fovea.service.mcp.ToolAnswers.Classification;
import dev.fovea.service.mcp.ToolAnswers.Description;
import dev.fovea.service.mcp.ToolAnswers.ImageAnswer;
import dev.fovea.service.mcp.ToolAnswers.ObjectsFound;
import dev.fovea.service.mcp.ToolAnswers.PhotosFound;
import dev.fovea.service.mcp.ToolAnswers.ScoredLabel;
import dev.fovea.service.mcp.ToolAnswers.TextFound;
import dev.fovea.service.mcp.ToolRequests.AskImage;
import dev.fovea.service.mcp.ToolRequests.ClassifyImage;
import dev.fovea.service.mcp.ToolRequests.DescribeImage;
import dev.fovea.service.mcp.ToolRequests.DetectObjects;
import dev.fovea.service.mcp.ToolRequests.ReadText;
import dev.fovea.service.mcp.ToolRequests.SearchPhotos;
import dev.fovea.service.routes.Found;
import dev.fovea.service.served.Ability;
import dev.fovea.service.served.PictureTasks;
import dev.fovea.service.served.ServedModel;
import dev.fovea.service.served.ServedModels;
import java.util.List;
import java.util.stream.Collectors;

/** The tools, each on the first model that is for it. */
public final class McpTools {

    private final ServedModels models;
    private final PhotoSearch photos;
    private final PictureTasks tasks;
    private final ServiceLimits limits;

    /** Makes the tools. */
    public McpTools(ServedModels models, PhotoSearch photos, PictureTasks tasks, ServiceLimits limits) {
        this.models = models;
        this.photos = photos;
        this.tasks = tasks;
        this.limits = limits;
    }

    /** Returns all tools. */
    List<McpTool> all() {
        return List.of(
                McpTool.of(
                        "search_photos",
                        "Search photos",
                        "Find the photos in the allowed folders that fit words, or look like a picture. The first"
                                + " search indexes the folders, which takes minutes for thousands of photos.",
                        SearchPhotos.class,
                        PhotosFound.class,
                        photos::search),
                McpTool.of(
                        "describe_image",
                        "Describe a picture",
                        "Say in words what a picture shows.",
                        DescribeImage.class,
                        Description.class,
                        this::describe),
                McpTool.of(
                        "detect_objects",
                        "Detect objects",
                        "Find the objects in a picture, or the things that phrases name, with their boxes in pixels.",
                        DetectObjects.class,
                        ObjectsFound.class,
                        this::detect),
                McpTool.of(
                        "read_text",
                        "Read text in a picture",
                        "Read the lines of text in a picture (OCR), with their places in pixels.",
                        ReadText.class,
                        TextFound.class,
                        this::read),
                McpTool.of(
                        "ask_image",
                        "Ask about a picture",
                        "Answer a question about a picture in a few words.",
                        AskImage.class,
                        ImageAnswer.class,
                        this::ask),
                McpTool.of(
                        "classify_image",
                        "Classify a picture",
                        "Score which of some labels fits a picture best.",
                        ClassifyImage.class,
                        Classification.class,
                        this::classify));
    }

    private static ImageData image(String path, ToolCall call) {
        return ImageData.of(call.folders().read(path, "image"));
    }

    private Description describe(DescribeImage request, ToolCall call) {
        boolean brief = Boolean.TRUE.equals(request.brief());
        ServedModel model = models.find(null, Ability.CAPTION);
        ImageData image = image(request.image(), call);
        FlorencePrompt prompt = FlorencePrompt.of(brief ? FlorenceTask.CAPTION : FlorenceTask.MORE_DETAILED_CAPTION);
        String text = model.isFlorence()
                ? tasks.run(model, prompt, image, call.deadline()).text()
                : tasks.caption(model, image, call.deadline());
        return new Description(request.image(), model.name(), text);
    }

    private ObjectsFound detect(DetectObjects request, ToolCall call) {
        ServedModel model = models.find(null, Ability.LOCATE);
        FlorencePrompt prompt = request.phrases() == null
                ? FlorencePrompt.of(FlorenceTask.OD)
                : FlorencePrompt.of(
                        FlorenceTask.CAPTION_TO_PHRASE_GROUNDING,
                        limits.requireWords(request.phrases(), "phrases", "name the things to look for"));
        FlorenceResult found = tasks.run(model, prompt, image(request.image(), call), call.deadline());
        return new ObjectsFound(request.image(), model.name(), Found.boxes(found));
    }

    private TextFound read(ReadText request, ToolCall call) {
        ServedModel model = models.find(null, Ability.LOCATE);
        FlorencePrompt prompt = FlorencePrompt.of(FlorenceTask.OCR_WITH_REGION);
        FlorenceResult found = tasks.run(model, prompt, image(request.image(), call), call.deadline());
        String text = found.quads().stream().map(line -> line.label()).collect(Collectors.joining("\n"));
        return new TextFound(request.image(), model.name(), text, Found.quads(found));
    }

    private ImageAnswer ask(AskImage request, ToolCall call) {
        ServedModel model = models.find(null, Ability.ANSWER);
        String question = limits.requireWords(request.question(), "question", "ask something");
        String answer = tasks.answer(model, image(request.image(), call), question, call.deadline());
        return new ImageAnswer(request.image(), model.name(), answer);
    }

    private Classification classify(ClassifyImage request, ToolCall call) {
        ServedModel model = models.find(null, Ability.CLASSIFY);
        return new Classification(
                request.image(),
                model.name(),
                tasks.classify(model, image(request.image(), call), request.labels(), null, call.deadline()).stream()
                        .map(score -> new ScoredLabel(score.label(), score.score()))
                        .toList());
    }
}
