package dev.fovea.langchain4j;

import dev.fovea.models.Models;
import dev.fovea.models.blip.BlipAnswerer;
import dev.fovea.models.blip.BlipCaptioner;
import dev.fovea.models.chat.ChatTask;
import dev.fovea.models.florence.Florence2;
import dev.fovea.models.florence.FlorenceAnswer;
import dev.fovea.models.florence.FlorencePrompt;
import dev.fovea.models.florence.FlorenceTask;
import dev.fovea.models.generation.GeneratedText;
import dev.fovea.models.generation.Generation;
import dev.fovea.models.generation.GenerationListener;
import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.models.image.PictureInput;
import dev.fovea.models.kind.ModelKind;
import dev.fovea.tensor.FoveaException;
import dev.langchain4j.data.image.Image;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.internal.ChatRequestValidationUtils;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * A BLIP or a Florence-2 as a {@link ChatModel}: captions, answers to questions, the text in a picture and the objects
 * in it, computed in this JVM.
 *
 * <pre>{@code
 * try (FoveaChatModel model = FoveaChatModel.builder().model("Salesforce/blip-vqa-base").build()) {
 *     UserMessage question = UserMessage.from(
 *             TextContent.from("how many dogs are there?"), ImageContent.from(Path.of("dogs.jpg"), "image/jpeg"));
 *     String answer = model.chat(question).aiMessage().text();
 * }
 * }</pre>
 *
 * <p>These models do tasks and hold no conversation: what counts is the last picture and the text of the last message
 * of the user. Objects come as lines, {@code label x1 y1 x2 y2} in pixels. Safe to use from many threads.
 */
public final class FoveaChatModel implements ChatModel, AutoCloseable {

    private final String name;
    private final ChatRequestParameters defaults;
    private final List<ChatModelListener> listeners;
    /** Each null where the model has none. */
    private final BlipCaptioner captioner;

    private final BlipAnswerer answerer;
    private final Florence2 florence;

    private FoveaChatModel(Builder builder) {
        name = builder.model;
        defaults = ChatRequestParameters.builder().modelName(name).build().overrideWith(builder.parameters);
        listeners = builder.listeners;
        requireSupported(defaults);
        Path folder = Models.folder(builder.model, builder.options);
        Path captions = Models.part(folder, "captioner");
        Path answers = Models.part(folder, "answerer");
        boolean isFlorence = ModelKind.of(folder).isFlorence();
        boolean isCaptioner = ModelKind.of(captions).isCaptioner();
        boolean isAnswerer = ModelKind.of(answers).isAnswerer();
        if (!isFlorence && !isCaptioner && !isAnswerer) {
            throw new FoveaException(name + " is " + ModelKind.of(folder).label()
                    + ", which does not write; expected a BLIP for captions or questions, or a Florence-2");
        }
        florence = isFlorence ? Florence2.load(folder, builder.options) : null;
        captioner = isCaptioner ? BlipCaptioner.load(captions, builder.options) : null;
        try {
            answerer = isAnswerer ? BlipAnswerer.load(answers, builder.options) : null;
        } catch (RuntimeException broken) {
            if (captioner != null) {
                captioner.close();
            }
            throw broken;
        }
    }

    /** Begins to build one. Without further calls it is the small model that comes with {@code fovea-blip-mini}. */
    public static Builder builder() {
        return new Builder();
    }

    /** Collects what a model is made of. */
    public static final class Builder extends NamedModelBuilder<ChatModelListener, Builder> {
        private ChatRequestParameters parameters =
                ChatRequestParameters.builder().build();

        private Builder() {
            super("blip-mini");
        }

        @Override
        Builder self() {
            return this;
        }

        /** Sets the parameters of requests that do not say otherwise. */
        public Builder defaultRequestParameters(ChatRequestParameters parameters) {
            this.parameters = Objects.requireNonNull(parameters, "parameters is null");
            return this;
        }

