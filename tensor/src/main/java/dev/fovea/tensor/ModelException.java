package dev.fovea.tensor;

/**
 * Says that a checkpoint cannot be loaded or used: a file that is missing or broken, another kind of model than was
 * asked for, weights that make no finite answer. A service that loads its models itself answers it with "internal
 * error".
 */
public class ModelException extends FoveaException {

    /** Makes an exception with its one-line message. */
    public ModelException(String message) {
        super(message);
    }

    /** Makes an exception that keeps what it was caused by. */
    public ModelException(String message, Throwable cause) {
        super(message, cause);
    }
}
