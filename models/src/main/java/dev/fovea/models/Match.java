package dev.fovea.models;

import dev.fovea.models.check.Arguments;

/**
 * The scores of how well a text fits a picture.
 *
 * @param text the text
 * @param probability that they belong together, by the head that attends to the picture while reading the text
 *     (image-text matching)
 * @param cosine of the angle between their embeddings, which were made separately (image-text contrast)
 */
public record Match(String text, float probability, float cosine) {

    /** Checks that the text is there. */
    public Match {
        Arguments.present(text, "text");
    }
}
