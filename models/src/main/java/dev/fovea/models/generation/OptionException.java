package dev.fovea.models.generation;

import dev.fovea.tensor.FoveaException;

/**
 * Reports that a property of {@link GenerationOptions} has a value that is not allowed, or that this model or this
 * machine cannot support.
 */
public final class OptionException extends FoveaException {

    /** Makes the exception with a line that names the property. */
    public OptionException(String message) {
        super(message);
    }
}
