package dev.fovea.evaluation.data;

import java.nio.file.Path;
import java.util.Objects;

/**
 * Names a picture, what a model such as Florence-2 is asked about it, and the text that it is to write.
 *
 * @param image the picture's file
 * @param prompt the task with its input, such as {@code <OD>} or {@code <REFERRING_EXPRESSION_SEGMENTATION>the dog}
 * @param output the text, with places as the model writes them: {@code dog<loc_52><loc_334><loc_932><loc_774>}
 */
public record InstructedImage(Path image, String prompt, String output) {

    /** Checks that nothing is null. */
    public InstructedImage {
        Objects.requireNonNull(image, "image is null");
        Objects.requireNonNull(prompt, "prompt is null");
        Objects.requireNonNull(output, "output is null");
    }
}
