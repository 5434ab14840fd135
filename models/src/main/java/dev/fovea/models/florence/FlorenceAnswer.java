package dev.fovea.models.florence;

import dev.fovea.models.check.Arguments;
import dev.fovea.models.generation.Generation;
import java.util.List;

/**
 * The answer of Florence-2 about one picture.
 *
 * @param task the task that was run
 * @param text the generated text with special tokens kept
 * @param generation the generated ids and their scores
 * @param result the meaning of the text, in pixels of the picture
 */
public record FlorenceAnswer(FlorenceTask task, String text, Generation generation, FlorenceResult result) {

    /** Checks that nothing is missing. */
    public FlorenceAnswer {
        Arguments.present(task, "task");
        Arguments.present(text, "text");
        Arguments.present(generation, "generation");
        Arguments.present(result, "result");
    }

    /**
     * Returns for each box of the result its location tokens, as the model wrote them: the text of a task that needs a
     * region, where {@link FlorenceTask#isRegion} says so. A model that spells locations out letter by letter may write
     * some that its vocabulary does not have.
     */
    public List<String> regions() {
        LocationGrid anySize = new LocationGrid(1, 1); // only positions in the text are read
        return FlorenceParser.parse(task, text, anySize, TokenScores.NONE).boxes().stream()
                .map(Located::locations)
                .map(tokens -> text.substring(tokens.from(), tokens.to()))
                .toList();
    }
}
