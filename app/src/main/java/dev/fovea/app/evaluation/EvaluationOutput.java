package dev.fovea.app.evaluation;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.fovea.app.pictures.PictureFiles;
import dev.fovea.app.pictures.PictureRun.Unreadable;
import dev.fovea.app.session.ModelSource;
import dev.fovea.app.session.Session;
import dev.fovea.app.terminal.Exit;
import dev.fovea.app.terminal.Style;
import dev.fovea.app.terminal.TextWidth;
import dev.fovea.evaluation.Evaluation;
import dev.fovea.evaluation.Metric;
import dev.fovea.evaluation.Part;
import dev.fovea.evaluation.data.Problem;
import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Holds the options that say where the outcome of an evaluation goes, and puts it there. */
final class EvaluationOutput {

    private static final int MOST_PARTS = 10;

    @Option(
            names = "--examples",
            paramLabel = "OUT.jsonl",
            description = "Write a JSON line for each example: what was expected, what the model said, its score.")
    private Path examples;

    @Option(
            names = "--sheet",
            paramLabel = "OUT.html",
            description = "Write a page of the worst examples, with their pictures.")
    private Path sheet;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    /** Pictures of a folder, some of which may be in formats that are not read; null where data names each picture. */
    private PictureFiles found;

    private final List<Unreadable> passedOver = new ArrayList<>();

    /**
     * Refuses to write over what is read, and what was given to {@code evaluate} itself instead of this command.
     *
     * @param read files that the command reads; null for none
     */
    void check(Path... read) {
        for (ArgSpec given : spec.commandLine().getParent().getParseResult().matchedArgs()) {
            if (!given.inherited()) {
                String name = given.isOption() ? ((OptionSpec) given).longestName() : given.paramLabel();
                throw new ParameterException(
                        spec.commandLine(), name + " stands before " + spec.name() + "; write it behind");
            }
        }
        for (Path target : new Path[] {examples, sheet}) {
            if (target != null) {
                checkTarget(target, read);
            }
        }
    }

    /** Complains now about what could not be written after a long run. */
    private void checkTarget(Path target, Path... read) {
        for (Path file : read) {
            if (file != null && isSame(target, file)) {
                throw new ParameterException(
                        spec.commandLine(), target + " would write over the data; choose another name");
            }
        }
        Path folder = target.toAbsolutePath().getParent();
        if (!Files.isDirectory(folder)) {
            throw new FoveaException(target + ": cannot be written (no such folder); make the folder " + folder);
        }
        if (Files.isDirectory(target)) {
            throw new FoveaException(target + ": is a folder; name the file to write");
        }
    }