        /**
         * Loads the model.
         *
         * @throws FoveaException if there is no such model, or it is of another kind or broken; the message says what
         *     to do
         * @throws UnsupportedFeatureException if the parameters ask for what these models do not do
         */
        public FoveaChatModel build() {
            return new FoveaChatModel(this);
        }
    }

    /**
     * Writes about the last picture of a request what the last message of the user asks for.
     *
     * @throws InvalidRequestException if there is no picture, it cannot be decoded, or the model does nothing that the
     *     text asks for
     * @throws UnsupportedFeatureException if a message has several pictures, one is to be fetched, or parameters ask
     *     for what these models do not do
     */
    @Override
    public ChatResponse doChat(ChatRequest request) {
        ChatRequestParameters parameters =
                Objects.requireNonNull(request, "request is null").parameters();
        requireSupported(parameters);
        Image image = null;
        String text = "";
        for (ChatMessage message : request.messages()) {
            if (message instanceof UserMessage user) {
                List<ImageContent> images = parts(user, ImageContent.class);
                if (images.size() > 1) {
                    throw new UnsupportedFeatureException("a message has " + images.size()
                            + " pictures, and these models look at one; send a request for each");
                }
                image = images.isEmpty() ? image : images.getFirst().image();
                text = parts(user, TextContent.class).stream()
                        .map(TextContent::text)
                        .collect(Collectors.joining("\n"))
                        .strip();
            }
        }
        if (image == null) {
            throw new InvalidRequestException(
                    "there is no picture in the messages, and these models only speak about one; add an ImageContent");
        }
        return answer(task(text), image, parameters);
    }

    /** Returns the parts of a kind; one of another kind than text or picture is refused. */
    private static <T extends Content> List<T> parts(UserMessage message, Class<T> kind) {
        for (Content content : message.contents()) {
            if (!(content instanceof TextContent) && !(content instanceof ImageContent)) {
                throw new UnsupportedFeatureException(
                        "these models read text and pictures, found " + content.type() + "; leave it out");
            }
        }
        return message.contents().stream()
                .filter(kind::isInstance)
                .map(kind::cast)
                .toList();
    }

    private void requireSupported(ChatRequestParameters parameters) {
        ChatRequestValidationUtils.validate(parameters.toolChoice());
        ChatRequestValidationUtils.validate(parameters.toolSpecifications());
        ChatRequestValidationUtils.validate(parameters.responseFormat());
        if (parameters.modelName() != null && !parameters.modelName().equals(name)) {
            throw new UnsupportedFeatureException("the modelName " + parameters.modelName()
                    + " is not supported, this model is " + name + "; leave modelName out");
        }
        if (parameters.stopSequences() != null && !parameters.stopSequences().isEmpty()) {
            throw new UnsupportedFeatureException("stopSequences are not supported; leave them out");
        }
        if (parameters.frequencyPenalty() != null || parameters.presencePenalty() != null) {
            throw new UnsupportedFeatureException(
                    "frequencyPenalty and presencePenalty are not supported; leave them out");
        }
    }

    private ChatTask task(String text) {
        try {
            return florence != null
                    ? ChatTask.ofFlorence(name, text)
                    : ChatTask.ofBlip(name, captioner != null, answerer != null, text);
        } catch (FoveaException nothingOfThat) {
            throw new InvalidRequestException(nothingOfThat.getMessage(), nothingOfThat);
        }
    }

    private ChatResponse answer(ChatTask task, Image image, ChatRequestParameters parameters) {
        return switch (task) {
            case ChatTask.Caption caption -> caption(image, parameters);
            case ChatTask.Answer answer -> answer(image, answer.question(), parameters);
            case ChatTask.Florence florenceTask -> florence(image, florenceTask.prompt(), parameters);
        };
    }

    private ChatResponse caption(Image image, ChatRequestParameters parameters) {
        PictureInput picture = PictureContent.prepared(image, captioner.preprocessing());
        GenerationOptions options = options(captioner.defaults(), captioner.mostNewTokens(), parameters);
        GeneratedText written = captioner
                .captionAll(List.of(picture), new int[1], options, GenerationListener.NONE)
                .getFirst();
        return response(written.text(), written.generation(), 0, options);
    }

