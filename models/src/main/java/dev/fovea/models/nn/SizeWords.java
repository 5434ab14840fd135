package dev.fovea.models.nn;

import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Writes sizes for people. */
public final class SizeWords {

    private SizeWords() {}

    /** Returns a size of each stage, such as {@code 3/3/9/3}. */
    public static <T> String each(List<T> stages, Function<T, Integer> size) {
        return stages.stream().map(stage -> size.apply(stage).toString()).collect(Collectors.joining("/"));
    }

    /** Returns a number with commas between thousands. */
    public static String count(int number) {
        return String.format(Locale.ROOT, "%,d", number);
    }
}
