import dev.fovea.models.LabelScore;
import dev.fovea.models.clip.Clip;
import dev.fovea.search.LabelledPicture;
import dev.fovea.search.Tagger;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Sorts pictures into those that may be shown and those that somebody must look at: {@code Moderation EXAMPLES.jsonl
 * PICTURES OUT.csv}. What must not be shown is learnt from examples such as {@code {"image": "a.jpg", "tags":
 * ["weapon"]}} and {@code {"image": "b.jpg", "tags": []}}.
 */
public final class Moderation {

    /** A picture that is missed counts twice as much as one that is looked at in vain. */
    private static final double BETA = 2;

    private Moderation() {}

    /** Finds a threshold for each label, and writes a decision for each picture. */
    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 3) {
            System.err.println("usage: Moderation EXAMPLES.jsonl PICTURES OUT.csv");
            System.exit(2);
        }
        List<LabelledPicture> examples = LabelledPicture.read(Path.of(arguments[0]));
        // For photographs use "openai/clip-vit-large-patch14" or its like.
        try (Clip clip = Clip.load("clip-mini");
                Stream<Path> files = Files.walk(Path.of(arguments[1]))) {
            Tagger tagger = calibrated(clip, examples);
            tagger.thresholds().forEach(label -> System.out.printf("%s from %.3f%n", label.label(), label.score()));
            List<Path> pictures = files.filter(Files::isRegularFile).sorted().toList();
            Files.write(Path.of(arguments[2]), decisions(clip, tagger, pictures));
        }
    }

    /** Makes a tagger of the labels that the examples have, with the threshold of each that errs least on them. */
    static Tagger calibrated(Clip clip, List<LabelledPicture> examples) {
        Set<String> labels = new LinkedHashSet<>();
        examples.forEach(example -> labels.addAll(example.labels()));
        List<Tagger.Example> embedded = new ArrayList<>();
        clip.embedFiles(examples.stream().map(LabelledPicture::file).toList(), outcome -> {
            if (outcome.error() != null) {
                throw new UncheckedIOException(new IOException(outcome.error()));
            }
            embedded.add(new Tagger.Example(
                    outcome.result(), examples.get(outcome.index()).labels()));
        });
        return Tagger.of(clip, List.copyOf(labels)).calibrated(embedded, BETA);
    }

    /** Returns the lines of the table: picture, decision, why. What cannot be read must be looked at, too. */
    static List<String> decisions(Clip clip, Tagger tagger, List<Path> pictures) {
        List<String> lines = new ArrayList<>(List.of("image,decision,reasons"));
        clip.embedFiles(pictures, outcome -> {
            String reasons = outcome.error() == null ? reasons(tagger.tag(outcome.result())) : "cannot be read";
            String decision = reasons.isEmpty() ? "show" : "look at it";
            lines.add(quoted(outcome.file().toString()) + "," + decision + "," + quoted(reasons));
        });
        return lines;
    }

    private static String reasons(List<LabelScore> tags) {
        return tags.stream()
                .map(tag -> "%s %.3f".formatted(tag.label(), tag.score()))
                .collect(Collectors.joining("; "));
    }

    private static String quoted(String value) {
        return '"' + value.replace("\"", "\"\"") + '"';
    }
}
