package dev.fovea.service.routes;

import dev.fovea.models.blip.Blip;
import dev.fovea.models.blip.BlipAnswerer;
import dev.fovea.models.blip.BlipCaptioner;
import dev.fovea.models.chat.ChatTask;
import dev.fovea.models.florence.Florence2;
import dev.fovea.models.florence.FlorenceAnswer;
import dev.fovea.models.florence.FlorenceTask;
import dev.fovea.models.generation.GeneratedText;
import dev.fovea.models.generation.GenerationListener;
import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.models.generation.TextStream;
import dev.fovea.models.image.PictureInput;
import dev.fovea.models.image.Preprocessing;
import dev.fovea.service.compute.Deadline;
import dev.fovea.service.compute.Lane;
import dev.fovea.service.compute.Operation;
import dev.fovea.service.error.HttpFailure;
import dev.fovea.service.http.Call;
import dev.fovea.service.http.Route;
import dev.fovea.service.http.ServiceLimits;
import dev.fovea.service.json.RecordJson;
import dev.fovea.service.routes.ChatAnswer.AnswerMessage;
import dev.fovea.service.routes.ChatAnswer.ChatChoice;
import dev.fovea.service.routes.ChatAnswer.ChatUsage;
import dev.fovea.service.served.Ability;
import dev.fovea.service.served.ModelOperations;
import dev.fovea.service.served.ModelOperations.PictureQuestion;
import dev.fovea.service.served.PictureSource;
import dev.fovea.service.served.ServedModel;
import dev.fovea.service.served.ServedModels;
import dev.fovea.tensor.FoveaException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/** Answers {@code POST /v1/chat/completions}: captions, answers to questions, OCR and detection. */
public final class ChatRoute {

    private final ServedModels models;
    private final PictureSource pictures;
    private final ServiceLimits limits;

    /** Makes the route. */
    public ChatRoute(ServedModels models, PictureSource pictures, ServiceLimits limits) {
        this.models = models;
        this.pictures = pictures;
        this.limits = limits;
    }

    /** Returns the route. */
    public List<Route> routes() {
        return List.of(Route.events(
                "/v1/chat/completions",
                "Describes a picture, answers a question about it, reads its text or finds objects in it.",
                ChatRequest.class,
                ChatAnswer.class,
                this::answer));
    }

    /**
     * What a model has written.
     *
     * @param promptTokens of the text that it read
     * @param completionTokens of what it wrote
     */
    record Written(String text, int promptTokens, int completionTokens, boolean atLimit) {

        private static Written of(int promptTokens, GeneratedText written, GenerationOptions options) {
            int tokens = written.tokens().length - 1; // all but the decoder's start token
            boolean atLimit = options.maxNewTokens().isPresent()
                    && tokens >= options.maxNewTokens().getAsInt();
            return new Written(written.text(), promptTokens, tokens, atLimit);
        }

        ChatUsage usage() {
            return new ChatUsage(promptTokens, completionTokens, promptTokens + completionTokens);
        }

        String finishReason() {
            return atLimit ? "length" : "stop";
        }
    }

    private Object answer(ChatRequest request, Call call) {
        refuseWhatIsNotDone(request);
        ServedModel model = models.named(request.model());
        ChatQuestion question = ChatQuestion.of(request.messages());
        limits.requireShort(question.text().length(), "messages");
        Writing writing = writing(model, task(model, question.text()), request, call.deadline());
        PictureInput picture =
                pictures.prepare(question.image(), question.param(), writing.preprocessing(), call.deadline());
        if (Boolean.TRUE.equals(request.stream())) {
            boolean usage = request.streamOptions() != null
                    && Boolean.TRUE.equals(request.streamOptions().includeUsage());
            ChatStream stream = new ChatStream(call, model.name(), usage);
            stream.run(pieces -> writing.stream().write(picture, pieces));
            return null;
        }
        Written written = writing.whole().write(picture);
        return new ChatAnswer(
                "chatcmpl-" + call.id(),
                "chat.completion",
                Instant.now().getEpochSecond(),
                model.name(),
                List.of(new ChatChoice(0, new AnswerMessage("assistant", written.text()), written.finishReason())),
                written.usage());
    }

    private static ChatTask task(ServedModel model, String text) {
        boolean captions = model.abilities().contains(Ability.CAPTION);
        boolean answers = model.abilities().contains(Ability.ANSWER);
        if (!captions && !answers) {
            throw HttpFailure.badRequest(
                    "model",
                    "the model " + model.name() + " does not write; use a BLIP for captions or questions, or a"
                            + " Florence-2");
        }
        try {
            return model.isFlorence()
                    ? ChatTask.ofFlorence(model.name(), text)
                    : ChatTask.ofBlip(model.name(), captions, answers, text);
        } catch (FoveaException nothingOfThat) {
            throw HttpFailure.badRequest("messages", nothingOfThat.getMessage());
        }
    }

    private static void refuseWhatIsNotDone(ChatRequest request) {
        if (request.tools() != null
                && !request.tools().isNull()
                && !request.tools().isEmpty()) {
            throw HttpFailure.badRequest("tools", "these models call no tools; leave tools out");
        }
        if (request.responseFormat() != null
                && !request.responseFormat().isNull()
                && !request.responseFormat().path("type").asText().equals("text")) {
            throw HttpFailure.badRequest(
                    "response_format", "these models write text as they were trained to; leave response_format out");
        }
    }

