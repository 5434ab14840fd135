package dev.fovea.app.command;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.fovea.app.arguments.StandardInput;
import dev.fovea.app.json.Json;
import dev.fovea.app.json.JsonElements;
import dev.fovea.app.pictures.PictureFiles;
import dev.fovea.app.pictures.PictureRun;
import dev.fovea.app.pictures.ResultOption;
import dev.fovea.app.results.ResultFile;
import dev.fovea.app.session.ModelSource;
import dev.fovea.app.session.Session;
import dev.fovea.app.terminal.Exit;
import dev.fovea.app.terminal.Style;
import dev.fovea.models.LabelScore;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.image.PreparedPicture;
import dev.fovea.search.LabelledPicture;
import dev.fovea.search.PhotoIndex;
import dev.fovea.search.Tagger;
import dev.fovea.search.XmpSidecar;
import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Says which labels of a vocabulary fit each picture. */
@Command(
        name = "tag",
        sortOptions = false,
        description = {
            "Say which labels of a vocabulary fit each picture: none, one or many (CLIP).",
            "A label fits if CLIP prefers it to texts that say nothing by at least the threshold."
        },
        footer = {
            "",
            "Examples:",
            "  fovea tag photos/ --labels places.txt",
            "  fovea tag photos.index --labels places.txt --to tags.jsonl",
            "  fovea tag photos/ --labels places.txt --examples checked.jsonl --to xmp"
        })
public final class TagCommand implements Callable<Integer> {

    /** The value of {@code --to} for a file beside each picture. */
    private static final String XMP = "xmp";

    private static final String BETWEEN = "; ";

    private final Session session;

    @Parameters(
            arity = "1..*",
            paramLabel = "IMAGE|INDEX",
            description = "Pictures, folders of them, - for a list on standard input; or an index, whose pictures need"
                    + " not be computed again.")
    private List<Path> inputs;

    @Option(names = "--labels", required = true, paramLabel = "FILE", description = "The vocabulary, one label a line.")
    private Path labelFile;

    @Mixin
    private LabelOptions texts;

    @Option(
            names = "--threshold",
            paramLabel = "T",
            description = "The least score of a tag, from 0 to 1 (default: 0.9).")
    private Double threshold;

    @Option(
            names = "--examples",
            paramLabel = "FILE",
            description =
                    "Find the threshold of each label by pictures whose tags are known: JSON lines with the fields"
                            + " image and tags, or CSV.")
    private Path examples;

    @Mixin
    private ResultOption results;

    @Spec
    private CommandSpec spec;

    /** Makes the command for a session that is set up while the command line is read. */
    public TagCommand(Session session) {
        this.session = session;
    }

    /** Receives the tags of one picture after the other. */
    private interface Output extends AutoCloseable {

        /** Returns whether a picture has its tags already. */
        default boolean has(Path file) {
            return false;
        }

        /** Takes the tags of a picture. */
        void add(Path file, List<LabelScore> tags);

        /** Says what there is to say at the end. */
        default void end(ModelSource source, Tagger tagger, List<PictureRun.Unreadable> unreadable) {}

        @Override
        default void close() {}
    }

    @Override
    public Integer call() {
        if (threshold != null && !(threshold >= 0 && threshold <= 1)) {
            throw new ParameterException(spec.commandLine(), "--threshold must be from 0 to 1, found " + threshold);
        }
        if (threshold != null && examples != null) {
            throw new ParameterException(
                    spec.commandLine(), "--examples finds the thresholds; leave --threshold out, or --examples");
        }
        List<String> labels = LabelOptions.read(labelFile);
        List<LabelledPicture> known = examples == null ? List.of() : LabelledPicture.read(examples);
        List<Path> given = new StandardInput(spec).listed(inputs, "IMAGE");
        if (given.size() == 1 && PhotoIndex.isIndex(given.getFirst())) {
            return ofIndex(given.getFirst(), labels, known);
        }
        return ofFiles(PictureFiles.of(given).orFail(), labels, known);
    }

    private int ofFiles(PictureFiles files, List<String> labels, List<LabelledPicture> known) {
        ModelSource source = session.model(ModelSource.CLIP);
        List<PictureRun.Unreadable> unreadable = new ArrayList<>(files.problems());
        try (Output output = output(source, labels, unreadable)) {
            List<Path> left = files.files().stream()
                    .distinct()
                    .filter(file -> !output.has(file))
                    .toList();
            try (PictureRun<PreparedPicture> pictures =
                            new PictureRun<>(session.console(), left, PictureRun.preparation(source));
                    Clip clip = files.loadClip(session, source)) {
                Tagger tagger = tagger(clip, labels, known);
                try (PictureRun.Answers<float[]> vectors =
                        pictures.answers(clip.backend(), (batch, numbers) -> clip.embedAll(batch))) {
                    for (PictureRun.Answer<float[]> picture : vectors) {
                        output.add(picture.file(), tagger.tag(picture.result()));
                    }
                }
                unreadable.addAll(pictures.unreadable());
                output.end(source, tagger, unreadable);
            }
        }
        return Exit.after(unreadable);
    }

    private int ofIndex(Path index, List<String> labels, List<LabelledPicture> known) {
        List<PictureRun.Unreadable> unreadable = new ArrayList<>();
        try (PhotoIndex there = IndexAccess.open(index)) {
            ModelSource source = IndexAccess.model(session, IndexAccess.requirePictures(index, there));
            try (Output output = output(source, labels, unreadable);
                    Clip clip = source.loadClip();
                    PhotoIndex photos = IndexAccess.open(index, source)) {
                Tagger tagger = tagger(clip, labels, known);
                photos.forEach((file, vector) -> {
                    if (!output.has(file)) {
                        output.add(file, tagger.tag(vector));
                    }
                });
                output.end(source, tagger, unreadable);
            }
        }
        return Exit.after(unreadable);
    }

