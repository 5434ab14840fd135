package dev.fovea.models.check;

import dev.fovea.tensor.ModelException;

/**
 * Reports that a model's answer would have been NaN or infinite. The message names the answer and what is known about
 * the cause: the tensor of the checkpoint that holds such numbers, or the module of the model where one first appeared.
 */
public final class NotFiniteException extends ModelException {

    private final String answer;

    /**
     * Makes the exception where a wrong answer is noticed; {@code ModelFiles.compute} looks for the cause.
     *
     * @param answer the name of what is not finite, such as {@code the embedding of a picture}
     */
    public NotFiniteException(String answer) {
        this(answer, "the cause is not known", null);
    }

    /**
     * Makes the exception that names the cause.
     *
     * @param noticed where the wrong answer was noticed
     */
    public NotFiniteException(String answer, String cause, NotFiniteException noticed) {
        super(answer + " would be NaN or infinite: " + cause, noticed);
        this.answer = answer;
    }

    /** Returns the name of the answer that is not finite. */
    public String answer() {
        return answer;
    }
}
