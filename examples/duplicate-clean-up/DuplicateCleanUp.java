import dev.fovea.models.clip.Clip;
import dev.fovea.search.DuplicateGroup;
import dev.fovea.search.PhotoIndex;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Clears near duplicates out of a folder of pictures: {@code DuplicateCleanUp PHOTOS [BIN]}. Of each group the picture
 * with the most pixels stays. Without a bin it only says what it would do; nothing is ever deleted.
 */
public final class DuplicateCleanUp {

    /** Pictures that were scaled or saved again are nearer than this; two photographs of one scene are not. */
    private static final double THRESHOLD = 0.98;

    private DuplicateCleanUp() {}

    /** Moves what is there twice into the bin. */
    public static void main(String[] arguments) throws IOException {
        if (arguments.length < 1 || arguments.length > 2) {
            System.err.println("usage: DuplicateCleanUp PHOTOS [BIN]");
            System.exit(2);
        }
        Path photos = Path.of(arguments[0]).toAbsolutePath().normalize();
        List<Path> extra = extra(photos);
        for (Path file : extra) {
            System.out.println(file);
        }
        if (arguments.length == 2) {
            move(photos, extra, Path.of(arguments[1]));
        }
        boolean moved = arguments.length == 2;
        System.out.printf("%d pictures %s%n", extra.size(), moved ? "moved" : "could go; name a folder as the bin");
    }

    /** Returns the pictures that look like a better one. */
    static List<Path> extra(Path photos) {
        // For photographs use "openai/clip-vit-base-patch32" or its like.
        try (Clip clip = Clip.load("clip-mini");
                PhotoIndex index = PhotoIndex.open(photos.resolveSibling(photos.getFileName() + ".index"), clip)) {
            index.update(List.of(photos));
            List<Path> extra = new ArrayList<>();
            for (DuplicateGroup group : index.duplicates(THRESHOLD)) {
                group.pictures().stream()
                        .skip(1)
                        // Others may connect a picture to the group that is itself no duplicate of the first.
                        .filter(picture -> picture.similarity() >= THRESHOLD)
                        .forEach(picture -> extra.add(picture.file()));
            }
            return extra;
        }
    }

    /** Moves files into the bin, each into the sub-folder that it comes from, so that they can be moved back. */
    static void move(Path photos, List<Path> files, Path bin) throws IOException {
        for (Path file : files) {
            Path target = bin.resolve(photos.relativize(file));
            Files.createDirectories(target.toAbsolutePath().getParent());
            Files.move(file, target); // fails if it is there: nothing is overwritten
        }
    }
}
