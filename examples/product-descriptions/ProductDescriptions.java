import dev.fovea.models.Captioner;
import dev.fovea.models.captioning.Captioners;
import dev.fovea.models.image.Picture;
import dev.fovea.tensor.FoveaException;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Writes a description of every picture of a folder into a table: {@code ProductDescriptions PICTURES OUT.csv [MODEL]}.
 * Run again, the command goes on where it was stopped, and does what is new.
 */
public final class ProductDescriptions {

    private ProductDescriptions() {}

    /** Describes what the table lacks. */
    public static void main(String[] arguments) throws IOException {
        if (arguments.length < 2) {
            System.err.println("usage: ProductDescriptions PICTURES OUT.csv [MODEL]");
            System.exit(2);
        }
        Path table = Path.of(arguments[1]);
        Set<String> done = done(table);
        // For photographs use "Salesforce/blip-image-captioning-base" or "microsoft/Florence-2-base-ft".
        try (Captioner captioner = Captioners.load(arguments.length > 2 ? arguments[2] : "blip-mini");
                Stream<Path> files = Files.walk(Path.of(arguments[0]));
                BufferedWriter out =
                        Files.newBufferedWriter(table, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            if (Files.size(table) == 0) {
                out.write("image,description\n");
            }
            List<Path> left = files.filter(Files::isRegularFile)
                    .filter(file -> !done.contains(quoted(file.toString())))
                    .sorted()
                    .toList();
            for (Path file : left) {
                try {
                    String description = sentence(captioner.caption(Picture.read(file)));
                    out.write(quoted(file.toString()) + "," + quoted(description) + "\n");
                    out.flush();
                } catch (FoveaException unreadable) {
                    System.err.println(unreadable.getMessage()); // the others go on
                }
            }
        }
    }

    /** Returns the pictures that the table has, as it spells them. */
    private static Set<String> done(Path table) throws IOException {
        Set<String> done = new HashSet<>();
        if (Files.exists(table)) {
            for (String line : Files.readAllLines(table)) {
                done.add(line.substring(0, Math.max(0, line.indexOf("\",\"") + 1)));
            }
        }
        return done;
    }

    /** Makes a sentence of a caption, which begins with a small letter and has no full stop. */
    private static String sentence(String caption) {
        String text = caption.strip();
        if (text.isEmpty()) {
            return "";
        }
        return Character.toUpperCase(text.charAt(0)) + text.substring(1) + (text.endsWith(".") ? "" : ".");
    }

    private static String quoted(String value) {
        return '"' + value.replace("\"", "\"\"") + '"';
    }
}
