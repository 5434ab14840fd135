package dev.fovea.training;

import dev.fovea.models.image.PictureInput;
import dev.fovea.models.image.Preprocessing;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Holds pictures whose classes are known, for methods that train inside the towers and look at them again in each
 * epoch. {@code clip.preprocessing()::prepare} makes small ones of files.
 *
 * @param pictures the pictures
 * @param classes the index of each one's class in the list of labels
 */
public record LabelledPictures(List<? extends PictureInput> pictures, int[] classes) {

    /** No pictures. */
    public static final LabelledPictures NONE = new LabelledPictures(List.of(), new int[0]);

    /**
     * Checks that there is a class for each picture.
     *
     * @throws IllegalArgumentException if there are more or fewer classes than pictures, or one is negative
     */
    public LabelledPictures {
        pictures = List.copyOf(Objects.requireNonNull(pictures, "pictures is null"));
        classes = Objects.requireNonNull(classes, "classes is null").clone();
        if (pictures.size() != classes.length) {
            throw new IllegalArgumentException(
                    pictures.size() + " pictures and " + classes.length + " classes; expected one for each");
        }
        for (int index : classes) {
            if (index < 0) {
                throw new IllegalArgumentException("class " + index + "; expected the index of a label");
            }
        }
    }

    /** Returns a copy of the index of each one's class. */
    @Override
    public int[] classes() {
        return classes.clone();
    }

    /** Returns the number of pictures. */
    public int size() {
        return classes.length;
    }

    /**
     * Returns what must be equal for a training on these pictures to go on.
     *
     * @param preprocessing what a model reads of pictures
     */
    String identity(Preprocessing preprocessing) {
        return PictureHash.of(pictures, preprocessing) + " " + Arrays.hashCode(classes);
    }
}
