package dev.fovea.tensor;

/**
 * Says what a linear layer does besides its product, in one pass over the data: {@code activation(norm(x) Wᵀ + b) +
 * residual}.
 *
 * @param norm applied to every input row before the product, or null
 * @param activation applied to the product plus bias
 * @param residual {@code [rows, outputs]}, added last, or null
 */
public record Fusion(LayerNorm norm, Activation activation, Tensor residual) {

    /**
     * @throws IllegalArgumentException if the activation is null; whether the rest fits is seen when it is used
     */
    public Fusion {
        if (activation == null) {
            throw new IllegalArgumentException("linear: the activation is null; write Activation.IDENTITY for none");
        }
    }

    /** Nothing but the product and its bias. */
    public static final Fusion NONE = new Fusion(null, Activation.IDENTITY, null);

    /** Returns this fusion with a layer norm of the input. */
    public Fusion withNorm(LayerNorm norm) {
        return new Fusion(norm, activation, residual);
    }

    /** Returns this fusion with an activation. */
    public Fusion withActivation(Activation activation) {
        return new Fusion(norm, activation, residual);
    }

    /** Returns this fusion with a residual added at the end. */
    public Fusion withResidual(Tensor residual) {
        return new Fusion(norm, activation, residual);
    }
}
