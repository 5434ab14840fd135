package dev.fovea.tensor;

/**
 * Refers to a weight in the layout that suits its backend: packed panels, an uploaded buffer, quantised groups. It is
 * prepared once, at load, and is not a tensor: only the operation that it was prepared for can compute with it.
 */
public interface Weight {

    /**
     * Returns the weight's name in its checkpoint; several names joined by {@code +} where weights were concatenated.
     */
    String name();

    /** Returns the format in which the values are stored. */
    DType dtype();

    /** Returns the backend that prepared it; no other can compute with it. */
    Owner owner();

    /** Returns the bytes that the backend holds for it. */
    long bytes();

    /** Refers to the matrix and bias of a linear layer, {@code y = x Wᵀ + b}. */
    interface Linear extends Weight {
        /** Returns the columns of x. */
        int inputs();

        /** Returns the columns of y. */
        int outputs();
    }

    /** Refers to a table of vectors that are looked up by id. */
    interface Embedding extends Weight {
        /** Returns the number of vectors. */
        int entries();

        /** Returns the length of one vector. */
        int columns();
    }

    /** Refers to the kernel and bias of a convolution. */
    interface Convolution extends Weight {
        /** Sizes, strides and padding. */
        ConvolutionShape shape();
    }
}
