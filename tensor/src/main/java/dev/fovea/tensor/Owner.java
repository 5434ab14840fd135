package dev.fovea.tensor;

import java.util.List;

/**
 * Identifies the backend that a tensor or weight belongs to. Kernels trust the memory behind an operand, so an
 * operation takes only operands that its own backend made and that are still alive: another backend's weights may have
 * another layout, and another device's buffers mean nothing here.
 */
public final class Owner {

    private final String name;
    private volatile boolean closed;

    /**
     * Creates the owner of an open backend.
     *
     * @param name what error messages call it
     */
    public Owner(String name) {
        this.name = name;
    }

    /** Refuses every operation from now on. */
    public void close() {
        closed = true;
    }

    /**
     * Checks that the backend is open and every operand its own.
     *
     * @param operation names the operation in the message
     * @param operands tensors, weights, norms, fusions, lists of tensors; of anything else only that it is not null
     * @throws IllegalArgumentException if an operand is null or belongs to another backend
     * @throws IllegalStateException if the backend is closed or the scope of a tensor has ended
     */
    public void accept(String operation, Object... operands) {
        requireOpen(operation);
        for (Object operand : operands) {
            if (operand instanceof Tensor tensor) {
                accept(operation, tensor);
            } else if (operand instanceof Weight weight) {
                requireOwn(operation, weight.owner(), "weight " + weight.name());
            } else if (operand instanceof Fusion fusion) {
                accept(operation, fusion);
            } else if (operand instanceof LayerNorm norm) {
                accept(operation, norm);
            } else if (operand instanceof List<?> list) {
                accept(operation, list.toArray());
            } else if (operand == null) {
                throw new IllegalArgumentException(operation + ": an operand is null");
            }
        }
    }

    private void accept(String operation, Tensor tensor) {
        requireOwn(operation, tensor.storage().owner(), tensor);
        tensor.requireAlive(operation);
    }

    private void accept(String operation, LayerNorm norm) {
        accept(operation, norm.gamma());
        accept(operation, norm.beta());
    }

    private void accept(String operation, Fusion fusion) {
        if (fusion.norm() != null) {
            accept(operation, fusion.norm());
        }
        if (fusion.residual() != null) {
            accept(operation, fusion.residual());
        }
    }

    /**
     * Checks that the backend is open.
     *
     * @throws IllegalStateException if it is closed
     */
    void requireOpen(String operation) {
        if (closed) {
            throw new IllegalStateException(operation + ": the backend " + name + " is closed; open one again");
        }
    }

    private void requireOwn(String operation, Owner owner, Object operand) {
        if (owner != this) {
            throw new IllegalArgumentException(operation + ": " + operand + " belongs to another backend ("
                    + (owner == null ? "none" : owner.name) + "); make it with this one (" + name + ")");
        }
    }
}
