package dev.fovea.app.command;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.fovea.app.session.Session;
import dev.fovea.app.terminal.CommandLineWords;
import dev.fovea.app.terminal.Spinner;
import dev.fovea.app.terminal.Style;
import dev.fovea.converter.Conversion;
import dev.fovea.converter.Converter;
import dev.fovea.converter.OutputChange;
import dev.fovea.converter.PrecisionLoss;
import dev.fovea.hub.HubCache;
import dev.fovea.hub.ModelName;
import dev.fovea.models.WeightType;
import dev.fovea.tensor.safetensors.Text;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Converts a checkpoint as its authors published it into a folder that Fovea loads. */
@Command(
        name = "convert",
        sortOptions = false,
        description = {
            "Convert a checkpoint into a folder for --model: OpenAI's CLIP (.pt), open_clip's folders and files,"
                    + " Salesforce's BLIP (.pth),"
                    + " Microsoft's Florence-2, transformers' folders with .bin files."
        },
        footer = {"", "Example: fovea convert ViT-B-32.pt clip-vit-b-32"})
public final class ConvertCommand implements Callable<Integer> {

    private static final int WORST = 5;
    private static final int NAMED = 3;

    /**
     * The largest model that is measured unasked, in bytes: users would not expect that a conversion takes much memory.
     */
    private static final long MEASURED_UNASKED = 2L << 30;

    private static final List<String> ACTIVATIONS = List.of("quick_gelu", "gelu");

    private final Session session;

    @Parameters(
            index = "0",
            paramLabel = "SOURCE",
            description = "A file of weights, a folder with them, or a downloaded model's owner/name.")
    private Path source;

    @Parameters(index = "1", paramLabel = "OUT", description = "The folder to make; it must not hold anything yet.")
    private Path output;

    @Option(
            names = "--dtype",
            paramLabel = "TYPE",
            description = "Store weights as f32, f16, bf16 or int8 (default: as they are).")
    private WeightType dtype = WeightType.STORED;

    @Option(
            names = "--check",
            negatable = true,
            description = {
                "With --dtype: load the model before and after and tell how much its answers to a few built-in"
                        + " pictures changed. That takes"
                        + " some one and a half times the weights in memory (default: up to 2 GiB of weights)."
            })
    private Boolean check;

    @Spec
    private CommandSpec spec;

    private String activation;

    @Option(
            names = "--activation",
            paramLabel = "NAME",
            description = "quick_gelu or gelu, for weights of open_clip without their open_clip_config.json.")
    private void activation(String name) {
        if (!ACTIVATIONS.contains(name)) {
            throw new ParameterException(spec.commandLine(), "--activation must be quick_gelu or gelu, found " + name);
        }
        activation = name;
    }

