package dev.fovea.evaluation;

import dev.fovea.evaluation.metrics.Interval;
import dev.fovea.tensor.FoveaException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/** Collects the examples of an evaluation and puts its metrics together. */
final class Outcome {

    /** Draws of fewer examples say nothing about others. */
    private static final int LEAST_FOR_BOOTSTRAP = 10;

    private final List<Example> examples = new ArrayList<>();
    private final List<Metric> metrics = new ArrayList<>();
    private final List<Part> parts = new ArrayList<>();
    private final List<String> remarks = new ArrayList<>();

    /**
     * Adds an example.
     *
     * @param namesAndValues fields by turns
     */
    void example(Path image, double score, Object... namesAndValues) {
        Map<String, Object> fields = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            fields.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        examples.add(new Example(image, score, fields));
    }

    int size() {
        return examples.size();
    }

    /** Starts to put the metrics together anew. */
    void begin() {
        if (examples.isEmpty()) {
            throw new FoveaException("nothing to evaluate: no example has an answer");
        }
        metrics.clear();
        parts.clear();
        remarks.clear();
    }

    /** Adds a share with its Wilson interval. */
    void share(String name, long successes, long of) {
        metrics.add(new Metric(name, (double) successes / of, Optional.of(Interval.wilson(successes, of))));
    }

    /** Adds the mean of values with its bootstrap interval, which ten examples or more have. */
    void mean(String name, double[] values) {
        statistic(name, values.length, drawn -> {
            double sum = 0;
            for (int index : drawn) {
                sum += values[index];
            }
            return sum / drawn.length;
        });
    }

    /** Adds a statistic of all examples with its bootstrap interval, unless it is not defined. */
    void statistic(String name, int count, ToDoubleFunction<int[]> statistic) {
        int[] all = new int[count];
        Arrays.setAll(all, i -> i);
        double value = statistic.applyAsDouble(all);
        if (Double.isNaN(value)) {
            return;
        }
        metrics.add(new Metric(
                name,
                value,
                count < LEAST_FOR_BOOTSTRAP ? Optional.empty() : Optional.of(Interval.bootstrap(count, statistic))));
    }

    /** Adds a value without an interval, unless it is not defined. */
    void value(String name, double value) {
        if (!Double.isNaN(value)) {
            metrics.add(new Metric(name, value, Optional.empty()));
        }
    }

    void part(String kind, String name, int count, double value) {
        parts.add(new Part(kind, name, count, value));
    }

    /** Adds a part for each name with the mean of the values that belong to it, in the order of the names. */
    void parts(String kind, List<String> names, double[] values) {
        Map<String, List<Double>> byName = new LinkedHashMap<>();
        names.stream().distinct().sorted().forEach(name -> byName.put(name, new ArrayList<>()));
        for (int i = 0; i < values.length; i++) {
            byName.get(names.get(i)).add(values[i]);
        }
        byName.forEach((name, own) -> part(
                kind,
                name,
                own.size(),
                own.stream().mapToDouble(Double::doubleValue).average().orElseThrow()));
    }

    void remark(String line) {
        remarks.add(line);
    }

    Evaluation end() {
        return new Evaluation(metrics, parts, examples, remarks);
    }
}
