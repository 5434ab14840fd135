package dev.fovea.tensor.kit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Checks the Java sources of all modules for what the formatter leaves alone: long comments and long texts. */
class SourceLinesTest {

    private static final int MOST = 120;

    /** The folder of all modules: tests run in that of their module. */
    private static final Path ROOT = Path.of("..");

    private static List<Path> sources() throws IOException {
        List<Path> sources = new ArrayList<>();
        Files.walkFileTree(ROOT, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                String name = folder.getFileName().toString();
                boolean isOther = name.equals("target") || name.startsWith(".") && !folder.equals(ROOT);
                return isOther ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (file.toString().endsWith(".java")) {
                    sources.add(file);
                }
                return FileVisitResult.CONTINUE;
            }
        });
        return sources;
    }

    @Test
    void noLineIsLongerThanTheFormatterAllows() throws IOException {
        List<Path> sources = sources();
        assertTrue(sources.size() > 100, "only " + sources.size() + " sources in " + ROOT.toAbsolutePath());
        StringBuilder tooLong = new StringBuilder();
        for (Path source : sources) {
            List<String> lines = Files.readAllLines(source);
            for (int i = 0; i < lines.size(); i++) {
                int length = lines.get(i).codePointCount(0, lines.get(i).length());
                if (length > MOST) {
                    tooLong.append(ROOT.relativize(source)).append(':').append(i + 1);
                    tooLong.append(": ").append(length).append(" characters\n");
                }
            }
        }
        assertEquals("", tooLong.toString(), "lines of more than " + MOST + " characters");
    }
}
