package dev.fovea.tensor.kit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Checks what the formatter leaves alone in all modules: long lines, missing comments, names with packages. */
class SourceLinesTest {

    private static final int MOST = 120;

    /** What opens a public type, method or constructor, indented by one or two levels, or not at all. */
    private static final Pattern PUBLIC =
            Pattern.compile("^(?: {4}){0,2}public (?:[\\w<>\\[\\], .?@&]+\\(|.*\\b(?:class|interface|record|enum) ).*");

    private static final Pattern EXPORTS = Pattern.compile("exports\\s+([\\w.]+)");

    /** A class of Fovea with its package, in a line that is no import, comment or text. */
    private static final Pattern PACKAGE_AND_CLASS =
            Pattern.compile("^(?!\\s*(?:import|package|/?\\*|//))[^\"]*\\bdev\\.fovea(?:\\.[a-z0-9]+)*\\.[A-Z]");

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

    /** Whoever hovers over a name that a module exports reads what it does. */
    @Test
    void publicMembersAreDocumented() throws IOException {
        StringBuilder bare = new StringBuilder();
        int exported = 0;
        for (Path module : sources()) {
            if (!module.endsWith("module-info.java") || !module.toString().contains("main")) {
                continue;
            }
            for (Matcher exports = EXPORTS.matcher(Files.readString(module)); exports.find(); exported++) {
                Path folder = module.resolveSibling(exports.group(1).replace('.', '/'));
                try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.java")) {
                    for (Path source : files) {
                        bare.append(undocumented(source));
                    }
                }
            }
        }
        assertTrue(exported > 20, "only " + exported + " exported packages");
        assertEquals("", bare.toString(), "public members without a comment");
    }

    private static StringBuilder undocumented(Path source) throws IOException {
        StringBuilder bare = new StringBuilder();
        List<String> lines = Files.readAllLines(source);
        for (int i = 0; i < lines.size(); i++) {
            if (!PUBLIC.matcher(lines.get(i)).matches()) {
                continue;
            }
            int before = i - 1;
            boolean inherits = false;
            while (before >= 0 && lines.get(before).strip().startsWith("@")) {
                inherits |= lines.get(before).strip().equals("@Override");
                before--;
            }
            if (!inherits && (before < 0 || !lines.get(before).strip().endsWith("*/"))) {
                bare.append(ROOT.relativize(source)).append(':').append(i + 1);
                bare.append(": ").append(lines.get(i).strip()).append('\n');
            }
        }
        return bare;
    }

    /** A class that cannot be imported since another one in the file has its name: one needs another name. */
    @Test
    void noClassIsNamedWithItsPackage() throws IOException {
        StringBuilder named = new StringBuilder();
        for (Path source : sources()) {
            if (!source.toString()
                            .contains("src/main/java"
                                    .replace("/", source.getFileSystem().getSeparator()))
                    || source.endsWith("module-info.java")) {
                continue;
            }
            List<String> lines = Files.readAllLines(source);
            for (int i = 0; i < lines.size(); i++) {
                if (PACKAGE_AND_CLASS.matcher(lines.get(i)).find()) {
                    named.append(ROOT.relativize(source)).append(':').append(i + 1);
                    named.append(": ").append(lines.get(i).strip()).append('\n');
                }
            }
        }
        assertEquals("", named.toString(), "classes of Fovea that are not imported");
    }
}
