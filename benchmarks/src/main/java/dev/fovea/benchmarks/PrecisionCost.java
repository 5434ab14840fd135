package dev.fovea.benchmarks;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.Models;
import dev.fovea.models.florence.FlorenceTask;
import dev.fovea.models.nn.ConfigFile;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.Precision;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Says what a precision costs in answers: which labels, neighbours and words of a model change, and how many are still
 * right.
 */
@Command(
        name = "precision",
        description = "Counts the answers of a model that change when it does not compute in f32.",
        sortOptions = false)
public final class PrecisionCost implements Callable<Integer> {

    @Parameters(
            index = "0",
            paramLabel = "MODEL",
            description = "Folder of a CLIP, a BLIP for captions or questions, or a Florence-2; or clip-mini,"
                    + " blip-mini/captioner,"
                    + " blip-mini/answerer, florence-mini.")
    private String model;

    @Parameters(
            index = "1",
            paramLabel = "PICTURES",
            description = {
                "Folder of pictures; for CLIP with a sub-folder for each class where it is known,",
                "for the others with the scenes.jsonl of export_test_scenes.py where there are questions and answers."
            })
    private Path pictures;

    @Option(
            names = "--precisions",
            split = ",",
            paramLabel = "PRECISION",
            description = "Set against f32. Default: those that this machine has arithmetic of their own for.")
    private List<Precision> precisions;

    @Option(
            names = "--labels",
            paramLabel = "FILE",
            description = "Labels, one a line. Default: the classes, or else ${DEFAULT-VALUE}.")
    private Path labels = Path.of("benchmarks/peers/labels.txt");

    @Option(
            names = "--task",
            paramLabel = "TASK",
            description = "What Florence-2 is asked where there is no scenes.jsonl. Default: ${DEFAULT-VALUE}.")
    private String task = "<OD>";

    @Option(names = "--count", paramLabel = "N", description = "Only the first N pictures.")
    private int count = Integer.MAX_VALUE;

    @Option(names = "--threads", description = "Threads; 0 for all cores. Default: ${DEFAULT-VALUE}.")
    private int threads = 0;

    @Option(
            names = "--write",
            paramLabel = "DIR",
            description = "Also write what a model said in each precision to files there, a JSON object a line.")
    private Path write;

    @Option(names = "--markdown", paramLabel = "FILE", description = "Also append the tables to this file.")
    private Path markdown;

    @Option(names = "--help", usageHelp = true, description = "Show this.")
    private boolean help;

    @Spec
    private CommandSpec spec;

    private PrecisionCost() {}

    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    /** Returns the command, which complains in one line. */
    static CommandLine commandLine() {
        return OneLineErrors.of(new PrecisionCost(), "precision");
    }

    @Override
    public Integer call() throws IOException {
        Path folder = folder();
        Set<Precision> all = new LinkedHashSet<>(List.of(Precision.F32));
        all.addAll(precisions != null ? precisions : Backends.precisions(Backends.DEFAULT));
        try (Backend backend = Backends.open(Backends.DEFAULT, threads)) {
            List<LoadOptions> ways = all.stream()
                    .map(precision -> LoadOptions.on(backend).withCompute(precision))
                    .toList();
            String report = String.format(
                    "### %s on %s%n%n%s; %s%n`benchmarks/run precision %s %s`%n%n%s",
                    Path.of(model).getFileName(),
                    pictures.getFileName(),
                    Machine.description(),
                    backend.description(),
                    Path.of(model).getFileName(),
                    pictures.getFileName(),
                    table(folder, ways));
            spec.commandLine().getOut().print(report);
            spec.commandLine().getOut().flush();
            if (markdown != null) {
                Files.writeString(markdown, report + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            }
        }
        return 0;
    }

    private String table(Path folder, List<LoadOptions> ways) throws IOException {
        if (!Files.isDirectory(pictures)) {
            throw new FoveaException(pictures + ": no such folder; give one with pictures");
        }
        ConfigFile config = ConfigFile.of(folder);
        String type = config.text("model_type", "");
        if (type.equals("clip")) {
            TestPictures found = TestPictures.in(pictures, count);
            List<String> texts = found.classes().isEmpty() ? labels() : found.classNames();
            return EmbeddingCost.measure(folder, ways, found, texts).table();
        }
        boolean florence = type.startsWith("florence");
        boolean answerer = config.texts("architectures").contains("BlipForQuestionAnswering");
        if (!florence && !type.equals("blip")) {
            throw new FoveaException(model + " is a model of type \"" + type + "\"; expected CLIP, BLIP or Florence-2");
        }
        List<Question> questions;
        if (Files.exists(pictures.resolve(Question.SCENES))) {
            questions = florence
                    ? Question.ofFlorence(pictures, count)
                    : answerer ? Question.ofAnswerer(pictures, count) : Question.ofCaptioner(pictures, count);
        } else if (answerer) {
            throw new FoveaException(pictures + ": no " + Question.SCENES + "; a model that answers needs questions");
        } else {
            String asked = florence ? FlorenceTask.of(task).token() : "caption";
            questions = TestPictures.in(pictures, count).files().stream()
                    .map(file -> new Question(file, asked, null, null))
                    .toList();
        }
        TextCost cost = TextCost.measure(
                ways,
                options -> florence
                        ? Answerer.florence(folder, options)
                        : answerer ? Answerer.blip(folder, options) : Answerer.captioner(folder, options),
                questions);
        if (write != null) {
            cost.write(write);
        }
        return cost.table();
    }

    private Path folder() {
        return Models.folder(model, LoadOptions.DEFAULTS.withoutDownload());
    }

    private List<String> labels() throws IOException {
        if (!Files.exists(labels)) {
            throw new FoveaException(labels + ": no such file; give one with a label a line with --labels");
        }
        return Files.readAllLines(labels, StandardCharsets.UTF_8).stream()
                .filter(line -> !line.isBlank())
                .toList();
    }
}
