package dev.fovea.tensor;

/**
 * Says how finely the operands of a linear layer are rounded before they are multiplied. Everything around the product
 * (norms, biases, activations, residuals, what lies between layers) stays in f32.
 *
 * <p>The two integer precisions cut the inputs into groups of 64. Within a group, a row of x and a row of W are rounded
 * to integers times one scale ({@link #scale}, {@link #round}). The sum of a group's products is exact, and the groups'
 * sums are added in f32. Each group has its own scale because a few channels of a vision transformer are a hundred
 * times larger than the rest; with one scale for a whole row they would coarsen all others (Dettmers et al. 2022,
 * LLM.int8).
 *
 * <p>A backend may compute more finely than it is asked to, where it has no faster arithmetic.
 */
public enum Precision {
    /** Operands are not rounded beyond the format that they are stored in. */
    F32(0, 0),
    /** Operands rounded to bfloat16, 8 significant bits; sums in f32. */
    BF16(0, 0),
    /** 14 bits for x and 13 for W: the most whose products of a whole group fit the sum of 32 bits. */
    INT16(8191, 4095),
    /** 8 bits for x and for W, from -127 to 127. */
    INT8(127, 127);

    /**
     * Rows that nowhere exceed this become zeros in the integer precisions, so that no scale's reciprocal overflows.
     */
    private static final float SMALLEST = 0x1p-100f;

    private final int largestInput;
    private final int largestWeight;

    Precision(int largestInput, int largestWeight) {
        this.largestInput = largestInput;
        this.largestWeight = largestWeight;
    }

    /** Returns whether operands become integers. */
    public boolean isInteger() {
        return largestInput > 0;
    }

    /** Returns the largest magnitude of an integer of x. */
    public int largestInput() {
        return largestInput;
    }

    /** Returns the largest magnitude of an integer of W. */
    public int largestWeight() {
        return largestWeight;
    }

    /**
     * Returns how a backend stores the matrix of a layer in this precision.
     *
     * @param asked what {@link Backend#linearWeight} was asked for, which counts in f32 only; may be null
     */
    public DType storage(DType asked) {
        return switch (this) {
            case F32 -> asked;
            case BF16 -> DType.BF16;
            case INT16 -> DType.I16;
            case INT8 -> DType.I8;
        };
    }

    /**
     * Returns how a backend that computes in f32 whatever it is asked for stores the matrix: with as few bytes, where
     * it can.
     *
     * @param asked what {@link Backend#linearWeight} was asked for; may be null
     */
    public DType widenedStorage(DType asked) {
        return this == INT16 ? asked : storage(asked);
    }

    /** Returns the name as people write it: {@code int8}. */
    @Override
    public String toString() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }

    /**
     * Returns what one step of a group's integers is worth.
     *
     * @param largest the largest magnitude of the group, or NaN if there is one
     * @param most the largest magnitude of an integer
     * @return NaN if the group holds an infinity or NaN, so that every sum with it becomes one
     */
    public static float scale(float largest, int most) {
        float scale = Math.max(largest, SMALLEST) / most;
        return scale - scale + scale;
    }

    /**
     * Rounds a value of a group to the nearest integer, ties to even.
     *
     * @param largest the largest magnitude of the group; finite
     * @param most the largest magnitude of an integer
     */
    public static int round(float value, float largest, int most) {
        return (int) Math.rint(value * (most / Math.max(largest, SMALLEST)));
    }
}
