package dev.fovea.tensor;

/**
 * The arithmetic of large products: how finely the operands of a linear layer are rounded before they are multiplied. Everything around the
 * product (norms, biases, activations, residuals, what lies between layers) stays in f32.
 *
 * <p>The two integer precisions cut the inputs into groups of {@value QuantizedMatrix#GROUP}. Within a group a row of x, and a row of W, is
 * rounded to integers times one scale ({@link #scale}, {@link #round}); the sum of a group's products is exact, and the groups' sums are
 * added up in f32. Scales for groups, not whole rows, keep the few channels of a vision transformer that are a hundred times larger than
 * the rest from coarsening all others (Dettmers et al. 2022, LLM.int8).
 *
 * <p>A backend may compute more finely than it is asked to, where it has no faster arithmetic.
 */
public enum Precision {
    /** Operands as they are stored. */
    F32(0, 0),
    /** Operands rounded to bfloat16, 8 significant bits; sums in f32. */
    BF16(0, 0),
    /** 14 bits for x and 13 for W: the most whose products of a whole group fit the sum of 32 bits. */
    INT16(8191, 4095),
    /** 8 bits for both. */
    INT8(127, 127);

    /** Rows that nowhere exceed this become zeros in the integer precisions, so that no scale's reciprocal overflows. */
    private static final float SMALLEST = 0x1p-100f;

    private final int largestInput;
    private final int largestWeight;

    Precision(int largestInput, int largestWeight) {
        this.largestInput = largestInput;
        this.largestWeight = largestWeight;
    }

    /** Whether operands become integers. */
    public boolean isInteger() {
        return largestInput > 0;
    }

    /** The largest magnitude of an integer of x. */
    public int largestInput() {
        return largestInput;
    }

    /** The largest magnitude of an integer of W. */
    public int largestWeight() {
        return largestWeight;
    }

    /**
     * How a backend stores the matrix of a layer in this precision.
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
     * How a backend that computes in f32 whatever it is asked for stores the matrix: with as few bytes, where it can.
     *
     * @param asked what {@link Backend#linearWeight} was asked for; may be null
     */
    public DType widenedStorage(DType asked) {
        return this == INT16 ? asked : storage(asked);
    }

    /** As people write it: {@code int8}. */
    @Override
    public String toString() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }

    /**
     * What one step of a group's integers is worth.
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
     * A number of a group as an integer: to the nearest, ties to even.
     *
     * @param largest the largest magnitude of the group; finite
     * @param most the largest magnitude of an integer
     */
    public static int round(float value, float largest, int most) {
        return (int) Math.rint(value * (most / Math.max(largest, SMALLEST)));
    }
}