    /** Makes the command for a session that is set up while the command line is read. */
    public ConvertCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        Conversion made = convert();
        if (session.json()) {
            session.console().print(json -> write(json, made));
        } else {
            session.console().print(describe(made));
        }
        return 0;
    }

    private Conversion convert() {
        try (Spinner spinner = new Spinner(session.console(), "converting")) {
            Converter converter = new Converter()
                    .precision(dtype.dtype())
                    .activation(activation)
                    .progress(spinner::advance);
            if (dtype.dtype() != null && !Boolean.FALSE.equals(check)) {
                converter =
                        converter.measuringChange(session.backend(), check == null ? MEASURED_UNASKED : Long.MAX_VALUE);
            }
            return converter.convert(found(), output);
        }
    }

    /** Returns the source itself, or the folder of the downloaded model of that name. */
    private Path found() {
        return Files.exists(source)
                ? source
                : ModelName.find(source.toString())
                        .flatMap(HubCache.ofEnvironment()::find)
                        .orElse(source);
    }

    private static void write(JsonGenerator json, Conversion made) throws IOException {
        json.writeStringField("source", made.source().toString());
        json.writeStringField("output", made.output().toString());
        json.writeStringField("architecture", made.architecture());
        json.writeNumberField("tensors", made.tensors());
        json.writeNumberField("parameters", made.parameters());
        json.writeNumberField("bytes", made.bytes());
        writeNames(json, "takenOff", made.takenOff());
        writeNames(json, "leftOut", made.leftOut());
        writeNames(json, "unused", made.unused());
        if (!made.losses().isEmpty()) {
            json.writeArrayFieldStart("losses");
            for (PrecisionLoss loss : made.losses()) {
                json.writeStartObject();
                json.writeStringField("name", loss.name());
                json.writeStringField("from", loss.from().name());
                json.writeStringField("to", loss.to().name());
                json.writeNumberField("relativeError", loss.relativeError());
                json.writeNumberField("largestError", loss.largestError());
                json.writeEndObject();
            }
            json.writeEndArray();
        }
        if (made.change() != null) {
            OutputChange change = made.change();
            json.writeObjectFieldStart("change");
            json.writeStringField("of", change.what());
            json.writeNumberField("pictures", change.pictures());
            json.writeNumberField("cosine", change.cosine());
            json.writeNumberField("relativeError", change.relativeError());
            json.writeNumberField("largestError", change.largestError());
            json.writeEndObject();
        } else if (made.changeSkipped() != null) {
            json.writeStringField("changeSkipped", CommandLineWords.of(made.changeSkipped()));
        }
    }

    private static void writeNames(JsonGenerator json, String field, List<String> names) throws IOException {
        if (!names.isEmpty()) {
            json.writeArrayFieldStart(field);
            for (String name : names) {
                json.writeString(name);
            }
            json.writeEndArray();
        }
    }

    /** Returns the first of some names, quoted: they come from a stranger's file. */
    private static String some(List<String> names) {
        String first = names.stream().limit(NAMED).map(Text::quote).collect(Collectors.joining(", "));
        return names.size() > NAMED ? first + " and " + (names.size() - NAMED) + " more" : first;
    }

    private String describe(Conversion made) {
        Style style = session.console().style();
        StringBuilder text = new StringBuilder();
        text.append(style.bold(style.value(made.output()))).append("  ").append(made.architecture());
        text.append(", ").append(Style.count(made.parameters())).append(" parameters in ");
        text.append(Style.count(made.tensors()))
                .append(" tensors, ")
                .append(Style.bytes(made.bytes()))
                .append('\n');
        if (!made.source().equals(found())) {
            text.append("  from ").append(made.source()).append('\n');
        }
        if (!made.takenOff().isEmpty()) {
            text.append("  taken off the names: ").append(some(made.takenOff())).append('\n');
        }
        if (!made.leftOut().isEmpty()) {
            text.append("  left out, since they are not of this model: ")
                    .append(some(made.leftOut()))
                    .append('\n');
        }
        if (!made.unused().isEmpty()) {
            text.append("  written, but not used by this model: ")
                    .append(some(made.unused()))
                    .append('\n');
        }
        if (!made.losses().isEmpty()) {
            text.append("  stored in another type: ")
                    .append(Style.count(made.losses().size()));
            text.append(" tensors; the largest relative errors\n");
            made.losses().stream()
                    .sorted(Comparator.comparingDouble(PrecisionLoss::relativeError)
                            .reversed())
                    .limit(WORST)
                    .forEach(loss -> text.append(String.format(
                            "  %.1e  %s %s, %s to %s%n",
                            loss.relativeError(), style.value(loss.name()), loss.shape(), loss.from(), loss.to())));
        }
        if (made.change() != null) {
            OutputChange change = made.change();
            text.append(String.format(
                    "  %s of %d sample pictures: cosine %.7f, relative error %.1e, largest difference %.1e of the"
                            + " largest%n",
                    change.what(), change.pictures(), change.cosine(), change.relativeError(), change.largestError()));
        } else if (made.changeSkipped() != null) {
            text.append("  change of its answers not measured: ")
                    .append(CommandLineWords.of(made.changeSkipped()))
                    .append('\n');
        }
        return text.toString();
    }
}