    private Tagger tagger(Clip clip, List<String> labels, List<LabelledPicture> known) {
        Tagger tagger =
                texts.templates().isEmpty() ? Tagger.of(clip, labels) : Tagger.of(clip, labels, texts.templates());
        if (threshold != null) {
            return tagger.withThreshold(threshold);
        }
        if (known.isEmpty()) {
            return tagger;
        }
        List<Tagger.Example> embedded = new ArrayList<>();
        clip.embedFiles(known.stream().map(LabelledPicture::file).toList(), outcome -> {
            if (outcome.error() != null) {
                throw new FoveaException(
                        examples + ": one of its pictures cannot be read: "
                                + outcome.error().getMessage(),
                        outcome.error());
            }
            embedded.add(new Tagger.Example(
                    outcome.result(), known.get(outcome.index()).labels()));
        });
        return tagger.calibrated(embedded);
    }

    private Output output(ModelSource source, List<String> labels, List<PictureRun.Unreadable> unreadable) {
        if (!results.given()) {
            return session.json() ? new Document() : this::print;
        }
        if (results.file().toString().equals(XMP)) {
            return new Sidecars(unreadable);
        }
        return new Results(source, labels);
    }

    private void print(Path file, List<LabelScore> tags) {
        Style style = session.console().style();
        String shown = tags.stream()
                .map(tag -> style.value(tag.label()) + " " + style.dim(Style.percent(tag.score())))
                .collect(Collectors.joining(", "));
        session.console()
                .print((style.terminal() ? style.bold(style.value(file)) + "  " : style.value(file) + "\t") + shown
                        + "\n");
    }

    private static void write(JsonGenerator json, List<LabelScore> tags) throws IOException {
        json.writeArrayFieldStart("tags");
        for (LabelScore tag : tags) {
            json.writeStartObject();
            json.writeStringField("label", tag.label());
            json.writeNumberField("score", tag.score());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    /** Collects one JSON document. */
    private final class Document implements Output {

        private final JsonElements elements = new JsonElements();

        @Override
        public void add(Path file, List<LabelScore> tags) {
            elements.add(json -> {
                json.writeStringField("image", file.toString());
                TagCommand.write(json, tags);
            });
        }

        @Override
        public void end(ModelSource source, Tagger tagger, List<PictureRun.Unreadable> unreadable) {
            session.console().print(json -> {
                source.write(json);
                elements.write(json, "images");
                json.writeObjectFieldStart("thresholds");
                for (Tagger.Threshold label : tagger.thresholds()) {
                    json.writeNumberField(label.label(), label.score());
                }
                json.writeEndObject();
                PictureRun.Unreadable.write(json, unreadable);
            });
        }

        @Override
        public void close() {
            elements.close();
        }
    }

    /** Writes a file of JSON lines or CSV, and continues where an earlier run was stopped. */
    private final class Results implements Output {

        private final ResultFile file;
        private final boolean csv;
        private int written;

        Results(ModelSource source, List<String> labels) {
            file = results.open(spec, source, labels, false);
            csv = results.file().toString().toLowerCase(Locale.ROOT).endsWith(".csv");
        }

        @Override
        public boolean has(Path picture) {
            return file.has(ResultFile.Subject.of(picture));
        }

        @Override
        public void add(Path picture, List<LabelScore> tags) {
            Json.Document columns = json -> {
                json.writeStringField("tags", joined(tags, LabelScore::label));
                json.writeStringField("scores", joined(tags, tag -> String.valueOf(tag.score())));
            };
            file.append(ResultFile.Subject.of(picture), csv ? columns : json -> TagCommand.write(json, tags));
            written++;
        }

        private static String joined(List<LabelScore> tags, Function<LabelScore, String> part) {
            return tags.stream().map(part).collect(Collectors.joining(BETWEEN));
        }

        @Override
        public void end(ModelSource source, Tagger tagger, List<PictureRun.Unreadable> unreadable) {
            say(source, written, results.file().toString(), unreadable);
        }

        @Override
        public void close() {
            file.close();
        }
    }

    /** Writes a file beside each picture that has a tag. */
    private final class Sidecars implements Output {

        private final List<PictureRun.Unreadable> unreadable;
        private int written;

        Sidecars(List<PictureRun.Unreadable> unreadable) {
            this.unreadable = unreadable;
        }

        @Override
        public void add(Path file, List<LabelScore> tags) {
            if (tags.isEmpty()) {
                return;
            }
            try {
                XmpSidecar.write(file, tags.stream().map(LabelScore::label).toList());
                written++;
            } catch (FoveaException e) {
                session.console().error(e.getMessage());
                unreadable.add(new PictureRun.Unreadable(file, -1, e.getMessage()));
            }
        }

        @Override
        public void end(ModelSource source, Tagger tagger, List<PictureRun.Unreadable> failures) {
            say(source, written, "files beside them", failures);
        }
    }

    private void say(ModelSource source, int written, String where, List<PictureRun.Unreadable> unreadable) {
        if (!session.json()) {
            session.console().print("tags of " + Style.count(written) + " pictures written to " + where + "\n");
            return;
        }
        session.console().print(json -> {
            source.write(json);
            json.writeStringField("to", where);
            json.writeNumberField("written", written);
            PictureRun.Unreadable.write(json, unreadable);
        });
    }
}
