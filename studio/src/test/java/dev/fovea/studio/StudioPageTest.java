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
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
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

    /**
     * What a browser reads before the first page is there, uncompressed: the page's limit is 300 KB. Figures and rooms
     * are read when they are shown, at most 40 KB for one.
     */
    @Test
    void opensWithAtMost200KilobytesAndReadsTheRestWhenItIsShown() throws IOException {
        Set<Path> first = imported(PAGE.resolve("app.js"));
        Stream.of("index.html", "studio.css", "icon.svg").map(PAGE::resolve).forEach(first::add);
        long opening = bytes(first);
        assertTrue(opening <= 200_000, opening + " bytes");
        Set<Path> all = new TreeSet<>(first);
        for (Path file : files(".js")) {
            Set<Path> more = imported(file);
            more.removeAll(first);
            assertTrue(bytes(more) <= 40_000, file + " needs " + bytes(more) + " bytes more");
            all.addAll(more);
        }
        assertTrue(bytes(all) <= 400_000, bytes(all) + " bytes");
    }

    private static long bytes(Set<Path> files) throws IOException {
        long bytes = 0;
        for (Path file : files) {
            bytes += Files.size(file);
        }
        return bytes;
    }

    /** Returns a module and all that it imports before it runs. */
    private static Set<Path> imported(Path module) throws IOException {
        Set<Path> found = new TreeSet<>();
        Deque<Path> open = new ArrayDeque<>(List.of(module));
        while (!open.isEmpty()) {
            Path file = open.poll();
            if (found.add(file)) {
                Pattern.compile(" from '([^']+)'")
                        .matcher(Files.readString(file))
                        .results()
                        .map(name -> file.resolveSibling(name.group(1)).normalize())
                        .forEach(open::add);
            }
        }
        return found;
    }

    @Test
    void theServerNamesTheModulesOfTheFirstPageAndNoOthers() throws IOException {
        Set<String> first = new TreeSet<>();
        imported(PAGE.resolve("app.js")).forEach(file -> first.add("/" + PAGE.relativize(file)));
        try (FoveaStudio studio = FoveaStudio.builder().port(0).start()) {
            String header = new RawHttp(studio).get("/").header("Link");
            Set<String> named = new TreeSet<>();
            Pattern.compile("<([^>]+)>; rel=modulepreload")
                    .matcher(header)
                    .results()
                    .forEach(module -> named.add(module.group(1)));
            assertEquals(first, named);
        }
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
