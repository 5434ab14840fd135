package dev.fovea.training;

import dev.fovea.models.image.PictureInput;
import java.util.List;
import java.util.Objects;

/**
 * Holds pictures with a text about each.
 *
 * @param pictures the pictures
 * @param captions a text for each
 */
public record CaptionedPictures(List<? extends PictureInput> pictures, List<String> captions) {

    /**
     * Checks that there is a text for each picture.
     *
     * @throws IllegalArgumentException if there are none, or more or fewer texts than pictures
     */
    public CaptionedPictures {
        pictures = List.copyOf(Objects.requireNonNull(pictures, "pictures is null"));
        captions = List.copyOf(Objects.requireNonNull(captions, "captions is null"));
        if (pictures.isEmpty() || pictures.size() != captions.size()) {
            throw new IllegalArgumentException(pictures.size() + " pictures and " + captions.size()
                    + " captions; expected one for each, at least one");
        }
    }

    /** Returns the number of pictures. */
    public int size() {
        return captions.size();
    }
}
