package dev.fovea.training;

import dev.fovea.models.image.PictureInput;
import dev.fovea.models.image.Preprocessing;
import java.util.Collections;
import java.util.List;
import java.util.Objects;

/**
 * Holds pictures, what is asked about each, and the text that a model is to write. Where there are several texts about
 * a picture, the same object stands in the list several times, and is looked at once.
 *
 * <p>What the prompt is depends on the model: the beginning of a caption that is given, often empty (BLIP), a question
 * (BLIP that answers), or a task with its input, such as {@code <OD>} or {@code <CAPTION>} (Florence-2), whose texts
 * hold places as the model writes them: {@code car<loc_52><loc_334><loc_932><loc_774>}.
 *
 * @param pictures the pictures
 * @param prompts what is asked about each
 * @param texts what is to be written about each
 */
public record TextExamples(List<? extends PictureInput> pictures, List<String> prompts, List<String> texts) {

    /** No examples. */
    public static final TextExamples NONE = new TextExamples(List.of(), List.of(), List.of());

    /**
     * Checks that there is a prompt and a text for each picture.
     *
     * @throws IllegalArgumentException if there are more or fewer of one than of another
     */
    public TextExamples {
        pictures = List.copyOf(Objects.requireNonNull(pictures, "pictures is null"));
        prompts = List.copyOf(Objects.requireNonNull(prompts, "prompts is null"));
        texts = List.copyOf(Objects.requireNonNull(texts, "texts is null"));
        if (pictures.size() != texts.size() || prompts.size() != texts.size()) {
            throw new IllegalArgumentException(pictures.size() + " pictures, " + prompts.size() + " prompts and "
                    + texts.size() + " texts; expected one of each for every example");
        }
    }

    /**
     * Makes examples of captions, whose prompts are empty.
     *
     * @throws IllegalArgumentException if there are more or fewer captions than pictures
     */
    public static TextExamples captions(List<? extends PictureInput> pictures, List<String> captions) {
        return new TextExamples(
                pictures,
                Collections.nCopies(
                        Objects.requireNonNull(captions, "captions is null").size(), ""),
                captions);
    }

    /** Returns the number of examples. */
    public int size() {
        return texts.size();
    }

    /**
     * Returns what must be equal for a training on these examples to go on.
     *
     * @param preprocessing what a model reads of pictures
     */
    String identity(Preprocessing preprocessing) {
        return PictureHash.of(pictures, preprocessing) + " " + Objects.hash(prompts, texts);
    }
}
