package dev.fovea.tensor.numbers;

/**
 * Computes with sizes exactly. Kernels read and write by address, so a product that wraps around would end the JVM
 * instead of the operation. Whatever is added or multiplied to a size goes through here, or is known to be small by
 * {@link #MOST}.
 */
public final class Sizes {

    /** The most rows and the most columns of a tensor: the sum of two such counts always fits an int. */
    public static final int MOST = 1 << 30;

    /** The longest array that every JVM can make. */
    private static final int LONGEST_ARRAY = Integer.MAX_VALUE - 8;

    private Sizes() {}

    /**
     * Multiplies sizes.
     *
     * @param what names the operation in the message
     * @throws IllegalArgumentException if a factor is negative or the product does not fit in an int
     */
    public static int product(String what, long... factors) {
        long product = 1;
        for (long factor : factors) {
            if (factor < 0 || factor > 0 && product > Integer.MAX_VALUE / factor) {
                throw tooLarge(what, " x ", factors);
            }
            product *= factor;
        }
        return (int) product;
    }

    /**
     * Multiplies the sizes of an array of all elements.
     *
     * @param what names the operation in the message
     * @throws IllegalArgumentException if there are more elements than an array can hold
     */
    public static int arrayLength(String what, int rows, int columns) {
        int length = product(what, rows, columns);
        if (length > LONGEST_ARRAY) {
            throw tooLarge(what, " x ", rows, columns);
        }
        return length;
    }

    /**
     * Adds sizes to a number of rows or columns.
     *
     * @param what names the operation in the message
     * @throws IllegalArgumentException if a term is negative or the sum is more than {@link #MOST}
     */
    public static int sum(String what, int... terms) {
        long sum = 0;
        for (int term : terms) {
            sum += term;
            if (term < 0 || sum > MOST) {
                throw new IllegalArgumentException(
                        what + ": " + terms.length + " sizes add up to more than " + MOST + ", or one is negative");
            }
        }
        return (int) sum;
    }

    /**
     * Narrows the size of a stored tensor to a number of rows or columns.
     *
     * @param what names the operation in the message
     * @throws IllegalArgumentException if it is negative or more than {@link #MOST}
     */
    public static int extent(String what, long size) {
        if (size < 0 || size > MOST) {
            throw new IllegalArgumentException(what + ": a size of " + size + ", expected 0 to " + MOST);
        }
        return (int) size;
    }

    /** Returns one past the last element of a matrix in a storage; -1 if that is more than a long holds. */
    public static long end(long offset, int rows, int columns, long rowStride) {
        try {
            long last = rows == 0 ? 0 : Math.addExact(Math.multiplyExact(rows - 1L, rowStride), columns);
            return Math.addExact(offset, last);
        } catch (ArithmeticException wrapped) {
            return -1;
        }
    }

    private static IllegalArgumentException tooLarge(String what, String between, long... sizes) {
        StringBuilder text = new StringBuilder(what).append(": ");
        for (int i = 0; i < sizes.length; i++) {
            text.append(i == 0 ? "" : between).append(sizes[i]);
        }
        return new IllegalArgumentException(
                text + " is negative or more than one piece of work can be; use smaller parts");
    }
}
