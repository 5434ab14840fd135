package dev.fovea.studio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The page's files as files: small, without what its security policy forbids, and lessons that can be played. */
class StudioPageTest {

    private static final Path RESOURCES = Path.of("src/main/resources/dev/fovea/studio");
    private static final Path PAGE = RESOURCES.resolve("page");
    private static final Path LESSONS = RESOURCES.resolve("lessons");

    private static List<Path> files(String ending) throws IOException {
        try (Stream<Path> files = Files.walk(PAGE)) {
            return files.filter(file -> file.toString().endsWith(ending)).toList();
        }
    }

    @Test
    void hasAtMost300Kilobytes() throws IOException {
        long bytes = 0;
        try (Stream<Path> files = Files.walk(PAGE)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                bytes += Files.size(file);
            }
        }
        assertTrue(bytes <= 300_000, bytes + " bytes");
    }

    @Test
    void everyModuleFitsInOneSitting() throws IOException {
        for (Path file : files(".js")) {
            if (!file.startsWith(PAGE.resolve("vendor"))) {
                List<String> lines = Files.readAllLines(file);
                assertTrue(lines.size() <= 200, file + " has " + lines.size() + " lines");
                assertTrue(lines.getFirst().startsWith("// "), file + " does not say what it is for");
            }
        }
    }

    @Test
    void nothingWritesMarkupOrStyleAttributes() throws IOException {
        Pattern forbidden = Pattern.compile(
                "innerHTML|outerHTML|insertAdjacentHTML|document\\.write|\\beval\\(|new Function|\\sstyle=");
        for (Path file :
                Stream.concat(files(".js").stream(), files(".html").stream()).toList()) {
            if (!file.startsWith(PAGE.resolve("vendor"))) {
                String text = Files.readString(file);
                assertFalse(forbidden.matcher(text).find(), file::toString);
            }
        }
    }

    @Test
    void whatIsVendoredIsWhatItsReadmeSays() throws IOException, NoSuchAlgorithmException {
        Path vendor = PAGE.resolve("vendor");
        String hash = HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256")
                        .digest(Files.readAllBytes(vendor.resolve("preact-htm.js"))));
        assertTrue(Files.readString(vendor.resolve("README.md")).contains("sha256 `" + hash + "`"), hash);
    }

    @Test
    void theIndexNamesTheLessons() throws IOException {
        TreeSet<String> names = new TreeSet<>();
        try (Stream<Path> files = Files.list(LESSONS)) {
            files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".json"))
                    .forEach(names::add);
        }
        assertEquals(names, new TreeSet<>(Files.readAllLines(LESSONS.resolve("index.txt"))));
    }

    @Test
    void lessonsHaveATextAFigureAThingToDoAndAQuestion() throws IOException {
        String inside = Files.readString(PAGE.resolve("rooms/inside.js"));
        Map<String, Integer> lengths = Map.of("tour.json", 10, "blip.json", 6, "florence.json", 6);
        for (String name : Files.readAllLines(LESSONS.resolve("index.txt"))) {
            JsonNode lesson = new ObjectMapper().readTree(Files.readString(LESSONS.resolve(name)));
            assertFalse(lesson.path("title").asText().isEmpty(), name);
            JsonNode steps = lesson.path("steps");
            assertEquals(lengths.getOrDefault(name, steps.size()), steps.size(), name);
            for (JsonNode step : steps) {
                String at = name + ": " + step.path("title").asText();
                String[] view = step.path("view").asText().split("[/?]");
                assertEquals("inside", view[0], at);
                assertTrue(
                        Pattern.compile("(?m)^    '?" + view[1] + "'?: \\[")
                                .matcher(inside)
                                .find(),
                        at);
                int words = step.path("text").asText().split("\\s+").length;
                assertTrue(words >= 20 && words <= 70, at + " has " + words + " words");
                for (String part : List.of("do", "question", "answer")) {
                    assertFalse(step.path(part).asText().isEmpty(), at + " lacks " + part);
                }
                int right = step.path("right").asInt(-1);
                assertTrue(right >= 0 && right < step.path("choices").size(), at + " has no right choice");
            }
        }
    }
}
