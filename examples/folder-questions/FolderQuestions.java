import dev.fovea.models.blip.BlipAnswerer;
import dev.fovea.models.image.Picture;
import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Asks the same questions about every picture of a folder: {@code FolderQuestions PICTURES OUT.csv QUESTION...}. The
 * table has a line for each picture and a column for each question.
 */
public final class FolderQuestions {

    private FolderQuestions() {}

    /** Writes the table line by line, so that a run that is stopped leaves what it has found out. */
    public static void main(String[] arguments) throws IOException {
        if (arguments.length < 3) {
            System.err.println("usage: FolderQuestions PICTURES OUT.csv QUESTION...");
            System.exit(2);
        }
        List<String> questions = List.of(arguments).subList(2, arguments.length);
        // For photographs use "Salesforce/blip-vqa-base".
        try (BlipAnswerer blip = BlipAnswerer.load("blip-mini");
                Stream<Path> files = Files.walk(Path.of(arguments[0]));
                PrintWriter out = new PrintWriter(Files.newBufferedWriter(Path.of(arguments[1])))) {
            out.println(row("image", questions));
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                try {
                    Picture picture = Picture.read(file);
                    out.println(row(
                            file.toString(),
                            questions.stream()
                                    .map(question -> blip.answer(picture, question))
                                    .toList()));
                    out.flush();
                } catch (FoveaException unreadable) {
                    System.err.println(unreadable.getMessage()); // the others go on
                }
            }
        }
    }

    private static String row(String first, List<String> others) {
        return Stream.concat(Stream.of(first), others.stream())
                .map(value -> '"' + value.replace("\"", "\"\"") + '"')
                .collect(Collectors.joining(","));
    }
}
