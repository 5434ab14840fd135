package dev.fovea.benchmarks;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.blip.BlipAnswerer;
import dev.fovea.models.blip.BlipCaptioner;
import dev.fovea.models.florence.Florence2;
import dev.fovea.models.florence.FlorenceAnswer;
import dev.fovea.models.florence.FlorencePrompt;
import dev.fovea.models.florence.FlorenceTask;
import dev.fovea.models.generation.GeneratedText;
import dev.fovea.models.generation.GenerationListener;
import dev.fovea.models.image.Picture;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * Holds an open model that writes about pictures.
 *
 * @param model to close
 * @param answers the answers to some questions about one picture, in their order
 */
record Answerer(AutoCloseable model, BiFunction<Picture, List<Question>, List<Answer>> answers)
        implements AutoCloseable {

    /**
     * Holds what a model wrote.
     *
     * @param tokens generated
     * @param raw the text with the special tokens that it has
     * @param text without the tokens that begin and end it
     */
    record Answer(int[] tokens, String raw, String text) {}

    static Answerer captioner(Path folder, LoadOptions options) {
        BlipCaptioner blip = BlipCaptioner.load(folder, options);
        return new Answerer(
                blip,
                (picture, questions) -> blip.captionAll(List.of(picture), blip.defaults()).stream()
                        .map(Answerer::answer)
                        .toList());
    }

    static Answerer blip(Path folder, LoadOptions options) {
        BlipAnswerer blip = BlipAnswerer.load(folder, options);
        return new Answerer(blip, (picture, questions) -> {
            List<String> texts = questions.stream().map(Question::text).toList();
            return blip.answerAll(picture, texts, blip.defaults(), GenerationListener.NONE).stream()
                    .map(Answerer::answer)
                    .toList();
        });
    }

    static Answerer florence(Path folder, LoadOptions options) {
        Florence2 florence = Florence2.load(folder, options);
        return new Answerer(florence, (picture, questions) -> {
            var seen = List.of(florence.see(picture));
            return questions.stream()
                    .map(question -> {
                        FlorenceTask task = FlorenceTask.of(question.kind());
                        FlorencePrompt prompt = new FlorencePrompt(task, Optional.ofNullable(question.text()));
                        FlorenceAnswer answer = florence.answerAll(
                                        seen, new int[1], List.of(prompt), florence.defaults(), GenerationListener.NONE)
                                .getFirst();
                        return new Answer(
                                answer.generation().best().tokens(),
                                answer.text().replace("<pad>", ""),
                                answer.text().replaceAll("</?s>|<pad>", ""));
                    })
                    .toList();
        });
    }

    private static Answer answer(GeneratedText written) {
        return new Answer(written.tokens(), written.text(), written.text());
    }

    @Override
    public void close() {
        try {
            model.close();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
