package dev.fovea.app.command;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.fovea.app.pictures.PictureFiles;
import dev.fovea.app.pictures.PictureRun;
import dev.fovea.app.session.ModelSource;
import dev.fovea.app.session.Session;
import dev.fovea.app.terminal.Exit;
import dev.fovea.app.terminal.Style;
import dev.fovea.app.terminal.TextWidth;
import dev.fovea.evaluation.data.ClassFolders;
import dev.fovea.models.LabelScore;
import dev.fovea.models.ZeroShotClassifier;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.image.PreparedPicture;
import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Measures how often zero-shot classification is right on pictures whose labels are known. */
@Command(
        name = "evaluate",
        sortOptions = false,
        description = {
            "Measure zero-shot accuracy on a folder with one sub-folder of pictures for each class.",
            "The sub-folders' names are the labels, with underscores as spaces.",
            "The commands below measure more, by the protocols of papers."
        },
        footer = {
            "",
            "Examples:",
            "  fovea evaluate animals/ --template \"a photo of a {}\"",
            "  fovea evaluate captions test.jsonl --examples scored.jsonl --sheet worst.html"
        })
public final class EvaluateCommand implements Callable<Integer> {

    private static final int TOP = 5;
    private static final int MOST_SHOWN = 10;

    private final Session session;

    @Parameters(index = "0", arity = "0..1", paramLabel = "FOLDER", description = "One sub-folder for each class.")
    private Path folder;

    @Mixin
    private LabelOptions texts;

    @Spec
    private CommandSpec spec;

    /** Holds the counts of one class, or of all. */
    private static final class Tally {
        private final String label;
        private int pictures;
        private int first;
        private int amongFive;

        Tally(String label) {
            this.label = label;
        }

        void add(int rank) {
            pictures++;
            first += rank == 0 ? 1 : 0;
            amongFive += rank < TOP ? 1 : 0;
        }

        double top1() {
            return (double) first / pictures;
        }

        double top5() {
            return (double) amongFive / pictures;
        }
    }

    /** Makes the command for a session that is set up while the command line is read. */
    public EvaluateCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        if (folder == null) {
            throw new ParameterException(
                    spec.commandLine(),
                    "Missing required parameter: 'FOLDER', or one of "
                            + String.join(", ", spec.subcommands().keySet()));
        }
        Map<Path, Tally> classes = classes();
        PictureFiles files = PictureFiles.of(List.copyOf(classes.keySet()));
        if (files.nothing()) {
            throw new FoveaException(
                    folder + ": no pictures in its sub-folders; put each class' pictures into a folder of its own");
        }
        files.orFail();
        List<String> labels =
                classes.values().stream().map(tally -> tally.label).toList();
        ModelSource source = session.model(ModelSource.CLIP);
        Tally all = new Tally("all");
        List<PictureRun.Unreadable> unreadable = new ArrayList<>(files.problems());
        try (PictureRun<PreparedPicture> pictures =
                        new PictureRun<>(session.console(), files.files(), PictureRun.preparation(source));
                Clip clip = files.loadClip(session, source)) {
            ZeroShotClassifier classifier = texts.classifier(session.console(), clip, labels);
            try (PictureRun.Answers<float[]> embeddings =
                    pictures.answers(clip.backend(), (batch, numbers) -> clip.embedAll(batch))) {
                for (PictureRun.Answer<float[]> picture : embeddings) {
                    Tally right = classes.get(
                            folder.resolve(folder.relativize(picture.file()).getName(0)));
                    int rank = rank(classifier.score(picture.result()), right.label);
                    right.add(rank);
                    all.add(rank);
                }
            }
            unreadable.addAll(pictures.unreadable());
        }
        List<Tally> seen =
                classes.values().stream().filter(tally -> tally.pictures > 0).toList();
        if (session.json()) {
            session.console().print(json -> {
                write(json, source, all, seen, unreadable);
                files.writeLeftOut(json);
            });
        } else if (all.pictures > 0) {
            session.console().print(describe(all, seen));
        }
        return Exit.after(unreadable);
    }

    private Map<Path, Tally> classes() {
        Map<Path, Tally> classes = new LinkedHashMap<>();
        ClassFolders.labels(folder).forEach((child, label) -> classes.put(child, new Tally(label)));
        return classes;
    }

    private static int rank(List<LabelScore> scores, String label) {
        int rank = 0;
        while (!scores.get(rank).label().equals(label)) {
            rank++;
        }
        return rank;
    }

    private void write(
            JsonGenerator json, ModelSource source, Tally all, List<Tally> seen, List<PictureRun.Unreadable> unreadable)
            throws IOException {
        source.write(json);
        json.writeStringField("folder", folder.toString());
        json.writeArrayFieldStart("templates");
        for (String template : texts.templates()) {
            json.writeString(template);
        }
        json.writeEndArray();
        json.writeNumberField("classes", seen.size());
        writeTally(json, all);
        json.writeArrayFieldStart("perClass");
        for (Tally tally : seen) {
            json.writeStartObject();
            json.writeStringField("label", tally.label);
            writeTally(json, tally);
            json.writeEndObject();
        }
        json.writeEndArray();
        PictureRun.Unreadable.write(json, unreadable);
    }

    private static void writeTally(JsonGenerator json, Tally tally) throws IOException {
        json.writeNumberField("pictures", tally.pictures);
        if (tally.pictures > 0) {
            json.writeNumberField("top1", tally.top1());
            json.writeNumberField("top5", tally.top5());
        }
    }

    private String describe(Tally all, List<Tally> seen) {
        Style style = session.console().style();
        StringBuilder text = new StringBuilder();
        if (!style.terminal()) {
            return "pictures\t%d\nclasses\t%d\ntop-1\t%s\ntop-5\t%s\n"
                    .formatted(all.pictures, seen.size(), Style.percent(all.top1()), Style.percent(all.top5()));
        }
        text.append(style.bold(Style.count(all.pictures) + " pictures, " + Style.count(seen.size()) + " classes\n"));
        text.append("top-1  ").append(line(style, all.top1())).append('\n');
        text.append("top-5  ").append(line(style, all.top5())).append('\n');
        List<Tally> worst = seen.stream()
                .filter(tally -> tally.first < tally.pictures)
                .sorted((a, b) -> Double.compare(a.top1(), b.top1()))
                .toList();
        if (!worst.isEmpty()) {
            text.append(style.dim("\nHardest classes (--json lists all):\n"));
            int columns = worst.stream()
                    .limit(MOST_SHOWN)
                    .mapToInt(tally -> TextWidth.of(style.value(tally.label)))
                    .max()
                    .orElse(0);
            for (Tally tally : worst.subList(0, Math.min(MOST_SHOWN, worst.size()))) {
                text.append("  ")
                        .append(TextWidth.fit(style.value(tally.label), columns))
                        .append("  ");
                text.append(tally.first).append(" of ").append(tally.pictures).append(" right\n");
            }
        }
        return text.toString();
    }

    private static String line(Style style, double share) {
        String percent = String.format("%6s", Style.percent(share));
        return percent + "  " + style.sure((float) share, style.bar(share, 40).stripTrailing());
    }
}
