package dev.fovea.evaluation;

import dev.fovea.models.files.WholeFile;
import dev.fovea.models.sheet.PictureSheet;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.json.JsonWriter;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;

/**
 * Holds the outcome of an evaluation.
 *
 * @param metrics the most important one first; what is not defined for the examples is left out
 * @param parts values of parts of the examples, such as classes; may be empty
 * @param examples each with its score, in the order given
 * @param remarks lines that people should know before they trust the numbers; may be empty
 */
public record Evaluation(List<Metric> metrics, List<Part> parts, List<Example> examples, List<String> remarks) {

    /** The most pictures of a sheet. */
    private static final int MOST_SHOWN = 60;

    /** Copies the lists. */
    public Evaluation {
        metrics = List.copyOf(Objects.requireNonNull(metrics, "metrics is null"));
        parts = List.copyOf(Objects.requireNonNull(parts, "parts is null"));
        examples = List.copyOf(Objects.requireNonNull(examples, "examples is null"));
        remarks = List.copyOf(Objects.requireNonNull(remarks, "remarks is null"));
    }

    /** Returns the value of a metric; empty if it is not there. */
    public OptionalDouble value(String name) {
        Objects.requireNonNull(name, "name is null");
        return metrics.stream()
                .filter(metric -> metric.name().equals(name))
                .mapToDouble(Metric::value)
                .findFirst();
    }

    /** Returns the examples with the lowest scores, the worst first and in the order given where equal. */
    public List<Example> worst(int count) {
        return examples.stream()
                .sorted(Comparator.comparingDouble(Example::score))
                .limit(count)
                .toList();
    }

    /**
     * Writes a JSON line for each example, in one step: {@code image}, {@code score}, then its fields.
     *
     * @throws FoveaException if the file cannot be written
     */
    public void writeExamples(Path file) {
        Objects.requireNonNull(file, "file is null");
        WholeFile.write(file, out -> {
            for (Example example : examples) {
                Map<String, Object> line = new LinkedHashMap<>();
                line.put("image", example.image().toString());
                line.put("score", example.score());
                line.putAll(example.fields());
                out.write(JsonWriter.line(line));
            }
        });
    }

    /**
     * Writes an HTML page of the worst examples, sixty at most: the picture, its score and its fields.
     *
     * @param title what the page is about
     * @throws FoveaException if the file cannot be written
     */
    public void writeSheet(Path file, String title) {
        Objects.requireNonNull(file, "file is null");
        Objects.requireNonNull(title, "title is null");
        PictureSheet.write(
                file, title, worst(MOST_SHOWN).stream().map(Evaluation::figure).toList());
    }

    private static PictureSheet.Figure figure(Example example) {
        return new PictureSheet.Figure(
                example.image(),
                String.format(Locale.ROOT, "%.3f", example.score()) + " "
                        + example.image().getFileName(),
                example.fields().entrySet().stream()
                        .map(field -> field.getKey() + ": " + field.getValue())
                        .toList());
    }
}
