package dev.fovea.tensor;

/**
 * A handle to a weight in the layout that its backend likes best: packed panels, an uploaded buffer, quantised groups. It is
 * prepared once, at load, and then passed by name; it is not a tensor, so nothing can be computed with it but the operation it
 * was prepared for.
 */
public interface Weight {

    /** The weight's name in its checkpoint; several names joined by {@code +} where weights were concatenated. */
    String name();

    /** How the numbers are stored. */
    DType dtype();

    /** The backend that prepared it; no other can compute with it. */
    Owner owner();

    /** Bytes that the backend holds for it. */
    long bytes();

    /** The matrix and bias of a linear layer, {@code y = x Wᵀ + b}. */
    interface Linear extends Weight {
        /** Columns of x. */
        int inputs();

        /** Columns of y. */
        int outputs();
    }

    /** A table of vectors looked up by id. */
    interface Embedding extends Weight {
        /** Number of vectors. */
        int entries();

        /** Length of one vector. */
        int columns();
    }

    /** The kernel and bias of a convolution. */
    interface Convolution extends Weight {
        /** Sizes, strides and padding. */
        ConvolutionShape shape();
    }
}
