package dev.fovea.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Draws a few pictures of each class to learn from, a few to choose settings by, and takes the others as the test.
 *
 * @param labels names of the classes
 * @param files the pictures of all classes
 * @param classes of each picture
 * @param shots pictures of each class to learn from
 * @param validation pictures of each class to choose settings by
 */
record ShotDraw(List<String> labels, List<Path> files, int[] classes, int shots, int validation) {

    /** Finds the pictures of a folder with a sub-folder for each class. */
    static ShotDraw of(Path pictures, int shots, int validation) {
        List<String> labels = new ArrayList<>();
        List<Path> files = new ArrayList<>();
        List<Integer> classes = new ArrayList<>();
        for (Path folder : children(pictures)) {
            children(folder).forEach(file -> {
                files.add(file);
                classes.add(labels.size());
            });
            labels.add(folder.getFileName().toString().replace('_', ' '));
        }
        return new ShotDraw(
                labels, files, classes.stream().mapToInt(Integer::intValue).toArray(), shots, validation);
    }

    private static List<Path> children(Path folder) {
        try (Stream<Path> children = Files.list(folder)) {
            return children.sorted().toList();
        } catch (IOException e) {
            throw new IllegalArgumentException(folder + " cannot be listed", e);
        }
    }

    /** Returns indices of pictures to learn from, to choose settings by, and all others. */
    List<List<Integer>> draw(long seed) {
        Random random = new Random(seed);
        List<List<Integer>> parts = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        for (int k = 0; k < labels.size(); k++) {
            int wanted = k;
            List<Integer> own = new ArrayList<>(IntStream.range(0, classes.length)
                    .filter(i -> classes[i] == wanted)
                    .boxed()
                    .toList());
            Collections.shuffle(own, random);
            parts.get(0).addAll(own.subList(0, shots));
            parts.get(1).addAll(own.subList(shots, shots + validation));
            parts.get(2).addAll(own.subList(shots + validation, own.size()));
        }
        return parts;
    }

    /** Returns the processor time of this process. */
    static double processorSeconds() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime() / 1e9;
    }

    /** Prints a line of a table: mean and standard deviation of accuracies, mean seconds. */
    static void line(String name, double[] accuracy, double[] seconds) {
        double mean = mean(accuracy);
        double squares = 0;
        for (double value : accuracy) {
            squares += (value - mean) * (value - mean);
        }
        double deviation = accuracy.length < 2 ? 0 : Math.sqrt(squares / (accuracy.length - 1));
        System.out.printf(Locale.ROOT, "| %s | %.1f ± %.1f | %.1f |%n", name, mean, deviation, mean(seconds));
    }

    private static double mean(double[] values) {
        return IntStream.range(0, values.length)
                .mapToDouble(i -> values[i])
                .average()
                .orElse(Double.NaN);
    }
}
