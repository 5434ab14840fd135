package dev.fovea.app.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.hub.Hub;
import dev.fovea.models.clip.Clip;
import dev.fovea.tensor.FoveaException;
import java.io.File;
import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.constantpool.StringEntry;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommandLineWordsTest {

    @TempDir
    private Path folder;

    @Test
    void otherMessagesStay() {
        assertEquals("f: a $1 file; convert it", CommandLineWords.of("f: a $1 file; convert it"));
        assertEquals(
                "made with 'fovea convert FILE OUT'", CommandLineWords.of("made with Converter.convert(FILE, OUT)"));
    }

    /** The library's own messages, so that neither side changes alone. */
    @Test
    void messagesOfTheLibrary() throws IOException {
        Files.write(folder.resolve("model.pt"), new byte[4]);
        FoveaException layout = Assertions.assertThrows(FoveaException.class, () -> Clip.load(folder));
        assertTrue(layout.getMessage().contains("Converter.convert(FILE, OUT)"), layout.getMessage());
        String said = Failure.describe(layout);
        assertTrue(said.contains("'fovea convert FILE OUT'"), said);
        FoveaException address = Assertions.assertThrows(
                FoveaException.class, () -> Hub.ofEnvironment().endpoint("nonsense"));
        assertTrue(Failure.describe(address).contains("--hub is no hub's address"), Failure.describe(address));
    }

    /** A message that names a method of the library has its words here: people at a shell cannot call it. */
    @Test
    void everyCallThatAMessageNamesIsTranslated() throws IOException {
        Set<String> texts = new TreeSet<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path place = Path.of(entry);
            String name = String.valueOf(place.getFileName());
            if (name.startsWith("fovea-") && name.endsWith(".jar") && !name.endsWith("-tests.jar")) {
                try (FileSystem jar = FileSystems.newFileSystem(place)) {
                    addTexts(jar.getPath("/"), texts);
                }
            } else if (place.endsWith(Path.of("target/classes")) && !place.endsWith(Path.of("app/target/classes"))) {
                addTexts(place, texts);
            }
        }
        List<String> named =
                texts.stream().filter(text -> CALL.matcher(text).find()).toList();
        assertTrue(named.size() >= 10, named.toString());
        List<String> left = named.stream()
                .filter(text -> CALL.matcher(CommandLineWords.of(text)).find())
                .toList();
        assertEquals(List.of(), left);
    }

    /** A method of what programs call to convert, download or index. */
    private static final Pattern CALL = Pattern.compile("\\b(Converter|Hub|PhotoIndex|LoadOptions|Models)\\.[a-z]\\w*");

    /** Adds the texts in all classes below a folder. */
    private static void addTexts(Path classes, Set<String> texts) throws IOException {
        try (Stream<Path> files = Files.walk(classes)) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".class")).toList()) {
                for (PoolEntry entry : ClassFile.of().parse(file).constantPool()) {
                    if (entry instanceof StringEntry text) {
                        texts.add(text.stringValue());
                    }
                }
            }
        }
    }
}