    private static boolean isSame(Path one, Path other) {
        try {
            return Files.exists(one) && Files.exists(other) && Files.isSameFile(one, other);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Lets JSON count the pictures in formats that are not read. */
    void leftOut(PictureFiles files) {
        found = files;
    }

    /** Says what a data set passed over, which then counts as unreadable. */
    void passOver(Session session, List<Problem> problems) {
        for (Problem problem : problems) {
            session.console().error(problem.reason());
            passedOver.add(new Unreadable(problem.file(), -1, problem.reason()));
        }
    }

    /**
     * Writes and prints an outcome.
     *
     * @param source the model that answered, null where the data had its answers
     * @param data what was read
     * @param pictures those that could not be read
     * @return the exit code
     */
    int report(Session session, ModelSource source, Path data, Evaluation evaluation, List<Unreadable> pictures) {
        List<Unreadable> unreadable = new ArrayList<>(passedOver);
        unreadable.addAll(pictures);
        evaluation.remarks().forEach(session.console()::warn);
        if (session.json()) {
            session.console().print(json -> write(json, source, data, evaluation, unreadable));
        } else {
            session.console().print(describe(session.console().style(), evaluation));
        }
        // Last, so that a full disk does not cost the numbers.
        if (examples != null) {
            evaluation.writeExamples(examples);
        }
        if (sheet != null) {
            evaluation.writeSheet(sheet, "evaluate " + spec.name() + ": " + data);
        }
        return Exit.after(unreadable);
    }

    private void write(
            JsonGenerator json, ModelSource source, Path data, Evaluation evaluation, List<Unreadable> unreadable)
            throws IOException {
        if (source != null) {
            source.write(json);
        }
        json.writeStringField("data", data.toString());
        json.writeObjectFieldStart("metrics");
        for (Metric metric : evaluation.metrics()) {
            json.writeNumberField(metric.name(), metric.value());
        }
        json.writeEndObject();
        json.writeObjectFieldStart("intervals");
        for (Metric metric : evaluation.metrics()) {
            if (metric.interval().isPresent()) {
                json.writeFieldName(metric.name());
                json.writeArray(
                        new double[] {
                            metric.interval().get().low(),
                            metric.interval().get().high()
                        },
                        0,
                        2);
            }
        }
        json.writeEndObject();
        json.writeNumberField("examples", evaluation.examples().size());
        json.writeArrayFieldStart("parts");
        for (Part part : evaluation.parts()) {
            json.writeStartObject();
            json.writeStringField("kind", part.kind());
            json.writeStringField("name", part.name());
            json.writeNumberField("examples", part.examples());
            json.writeNumberField("value", part.value());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeArrayFieldStart("remarks");
        for (String remark : evaluation.remarks()) {
            json.writeString(remark);
        }
        json.writeEndArray();
        Unreadable.write(json, unreadable);
        if (found != null) {
            found.writeLeftOut(json);
        }
    }

    /** Returns a value a line, with its interval: in a pipe as fields between tabs, parts with kind and name. */
    private static String describe(Style style, Evaluation evaluation) {
        StringBuilder text = new StringBuilder();
        int count = evaluation.examples().size();
        if (!style.terminal()) {
            text.append("examples\t").append(count).append('\n');
            for (Metric metric : evaluation.metrics()) {
                text.append(style.value(metric.name())).append('\t').append(number(metric.value()));
                metric.interval()
                        .ifPresent(interval -> text.append('\t')
                                .append(number(interval.low()))
                                .append('\t')
                                .append(number(interval.high())));
                text.append('\n');
            }
            for (Part part : evaluation.parts()) {
                text.append(part.kind())
                        .append('\t')
                        .append(style.value(part.name()))
                        .append('\t');
                text.append(part.examples())
                        .append('\t')
                        .append(number(part.value()))
                        .append('\n');
            }
            return text.toString();
        }
        text.append(style.bold(Style.count(count) + (count == 1 ? " example\n" : " examples\n")));
        int columns = evaluation.metrics().stream()
                .mapToInt(metric -> TextWidth.of(style.value(metric.name())))
                .max()
                .orElse(0);
        for (Metric metric : evaluation.metrics()) {
            text.append(TextWidth.fit(style.value(metric.name()), columns)).append("  ");
            text.append(style.bold(String.format(Locale.ROOT, "%8s", number(metric.value()))));
            metric.interval()
                    .ifPresent(interval -> text.append(
                            style.dim("  (" + number(interval.low()) + " to " + number(interval.high()) + ")")));
            text.append('\n');
        }
        evaluation.parts().stream().map(Part::kind).distinct().forEach(kind -> describe(style, text, evaluation, kind));
        return text.toString();
    }

    private static void describe(Style style, StringBuilder text, Evaluation evaluation, String kind) {
        List<Part> parts = evaluation.parts().stream()
                .filter(part -> part.kind().equals(kind))
                .sorted(Comparator.comparingDouble(Part::value))
                .toList();
        List<Part> shown = parts.subList(0, Math.min(MOST_PARTS, parts.size()));
        String more = parts.size() > shown.size() ? ", lowest first (--json lists all)" : "";
        text.append(style.dim("\nBy " + kind + more + ":\n"));
        int columns = shown.stream()
                .mapToInt(part -> TextWidth.of(style.value(part.name())))
                .max()
                .orElse(0);
        for (Part part : shown) {
            text.append("  ")
                    .append(TextWidth.fit(style.value(part.name()), columns))
                    .append("  ");
            text.append(String.format(Locale.ROOT, "%8s", number(part.value())));
            text.append(style.dim("  of " + part.examples())).append('\n');
        }
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.4f", value);
    }
}
