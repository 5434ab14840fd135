package dev.fovea.models.check;

import dev.fovea.tensor.FoveaException;

/**
 * Reports that a property of the generation options has a value that is not allowed, or that this model or this
 * machine cannot support.
 */
public final class OptionException extends FoveaException {

    /** Makes the exception with a line that names the property. */
    public OptionException(String message) {
        super(message);
    }
}
