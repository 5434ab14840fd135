package dev.fovea.studio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.image.Picture;
import dev.fovea.studio.pictures.PictureEntry;
import dev.fovea.studio.pictures.StudioPictures;
import dev.fovea.tensor.kit.Rooms;
import dev.fovea.tensor.kit.Surface;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** How the studio is built: packages, public types, the files of its jar. */
class StudioRoomsTest {

    private static final Path PAGE = Path.of("src/main/resources/dev/fovea/studio/page");

    @Test
    void packagesUseEachOtherOneWay() throws IOException {
        Rooms.of(Path.of("target/classes")).requireNoCircles();
    }

    @Test
    void staysSmall() throws IOException {
        Surface surface = Surface.of(Path.of("target/classes"));
        surface.requireNoLeaks();
        assertTrue(surface.size() <= 19, () -> surface.size() + " public types: " + surface.types());
    }

    @Test
    void theIndexNamesTheFilesOfThePage() throws IOException {
        assertEquals(files(PAGE), new TreeSet<>(Files.readAllLines(PAGE.resolve("index.txt"))));
    }

    private static TreeSet<String> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            TreeSet<String> names = new TreeSet<>();
            files.filter(Files::isRegularFile)
                    .map(file -> folder.relativize(file).toString().replace('\\', '/'))
                    .filter(name -> !name.equals("index.txt"))
                    .forEach(names::add);
            return names;
        }
    }

    @Test
    void noFileOfThePageNamesAnotherHost() throws IOException {
        for (String name : files(PAGE)) {
            if (!name.startsWith("vendor/") && name.matches(".*\\.(html|js|css)")) {
                String text = Files.readString(PAGE.resolve(name));
                for (String start : List.of("src=\"http", "href=\"http", "from \"http", "url(http", "import(\"http")) {
                    assertTrue(!text.contains(start), name + " names another host: " + start);
                }
            }
        }
    }

    @Test
    void allExamplePicturesAreBuiltIn() throws IOException {
        TreeSet<String> there = files(Path.of("../examples/pictures"));
        there.removeIf(name -> name.endsWith(".md"));
        assertEquals(there, new TreeSet<>(StudioPictures.BUILT_IN));
        for (PictureEntry entry : new StudioPictures().list()) {
            Picture picture = Picture.read(Path.of("../examples/pictures").resolve(entry.name()));
            assertEquals(picture.width(), entry.width(), entry.name());
            assertEquals(picture.height(), entry.height(), entry.name());
        }
    }
}
