package dev.fovea.models.florence;

import dev.fovea.models.check.Arguments;
import java.util.Optional;

/**
 * A task of Florence-2 with what it needs besides the picture.
 *
 * @param task what to do
 * @param text the words or the region that the task needs; empty for a task that needs none
 */
public record FlorencePrompt(FlorenceTask task, Optional<String> text) {

    /**
     * Checks that the text is one that the task takes.
     *
     * @throws dev.fovea.tensor.FoveaException if it is missing, not wanted, holds a task token, or is not the region
     *     that the task needs
     */
    public FlorencePrompt {
        Arguments.present(task, "task").prompt(Arguments.present(text, "text").orElse(null));
    }

    /** Makes the prompt of a task that needs nothing besides the picture. */
    public static FlorencePrompt of(FlorenceTask task) {
        return new FlorencePrompt(task, Optional.empty());
    }

    /** Makes the prompt of a task that needs words, or a region as {@link LocationGrid#region} writes it. */
    public static FlorencePrompt of(FlorenceTask task, String text) {
        return new FlorencePrompt(task, Optional.of(Arguments.present(text, "text")));
    }

    /** Returns the sentence that the encoder reads, without start and end token. */
    public String sentence() {
        return task.prompt(text.orElse(null));
    }
}