    /** Writes about a picture as a whole, with those of other requests. */
    private interface Whole {
        Written write(PictureInput picture);
    }

    /** Writes about a picture in pieces, alone. */
    private interface Streaming {
        Written write(PictureInput picture, Consumer<String> pieces);
    }

    private record Writing(Preprocessing preprocessing, Whole whole, Streaming stream) {}

    private static Writing writing(ServedModel model, ChatTask task, ChatRequest request, Deadline deadline) {
        return switch (task) {
            case ChatTask.Caption caption -> caption(model, request, deadline);
            case ChatTask.Answer answer -> answer(model, answer.question(), request, deadline);
            case ChatTask.Florence florence -> florence(model, florence, request, deadline);
        };
    }

    private static Writing caption(ServedModel model, ChatRequest request, Deadline deadline) {
        BlipCaptioner blip = model.captioner(deadline);
        GenerationOptions options = options(blip.defaults(), blip.mostNewTokens(), request);
        return blip(
                blip,
                0,
                options,
                picture -> model.computeOne(ModelOperations.caption(blip, options), picture, deadline),
                (picture, listener) -> alone(
                        model,
                        "caption",
                        () -> blip.captionAll(List.of(picture), new int[1], options, listener)
                                .getFirst(),
                        deadline));
    }

    private static Writing answer(ServedModel model, String question, ChatRequest request, Deadline deadline) {
        BlipAnswerer blip = model.answerer(deadline);
        GenerationOptions options = options(blip.defaults(), blip.mostNewTokens(), request);
        return blip(
                blip,
                blip.encode(question).length,
                options,
                picture -> model.computeOne(
                        ModelOperations.answer(blip, options), new PictureQuestion(picture, question), deadline),
                (picture, listener) -> alone(
                        model,
                        "answer",
                        () -> blip.answerAll(picture, List.of(question), options, listener)
                                .getFirst(),
                        deadline));
    }

    private static Writing blip(
            Blip blip,
            int promptTokens,
            GenerationOptions options,
            Function<PictureInput, GeneratedText> together,
            BiFunction<PictureInput, GenerationListener, GeneratedText> alone) {
        return new Writing(
                blip.preprocessing(),
                picture -> Written.of(promptTokens, together.apply(picture), options),
                (picture, pieces) -> {
                    TextStream stream = new TextStream(blip::text, pieces);
                    GeneratedText written = alone.apply(picture, stream);
                    stream.end(written.text());
                    return Written.of(promptTokens, written, options);
                });
    }

    private static Writing florence(ServedModel model, ChatTask.Florence task, ChatRequest request, Deadline deadline) {
        Florence2 florence = model.florence(deadline);
        GenerationOptions options = options(florence.defaults(), florence.mostNewTokens(), request);
        int tokens = florence.encode(task.prompt().sentence()).length;
        boolean isText = task.prompt().task().output() == FlorenceTask.Output.TEXT;
        return new Writing(
                florence.preprocessing(),
                picture -> written(
                        model.computeOne(ModelOperations.run(florence, task.prompt(), options), picture, deadline),
                        tokens,
                        options),
                (picture, pieces) -> {
                    TextStream stream = new TextStream(florence::text, pieces);
                    GenerationListener listener = isText ? stream : GenerationListener.NONE;
                    FlorenceAnswer answer = alone(
                            model,
                            "florence",
                            () -> florence.runAll(List.of(picture), new int[1], task.prompt(), options, listener)
                                    .getFirst(),
                            deadline);
                    Written written = written(answer, tokens, options);
                    stream.end(written.text());
                    return written;
                });
    }

    private static Written written(FlorenceAnswer answer, int promptTokens, GenerationOptions options) {
        boolean isText = answer.task().output() == FlorenceTask.Output.TEXT;
        String text = isText
                ? answer.result().text()
                : new String(RecordJson.write(Found.FoundPlaces.of(answer.result())), StandardCharsets.UTF_8);
        return Written.of(promptTokens, new GeneratedText(text, answer.generation()), options);
    }

    /** Computes something alone on the thread of a model that writes. */
    private static <O> O alone(ServedModel model, String name, Supplier<O> work, Deadline deadline) {
        Operation<Boolean, O> operation = Operation.alone(name, Lane.WRITING, input -> work.get());
        return model.computeOne(operation, true, deadline);
    }

    /** Reads the options of a request; more tokens than the model can write are as many as it can. */
    private static GenerationOptions options(GenerationOptions defaults, int limit, ChatRequest request) {
        return defaults.with(change -> {
            Integer most = request.maxCompletionTokens() == null ? request.maxTokens() : request.maxCompletionTokens();
            if (most != null) {
                change.maxNewTokens(Math.min(most, limit));
            }
            boolean hot = request.temperature() == null ? request.topP() != null : request.temperature() > 0;
            if (hot) {
                change.sample(true).beams(1);
                if (request.temperature() != null) {
                    change.temperature(request.temperature());
                }
                if (request.topP() != null && request.topP() > 0) {
                    change.topP(request.topP());
                }
                change.seed(request.seed() == null ? defaults.seed() : request.seed());
            }
        });
    }
}