    private ChatResponse answer(Image image, String question, ChatRequestParameters parameters) {
        PictureInput picture = PictureContent.prepared(image, answerer.preprocessing());
        GenerationOptions options = options(answerer.defaults(), answerer.mostNewTokens(), parameters);
        GeneratedText written = answerer.answerAll(picture, List.of(question), options, GenerationListener.NONE)
                .getFirst();
        return response(written.text(), written.generation(), answerer.encode(question).length, options);
    }

    private ChatResponse florence(Image image, FlorencePrompt prompt, ChatRequestParameters parameters) {
        PictureInput picture = PictureContent.prepared(image, florence.preprocessing());
        GenerationOptions options = options(florence.defaults(), florence.mostNewTokens(), parameters);
        FlorenceAnswer answer = florence.runAll(List.of(picture), new int[1], prompt, options, GenerationListener.NONE)
                .getFirst();
        boolean isText = prompt.task().output() == FlorenceTask.Output.TEXT;
        String text = isText ? answer.result().text() : places(answer);
        return response(text, answer.generation(), florence.encode(prompt.sentence()).length, options);
    }

    /** Writes what has places in the picture, a line each. */
    private static String places(FlorenceAnswer answer) {
        StringBuilder lines = new StringBuilder();
        answer.result()
                .boxes()
                .forEach(box -> lines.append(box.label())
                        .append(' ')
                        .append(box.x1())
                        .append(' ')
                        .append(box.y1())
                        .append(' ')
                        .append(box.x2())
                        .append(' ')
                        .append(box.y2())
                        .append('\n'));
        answer.result()
                .quads()
                .forEach(line -> lines.append(line.label())
                        .append(' ')
                        .append(numbers(line.corners()))
                        .append('\n'));
        answer.result()
                .polygons()
                .forEach(outline -> outline.polygons()
                        .forEach(polygon -> lines.append(outline.label())
                                .append(' ')
                                .append(numbers(polygon))
                                .append('\n')));
        return lines.toString().strip();
    }

    private static String numbers(List<Integer> numbers) {
        return numbers.stream().map(String::valueOf).collect(Collectors.joining(" "));
    }

    /** Reads the options of a request; more tokens than the model can write are as many as it can. */
    private static GenerationOptions options(GenerationOptions defaults, int limit, ChatRequestParameters parameters) {
        return defaults.with(change -> {
            if (parameters.maxOutputTokens() != null) {
                change.maxNewTokens(Math.min(parameters.maxOutputTokens(), limit));
            }
            boolean hot = parameters.temperature() == null
                    ? parameters.topP() != null || parameters.topK() != null
                    : parameters.temperature() > 0;
            if (hot) {
                change.sample(true).beams(1);
                if (parameters.temperature() != null) {
                    change.temperature(parameters.temperature());
                }
                if (parameters.topP() != null && parameters.topP() > 0) {
                    change.topP(parameters.topP());
                }
                if (parameters.topK() != null) {
                    change.topK(parameters.topK());
                }
            }
        });
    }

    private ChatResponse response(String text, Generation written, int prompt, GenerationOptions options) {
        int tokens = written.best().tokens().length - 1; // all but the decoder's start token
        boolean atLimit = options.maxNewTokens().isPresent()
                && tokens >= options.maxNewTokens().getAsInt();
        return ChatResponse.builder()
                .aiMessage(AiMessage.from(text))
                .id(UUID.randomUUID().toString())
                .modelName(name)
                .tokenUsage(new TokenUsage(prompt, tokens))
                .finishReason(atLimit ? FinishReason.LENGTH : FinishReason.STOP)
                .build();
    }

    @Override
    public ChatRequestParameters defaultRequestParameters() {
        return defaults;
    }

    @Override
    public List<ChatModelListener> listeners() {
        return listeners;
    }

    /** Frees the model. */
    @Override
    public void close() {
        if (florence != null) {
            florence.close();
        }
        if (captioner != null) {
            captioner.close();
        }
        if (answerer != null) {
            answerer.close();
        }
    }
}
