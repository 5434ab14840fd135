package dev.fovea.app.command;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.fovea.app.arguments.StandardInput;
import dev.fovea.app.json.JsonElements;
import dev.fovea.app.pictures.PictureFiles;
import dev.fovea.app.pictures.PictureOutputs;
import dev.fovea.app.pictures.PictureRun;
import dev.fovea.app.pictures.ResultOption;
import dev.fovea.app.results.ResultFile;
import dev.fovea.app.session.ModelSource;
import dev.fovea.app.session.Session;
import dev.fovea.app.terminal.Exit;
import dev.fovea.app.terminal.TextWidth;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.image.PreparedPicture;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Embeds pictures and texts as unit vectors in one space: the nearer two of them, the more alike they are. */
@Command(
        name = "embed",
        sortOptions = false,
        description = "Turn pictures and texts into unit vectors of one space (CLIP).",
        footer = {
            "",
            "Examples:",
            "  fovea embed --image cat.jpg --text \"a cat\" --text \"a dog\"",
            "  fovea embed holidays/*.jpg",
            "  fovea embed --image holidays/ --json > vectors.json",
            "  find . -name '*.jpg' | fovea embed --image - --json"
        })
public final class EmbedCommand implements Callable<Integer> {

    private static final int MOST_COMPARED = 12;
    private static final int NAME_COLUMNS = 32;

    private final Session session;

    @Parameters(
            arity = "0..*",
            paramLabel = "IMAGE",
            description = "Pictures, or folders of pictures, or - for a list of them on standard input.")
    private List<Path> first = new ArrayList<>();

    @Option(
            names = "--image",
            paramLabel = "FILE",
            description =
                    "A picture or a folder of pictures, or - for a list of them on standard input; may be repeated.")
    private List<Path> images = new ArrayList<>();

    @Option(
            names = "--text",
            paramLabel = "TEXT",
            description = "A text, or - for one on each line of standard input; may be repeated.")
    private List<String> texts = new ArrayList<>();

    @Mixin
    private ResultOption results;

    @Spec
    private CommandSpec spec;

    /** Holds one vector; {@code kind} is the JSON field that says what {@code name} is. */
    private record Entry(String kind, String name, float[] vector) {}

    /** Writes vectors: users see them at once, and compared at the end if they are few. */
    private final class Results implements AutoCloseable {
        private final JsonElements elements = new JsonElements();
        private final List<Entry> few = new ArrayList<>();
        private int dimension;

        void add(Entry entry) {
            dimension = entry.vector().length;
            if (session.json()) {
                elements.add(json -> write(json, entry));
            } else if (!session.console().style().terminal()) {
                session.console().print(fields(entry));
            } else {
                session.console().print(line(entry));
                if (few.size() <= MOST_COMPARED) {
                    few.add(entry);
                }
            }
        }

        void end(ModelSource source, PictureFiles files, List<PictureRun.Unreadable> unreadable) {
            if (dimension == 0) {
                return;
            }
            if (session.json()) {
                session.console().print(json -> {
                    source.write(json);
                    json.writeNumberField("dimension", dimension);
                    elements.write(json, "embeddings");
                    if (!unreadable.isEmpty()) {
                        PictureRun.Unreadable.write(json, unreadable);
                    }
                    files.writeLeftOut(json);
                });
            } else if (session.console().style().terminal() && few.size() <= MOST_COMPARED) {
                session.console().print(similarities(few));
            }
        }

        @Override
        public void close() {
            elements.close();
        }
    }

