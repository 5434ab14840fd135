package dev.fovea.models.check;

import java.util.List;
import java.util.Objects;

/** Checks arguments that callers pass to a model, so that a mistake is one line that names the argument. */
public final class Arguments {

    private Arguments() {}

    /**
     * Checks that a list and all its elements are present.
     *
     * @param name the name of the list, such as {@code texts}
     * @return the list
     * @throws NullPointerException if the list or something in it is null
     */
    public static <T> List<T> present(List<T> list, String name) {
        Objects.requireNonNull(list, () -> name + " is null");
        for (int i = 0; i < list.size(); i++) {
            int index = i;
            Objects.requireNonNull(list.get(i), () -> name + " holds null at index " + index);
        }
        return list;
    }

    /**
     * Checks that a value is present.
     *
     * @return the value
     * @throws NullPointerException if it is null
     */
    public static <T> T present(T value, String name) {
        return Objects.requireNonNull(value, () -> name + " is null");
    }

    /**
     * Checks that there is one of these for each of those.
     *
     * @param count number of {@code these}
     * @param expected number of {@code those}
     * @throws IllegalArgumentException if the numbers differ
     */
    public static void oneForEach(int count, String these, int expected, String those) {
        if (count != expected) {
            throw new IllegalArgumentException(
                    count + " " + these + " for " + expected + " " + those + "; expected one for each");
        }
    }

    /**
     * Checks a vector.
     *
     * @param length numbers that it must have
     * @param name the name of the vector, such as {@code the embedding of the picture}
     * @throws NullPointerException if it is null
     * @throws IllegalArgumentException if it has another length, or a number that is NaN or infinite
     */
    public static void vector(float[] vector, int length, String name) {
        Objects.requireNonNull(vector, () -> name + " is null");
        if (vector.length != length) {
            throw new IllegalArgumentException(name + " has " + vector.length + " numbers; expected " + length);
        }
        Finite.argument(vector, name);
    }
}
