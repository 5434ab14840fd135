package dev.fovea.app.command;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.fovea.app.session.ModelSource;
import dev.fovea.app.session.Session;
import dev.fovea.app.terminal.Style;
import dev.fovea.app.terminal.TextWidth;
import dev.fovea.models.inspection.CheckpointReport;
import dev.fovea.models.inspection.CheckpointReport.Misshapen;
import dev.fovea.models.inspection.Checkpoints;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows what a checkpoint holds, and whether it is whole. */
@Command(
        name = "inspect",
        sortOptions = false,
        description = "Show what a checkpoint holds: architecture, sizes, parameters, dtypes, anything missing or"
                + " unexpected.",
        footer = {"", "Example: fovea inspect clip-vit-base-patch32/"})
public final class InspectCommand implements Callable<Integer> {

    private static final int MOST_NAMES = 5;

    private final Session session;

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "DIR",
            description = "A checkpoint's folder or a .safetensors file (default: what --model says).")
    private String path;

    @Option(names = "--tensors", description = "List every tensor, also for people.")
    private boolean listTensors;

    /** Makes the command for a session that is set up while the command line is read. */
    public InspectCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        ModelSource source = path == null ? session.model(ModelSource.CLIP) : session.named(path);
        Path folder = source.folder();
        CheckpointReport report = Checkpoints.inspect(folder);
        if (session.json()) {
            session.console().print(json -> write(json, source.name(), report));
        } else {
            session.console().print(describe(source.name(), report));
        }
        return 0;
    }

    private static void write(JsonGenerator json, String name, CheckpointReport report) throws IOException {
        json.writeStringField("model", name);
        json.writeStringField("architecture", report.architecture());
        json.writeNumberField("parameters", report.parameters());
        json.writeNumberField("bytes", report.bytes());
        json.writeObjectFieldStart("dtypes");
        for (Map.Entry<String, Integer> type : report.types().entrySet()) {
            json.writeNumberField(type.getKey(), type.getValue());
        }
        json.writeEndObject();
        writeNames(
                json,
                "files",
                report.files().keySet().stream()
                        .map(file -> file.getFileName().toString())
                        .toList());
        json.writeBooleanField("checked", report.isChecked());
        writeNames(json, "missing", report.missing().keySet());
        writeNames(json, "unexpected", report.unexpected());
        json.writeArrayFieldStart("misshapen");
        for (Map.Entry<String, Misshapen> tensor : report.misshapen().entrySet()) {
            json.writeStartObject();
            json.writeStringField("name", tensor.getKey());
            writeShape(json, "shape", tensor.getValue().found().extents());
            writeShape(json, "expected", tensor.getValue().expected().extents());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeArrayFieldStart("unreadable");
        for (Map.Entry<String, String> tensor : report.unreadable().entrySet()) {
            json.writeStartObject();
            json.writeStringField("name", tensor.getKey());
            json.writeStringField("error", tensor.getValue());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeArrayFieldStart("tensors");
        for (CheckpointReport.Entry tensor : report.tensors()) {
            json.writeStartObject();
            json.writeStringField("name", tensor.name());
            json.writeStringField("dtype", tensor.type());
            writeShape(json, "shape", tensor.shape().extents());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void writeNames(JsonGenerator json, String field, Collection<String> names) throws IOException {
        json.writeArrayFieldStart(field);
        for (String name : names) {
            json.writeString(name);
        }
        json.writeEndArray();
    }

    private static void writeShape(JsonGenerator json, String field, long[] extents) throws IOException {
        json.writeFieldName(field);
        json.writeArray(extents, 0, extents.length);
    }

    private String describe(String name, CheckpointReport report) {
        Style style = session.console().style();
        StringBuilder text = new StringBuilder();
        if (style.terminal()) {
            text.append(style.bold(style.value(name))).append("  ").append(style.value(report.architecture()));
            text.append('\n');
        } else {
            row(text, "model", style.value(name));
            row(text, "architecture", style.value(report.architecture()));
        }
        if (!report.layout().isEmpty()) {
            row(text, "layout", style.value(report.layout()));
        }
        report.sizes().forEach((title, value) -> row(text, title, style.value(value)));
        row(text, "parameters", Style.count(report.parameters()));
        row(
                text,
                "weights",
                Style.bytes(report.bytes()) + " in " + plural(report.files().size(), "file"));
        String types = report.types().entrySet().stream()
                .map(type -> Style.count(type.getValue()) + " " + style.value(type.getKey()))
                .collect(Collectors.joining(", "));
        row(text, "tensors", Style.count(report.tensors().size()) + " (" + types + ")");
        if (report.isChecked()) {
            row(text, "missing", some(report.missing().keySet()));
            row(
                    text,
                    "misshapen",
                    some(report.misshapen().entrySet().stream()
                            .map(tensor ->
                                    tensor.getKey() + " is " + tensor.getValue().found() + ", expected "
                                            + tensor.getValue().expected())
                            .toList()));
            if (!report.unreadable().isEmpty()) {
                row(text, "unreadable", some(report.unreadable().keySet()));
            }
            row(text, "unexpected", some(report.unexpected()));
        } else {
            row(text, "complete?", "not known: this is no kind of model that Fovea runs");
        }
        if (listTensors || !report.isChecked()) {
            list(text, report.tensors());
        }
        return text.toString();
    }

    private void row(StringBuilder text, String title, String value) {
        boolean terminal = session.console().style().terminal();
        text.append(terminal ? "  " + TextWidth.fit(title, 15) : title + "\t");
        text.append(value).append('\n');
    }

    private static String plural(int count, String noun) {
        return count + " " + noun + (count == 1 ? "" : "s");
    }

    private String some(Collection<String> names) {
        if (names.isEmpty()) {
            return "none";
        }
        String first = names.stream()
                .limit(MOST_NAMES)
                .map(session.console().style()::value)
                .collect(Collectors.joining(", "));
        return names.size() + ": " + first + (names.size() > MOST_NAMES ? ", ... (--json lists all)" : "");
    }

    private void list(StringBuilder text, List<CheckpointReport.Entry> tensors) {
        Style style = session.console().style();
        int columns = tensors.stream()
                .mapToInt(tensor -> TextWidth.of(style.value(tensor.name())))
                .max()
                .orElse(0);
        text.append(style.terminal() ? "\n" : "");
        for (CheckpointReport.Entry tensor : tensors) {
            String name = style.value(tensor.name());
            String type = style.value(tensor.type());
            text.append(
                    style.terminal()
                            ? "  " + TextWidth.fit(name, columns) + "  " + TextWidth.fit(type, 8)
                            : name + "\t" + type + "\t");
            text.append(tensor.shape()).append('\n');
        }
    }
}
