package dev.fovea.models.generation;

import dev.fovea.tensor.FoveaException;

/**
 * Says that a property of {@link GenerationOptions} has a value that it cannot have, or that this model or this machine
 * cannot do.
 */
public final class OptionException extends FoveaException {

    /** Makes the exception with a line that names the property. */
    public OptionException(String message) {
        super(message);
    }
}
