package dev.fovea.service.served;

import dev.fovea.models.LabelScore;
import dev.fovea.models.Match;
import dev.fovea.models.blip.BlipAnswerer;
import dev.fovea.models.blip.BlipCaptioner;
import dev.fovea.models.blip.BlipMatcher;
import dev.fovea.models.classification.ImageClassifier;
import dev.fovea.models.florence.Florence2;
import dev.fovea.models.florence.FlorenceAnswer;
import dev.fovea.models.florence.FlorencePrompt;
import dev.fovea.models.generation.GeneratedText;
import dev.fovea.models.generation.GenerationListener;
import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.models.image.PictureInput;
import dev.fovea.models.image.Pixels;
import dev.fovea.service.compute.Lane;
import dev.fovea.service.compute.Operation;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** What models do for requests: in which lane it waits, how much of it is computed at once, and by which method. */
public final class ModelOperations {

    private static final int PICTURES_AT_ONCE = 16;
    private static final int TEXTS_AT_ONCE = 64;
    private static final int GENERATED_AT_ONCE = 8;

    private ModelOperations() {}

    /** Embeds texts as vectors of unit length. */
    public static Operation<String, float[]> embedTexts(ModelEmbedder embedder) {
        return new Operation<>("embed-texts", Lane.TEXTS, "", TEXTS_AT_ONCE, embedder.texts()::embedTexts);
    }

    /** Embeds pictures as vectors of unit length. */
    public static Operation<PictureInput, float[]> embedPictures(ModelEmbedder embedder) {
        return new Operation<>("embed-pictures", Lane.PICTURES, "", PICTURES_AT_ONCE, embedder.images()::embedAll);
    }

    /** Scores a classifier's own classes for a picture, the best first. */
    public static Operation<PictureInput, List<LabelScore>> classify(ImageClassifier classifier) {
        return new Operation<>("classify", Lane.PICTURES, "", PICTURES_AT_ONCE, classifier::classifyAll);
    }

    /** Writes a caption. */
    public static Operation<PictureInput, GeneratedText> caption(BlipCaptioner blip, GenerationOptions options) {
        return writing(
                "caption",
                options,
                pictures -> blip.captionAll(pictures, new int[pictures.size()], options, GenerationListener.NONE));
    }

    /** A question about a picture. */
    public record PictureQuestion(PictureInput picture, String text) {}

    /** Answers a question. */
    public static Operation<PictureQuestion, GeneratedText> answer(BlipAnswerer blip, GenerationOptions options) {
        return writing("answer", options, questions -> answerAll(blip, questions, options));
    }

    private static List<GeneratedText> answerAll(
            BlipAnswerer blip, List<PictureQuestion> questions, GenerationOptions options) {
        List<PictureInput> pictures = new ArrayList<>();
        List<int[]> ids = new ArrayList<>();
        int[] one = new int[questions.size()];
        for (int i = 0; i < one.length; i++) {
            one[i] = 1;
            pictures.add(questions.get(i).picture());
            ids.add(blip.encode(questions.get(i).text()));
        }
        return blip
                .generate(Pixels.of(blip.preprocessing(), pictures), one, ids, options, GenerationListener.NONE)
                .stream()
                .map(written -> new GeneratedText(blip.text(written.best().tokens()), written))
                .toList();
    }

    /** Runs a task of Florence-2. */
    public static Operation<PictureInput, FlorenceAnswer> run(
            Florence2 florence, FlorencePrompt prompt, GenerationOptions options) {
        return writing(
                "florence-" + prompt.task().name().toLowerCase(Locale.ROOT),
                List.of(prompt, options),
                pictures ->
                        florence.runAll(pictures, new int[pictures.size()], prompt, options, GenerationListener.NONE));
    }

    /**
     * Makes an operation that writes texts.
     *
     * @param key what must be equal for two requests to be computed together
     */
    private static <I, O> Operation<I, O> writing(String name, Object key, Function<List<I>, List<O>> work) {
        return new Operation<>(name, Lane.WRITING, key, GENERATED_AT_ONCE, work);
    }

    /** Scores how well texts fit a picture, in the order of the texts. */
    public static Operation<PictureInput, List<Match>> match(BlipMatcher blip, List<String> texts) {
        return Operation.alone("match", Lane.PICTURES, picture -> blip.matchAll(picture, texts));
    }
}