    /** Makes the command for a session that is set up while the command line is read. */
    public EmbedCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        if (first.isEmpty() && images.isEmpty() && texts.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "embed needs an IMAGE or a --text TEXT");
        }
        StandardInput input = new StandardInput(spec);
        List<Path> given =
                input.listed(Stream.of(first, images).flatMap(List::stream).toList(), "--image");
        List<String> words = new ArrayList<>();
        texts.forEach(text -> words.addAll(input.isList(text) ? input.lines("--text") : List.of(text)));
        PictureFiles files = PictureFiles.of(given);
        if (words.isEmpty()) {
            files.orFail();
        }
        ModelSource source = session.model(ModelSource.CLIP);
        if (results.given()) {
            return toFile(source, files, words);
        }
        List<PictureRun.Unreadable> unreadable = new ArrayList<>(files.problems());
        try (PictureRun<PreparedPicture> pictures =
                        new PictureRun<>(session.console(), files.files(), PictureRun.preparation(source));
                Clip clip = files.loadClip(session, source);
                Results results = new Results()) {
            try (PictureRun.Answers<float[]> vectors =
                    pictures.answers(clip.backend(), (batch, numbers) -> clip.embedAll(batch))) {
                for (PictureRun.Answer<float[]> picture : vectors) {
                    results.add(new Entry("image", picture.file().toString(), picture.result()));
                }
            }
            unreadable.addAll(pictures.unreadable());
            List<float[]> vectors = TextEmbeddings.of(session.console(), clip, words);
            for (int i = 0; i < words.size(); i++) {
                results.add(new Entry("text", words.get(i), vectors.get(i)));
            }
            results.end(source, files, unreadable);
        }
        return Exit.after(unreadable);
    }

    private int toFile(ModelSource source, PictureFiles files, List<String> words) {
        List<PictureRun.Unreadable> unreadable = new ArrayList<>(files.problems());
        try (ResultFile file = results.open(spec, source, List.of(), true)) {
            List<Path> all = files.files().stream().distinct().toList();
            List<Path> left = all.stream()
                    .filter(picture -> !file.has(ResultFile.Subject.of(picture)))
                    .toList();
            int written = 0;
            try (PictureRun<PreparedPicture> pictures =
                            new PictureRun<>(session.console(), left, PictureRun.preparation(source));
                    Clip clip = files.loadClip(session, source)) {
                try (PictureRun.Answers<float[]> vectors =
                        pictures.answers(clip.backend(), (batch, numbers) -> clip.embedAll(batch))) {
                    for (PictureRun.Answer<float[]> picture : vectors) {
                        file.append(ResultFile.Subject.of(picture.file()), json -> writeVector(json, picture.result()));
                        written++;
                    }
                }
                unreadable.addAll(pictures.unreadable());
                List<String> wordsLeft = words.stream()
                        .distinct()
                        .filter(text -> !file.has(new ResultFile.Subject(ResultFile.Subject.TEXT, text)))
                        .toList();
                List<float[]> vectors = TextEmbeddings.of(session.console(), clip, wordsLeft);
                for (int i = 0; i < vectors.size(); i++) {
                    float[] vector = vectors.get(i);
                    file.append(
                            new ResultFile.Subject(ResultFile.Subject.TEXT, wordsLeft.get(i)),
                            json -> writeVector(json, vector));
                }
            }
            PictureOutputs.report(
                    session.console(),
                    session.json(),
                    source,
                    session.console().style().value(results.file()),
                    written,
                    all.size() - left.size(),
                    unreadable,
                    files,
                    json -> json.writeStringField("to", results.file().toString()));
        }
        return Exit.after(unreadable);
    }

    private static void writeVector(JsonGenerator json, float[] vector) throws IOException {
        json.writeArrayFieldStart("vector");
        for (float value : vector) {
            json.writeNumber(value);
        }
        json.writeEndArray();
    }

    private static void write(JsonGenerator json, Entry entry) throws IOException {
        json.writeStringField(entry.kind(), entry.name());
        writeVector(json, entry.vector());
    }

    /** Returns kind, name and all elements, separated by tabs. */
    private String fields(Entry entry) {
        StringBuilder line = new StringBuilder(entry.kind());
        line.append('\t').append(session.console().style().value(entry.name()));
        for (float value : entry.vector()) {
            line.append('\t').append(value);
        }
        return line.append('\n').toString();
    }

    private String line(Entry entry) {
        float[] vector = entry.vector();
        StringBuilder start = new StringBuilder();
        for (int i = 0; i < Math.min(4, vector.length); i++) {
            start.append(String.format(Locale.ROOT, "%8.4f", vector[i]));
        }
        return String.format(
                Locale.ROOT,
                "%-5s  %s  %d numbers: %s ...%n",
                entry.kind(),
                session.console().style().bold(TextWidth.fit(shown(entry), NAME_COLUMNS)),
                vector.length,
                start);
    }

    /** Returns the cosine of each two vectors, which for unit vectors is their dot product. */
    private String similarities(List<Entry> entries) {
        if (entries.size() < 2) {
            return "";
        }
        StringBuilder text = new StringBuilder("\nHow alike they are (cosine, 1 is the same):\n");
        for (int row = 1; row < entries.size(); row++) {
            for (int column = 0; column < row; column++) {
                text.append(String.format(
                        Locale.ROOT,
                        "%7.4f  %s  %s%n",
                        cosine(entries.get(row).vector(), entries.get(column).vector()),
                        TextWidth.fit(shown(entries.get(column)), NAME_COLUMNS),
                        shown(entries.get(row))));
            }
        }
        return text.toString();
    }

    private String shown(Entry entry) {
        return session.console().style().value(entry.name());
    }

    private static double cosine(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }
}
