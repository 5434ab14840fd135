package dev.fovea.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Every class of the product has a name of its own, in whatever package or module it lies: a name in a message or a
 * search is one class.
 */
class ClassNamesTest {

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    @Test
    void noTwoClassesShareAName() throws IOException {
        Map<String, List<Path>> byName = new TreeMap<>();
        for (Path module : children(ROOT)) {
            Path sources = module.resolve("src/main/java");
            if (!Files.isDirectory(sources)) {
                continue;
            }
            try (Stream<Path> files = Files.walk(sources)) {
                files.filter(file -> file.toString().endsWith(".java")
                                && !file.endsWith("package-info.java")
                                && !file.endsWith("module-info.java"))
                        .forEach(file -> byName.computeIfAbsent(
                                        file.getFileName().toString(), name -> new ArrayList<>())
                                .add(ROOT.relativize(file)));
            }
        }
        assertTrue(byName.size() > 100, () -> "only " + byName.size() + " classes found");
        byName.values().removeIf(files -> files.size() == 1);
        assertEquals(Map.of(), byName);
    }

    private static List<Path> children(Path folder) throws IOException {
        try (Stream<Path> children = Files.list(folder)) {
            return children.toList();
        }
    }
}
