package dev.fovea.models;

import dev.fovea.models.check.Arguments;
import dev.fovea.models.generation.GeneratedText;
import dev.fovea.models.generation.GenerationListener;
import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.models.generation.TextStream;
import dev.fovea.models.image.PictureInput;
import java.util.List;
import java.util.function.Consumer;

/** Answers questions about pictures in words. Safe to use from many threads. */
public interface VisualQuestionAnswerer {

    /**
     * Returns the options that answers are generated with unless others are given: those of the checkpoint's own
     * configuration.
     */
    GenerationOptions defaults();

    /**
     * Answers several questions about one picture, which is encoded once.
     *
     * @param listener is told of every token, with the index of the question; {@link GenerationListener#NONE} for
     *     nobody
     * @return for each question what was written, in the order given
     */
    List<GeneratedText> answerAll(
            PictureInput picture, List<String> questions, GenerationOptions options, GenerationListener listener);

    /** Decodes token ids of an answer, without special tokens. */
    String text(int[] tokens);

    /** Answers several questions about one picture, in the order given. The picture is encoded once. */
    default List<GeneratedText> answerAll(PictureInput picture, List<String> questions) {
        return answerAll(picture, questions, defaults(), GenerationListener.NONE);
    }

    /** Answers a question about a picture. */
    default String answer(PictureInput picture, String question) {
        return answerAll(picture, List.of(Arguments.present(question, "question")))
                .getFirst()
                .text();
    }

    /**
     * Answers a question about a picture and passes the text to a consumer while it is generated.
     *
     * @param pieces receives the text, piece after piece, by the calling thread; see {@link TextStream}
     * @return all of it
     */
    default String answer(PictureInput picture, String question, Consumer<String> pieces) {
        TextStream stream = new TextStream(this::text, pieces);
        String all = answerAll(picture, List.of(Arguments.present(question, "question")), defaults(), stream)
                .getFirst()
                .text();
        stream.end(all);
        return all;
    }
}
