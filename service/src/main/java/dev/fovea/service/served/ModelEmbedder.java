package dev.fovea.service.served;

import dev.fovea.models.ImageEmbedder;
import dev.fovea.models.TextEmbedder;
import dev.fovea.models.image.Preprocessing;
import java.util.function.Supplier;

/**
 * What embeds in a served model: its CLIP, or its BLIP for matching.
 *
 * @param preprocessing what the model reads of a picture
 * @param tokens counts the tokens of a text
 */
public record ModelEmbedder(
        ImageEmbedder images, TextEmbedder texts, Supplier<Preprocessing> preprocessing, TokenCount tokens) {

    /** Counts the tokens of a text as the model reads it. */
    @FunctionalInterface
    public interface TokenCount {
        int of(String text);
    }
}
