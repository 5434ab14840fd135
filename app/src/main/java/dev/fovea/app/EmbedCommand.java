package dev.fovea.app;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.fovea.models.clip.Clip;
import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Pictures and texts as unit vectors in one space: the nearer two of them, the more alike they are. */
@Command(
        name = "embed",
        sortOptions = false,
        description = "Turn pictures and texts into unit vectors of one space (CLIP).",
        footer = {
            "",
            "Examples:",
            "  fovea embed --image cat.jpg --text \"a cat\" --text \"a dog\"",
            "  fovea embed --image holidays/ --json > vectors.json"
        })
final class EmbedCommand implements Callable<Integer> {

    private static final int MOST_COMPARED = 12;
    private static final int NAME_COLUMNS = 32;

    @Option(names = "--image", paramLabel = "FILE", description = "A picture or a folder of pictures; may be repeated.")
    private List<Path> images = new ArrayList<>();

    @Option(names = "--text", paramLabel = "TEXT", description = "A text; may be repeated.")
    private List<String> texts = new ArrayList<>();

    @ParentCommand
    private FoveaCommand fovea;

    @Spec
    private CommandSpec spec;

    /** One vector; {@code kind} is the JSON field that says what {@code name} is. */
    private record Entry(String kind, String name, float[] vector) {}

    @Override
    public Integer call() {
        if (images.isEmpty() && texts.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "embed needs an --image FILE or a --text TEXT");
        }
        if (texts.stream().anyMatch(String::isBlank)) {
            throw new FoveaException("a --text is empty; every text needs a word");
        }
        List<Path> files = PictureFiles.expand(images);
        if (files.isEmpty() && texts.isEmpty()) {
            throw new FoveaException(images.getFirst()
                    + ": no pictures in this folder; give one with JPEG, PNG, GIF, BMP," + " TIFF or WebP files");
        }
        ModelSource source = fovea.model(ModelSource.CLIP);
        List<Entry> entries = new ArrayList<>();
        List<PictureRun.Unreadable> unreadable;
        PictureRun pictures = new PictureRun(fovea.console(), files);
        try (Clip clip = source.loadClip()) {
            fovea.warnUnused(source, clip.unusedTensors());
            unreadable = pictures.run(
                    (batch, numbers) -> clip.embedPictures(batch),
                    (file, vector) -> entries.add(new Entry("image", file.toString(), vector)));
            List<float[]> vectors = ZeroShot.embed(fovea.console(), clip, texts);
            for (int i = 0; i < texts.size(); i++) {
                entries.add(new Entry("text", texts.get(i), vectors.get(i)));
            }
        }
        if (!entries.isEmpty()) {
            print(source, entries, unreadable);
        }
        return unreadable.isEmpty() ? 0 : Main.FAILED;
    }

    private void print(ModelSource source, List<Entry> entries, List<PictureRun.Unreadable> unreadable) {
        if (fovea.json()) {
            fovea.console().print(json -> write(json, source, entries, unreadable));
        } else {
            fovea.console().print(vectors(entries) + (entries.size() > MOST_COMPARED ? "" : similarities(entries)));
        }
    }

    private static void write(
            JsonGenerator json, ModelSource source, List<Entry> entries, List<PictureRun.Unreadable> unreadable)
            throws IOException {
        json.writeStringField("model", source.name());
        json.writeNumberField("dimension", entries.getFirst().vector().length);
        json.writeArrayFieldStart("embeddings");
        for (Entry entry : entries) {
            json.writeStartObject();
            json.writeStringField(entry.kind(), entry.name());
            json.writeArrayFieldStart("vector");
            for (float value : entry.vector()) {
                json.writeNumber(value);
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        json.writeEndArray();
        if (!unreadable.isEmpty()) {
            Json.writeUnreadable(json, unreadable);
        }
    }

    private String vectors(List<Entry> entries) {
        StringBuilder text = new StringBuilder();
        for (Entry entry : entries) {
            float[] vector = entry.vector();
            StringBuilder start = new StringBuilder();
            for (int i = 0; i < Math.min(4, vector.length); i++) {
                start.append(String.format(Locale.ROOT, "%8.4f", vector[i]));
            }
            text.append(String.format(
                    Locale.ROOT,
                    "%-5s  %s  %d numbers: %s ...%n",
                    entry.kind(),
                    fovea.console().style().bold(TextWidth.fit(entry.name(), NAME_COLUMNS)),
                    vector.length,
                    start));
        }
        return text.toString();
    }

    /** The cosine of each two, which for unit vectors is their product. */
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
                        TextWidth.fit(entries.get(column).name(), NAME_COLUMNS),
                        entries.get(row).name()));
            }
        }
        return text.toString();
    }

    private static double cosine(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }
}
