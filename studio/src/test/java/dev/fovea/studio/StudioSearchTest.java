package dev.fovea.studio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.fovea.models.LoadOptions;
import dev.fovea.models.clip.Clip;
import dev.fovea.search.PhotoIndex;
import dev.fovea.studio.RawHttp.Raw;
import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The page searches an index, and never learns where its pictures lie. */
@Timeout(60)
class StudioSearchTest {

    @TempDir
    Path folder;

    private static JsonNode results(Raw answer) throws IOException {
        assertEquals(200, answer.status(), answer.text());
        return new ObjectMapper().readTree(answer.text()).get("results");
    }

    @Test
    void findsByWordsByPictureAndLikeAnother() throws IOException {
        Path index = folder.resolve("photos.index");
        try (Clip clip = Clip.load("clip-mini");
                PhotoIndex photos = PhotoIndex.open(index, clip, "clip-mini")) {
            photos.update(List.of(Path.of("../examples/pictures").toRealPath()));
        }
        try (FoveaStudio studio =
                FoveaStudio.builder().port(0).index(index, LoadOptions.DEFAULTS).start()) {
            RawHttp http = new RawHttp(studio);
            JsonNode there = new ObjectMapper().readTree(http.get("/api/state").text());
            assertEquals(9, there.get("search").get("pictures").asInt());
            assertTrue(there.get("search").get("finished").asBoolean());
            Raw answer = http.post("/api/search", "{\"text\": \"an octopus\", \"top\": 3}");
            JsonNode found = results(answer);
            assertEquals(3, found.size());
            assertEquals("octopus.png", found.get(0).get("name").asText());
            assertTrue(
                    !answer.text().contains(folder.toString()) && !answer.text().contains("examples"));
            String id = found.get(0).get("id").asText();
            Raw png = http.get("/api/search/" + id + ".png");
            assertEquals("image/png", png.header("Content-Type"));
            JsonNode like = results(http.post("/api/search", "{\"like\": \"" + id + "\"}"));
            assertEquals("octopus.png", like.get(0).get("name").asText());
            JsonNode same = results(http.post("/api/search", "{\"picture\": \"elephant\"}"));
            assertEquals("elephant.png", same.get(0).get("name").asText());
            assertEquals(404, http.get("/api/search/99.png").status());
            assertEquals(404, http.get("/api/search/..%2F1.png").status());
            assertEquals(400, http.post("/api/search", "{}").status());
            assertEquals(
                    400,
                    http.post("/api/search", "{\"text\": \"a\", \"top\": 0}").status());
        }
    }

    @Test
    void indexesAFolderWhileThePageIsUsed() throws IOException, InterruptedException {
        Path pictures = Files.createDirectories(folder.resolve("photos").resolve("below"));
        for (String name : List.of("octopus.png", "cat.jpg")) {
            Files.copy(Path.of("../examples/pictures").resolve(name), pictures.resolve(name));
        }
        Files.writeString(pictures.resolve("broken.png"), "no picture");
        Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
        Set<Path> before = indexes(temporary);
        try (FoveaStudio studio =
                FoveaStudio.builder().port(0).folder(folder.resolve("photos")).start()) {
            RawHttp http = new RawHttp(studio);
            JsonNode state;
            do {
                Thread.sleep(20);
                state = new ObjectMapper().readTree(http.get("/api/search").text());
                assertTrue(
                        state.path("problem").isMissingNode()
                                || state.get("problem").isNull(),
                        state.toString());
            } while (!state.get("finished").asBoolean());
            assertEquals(2, state.get("pictures").asInt());
            assertEquals("clip-mini", state.get("model").asText());
            assertEquals("[\"broken.png\"]", state.get("unreadable").toString());
            JsonNode found = results(http.post("/api/search", "{\"text\": \"an octopus\"}"));
            assertEquals("octopus.png", found.get(0).get("name").asText());
            Raw taken = http.post("/api/search/" + found.get(0).get("id").asText() + "/picture", "{}");
            assertEquals(200, taken.status(), taken.text());
            assertTrue(http.get("/api/pictures")
                    .text()
                    .contains(
                            new ObjectMapper().readTree(taken.text()).get("id").asText()));
        }
        assertEquals(before, indexes(temporary), "the index of a folder goes with the studio");
    }

    private static Set<Path> indexes(Path temporary) throws IOException {
        try (Stream<Path> all = Files.list(temporary)) {
            return all.filter(path -> path.getFileName().toString().startsWith("fovea-studio-"))
                    .collect(Collectors.toSet());
        }
    }

    @Test
    void whatIsNoFolderIsALine() throws IOException {
        Path file = Files.writeString(folder.resolve("notes.txt"), "hello");
        FoveaException none = assertThrows(
                FoveaException.class,
                () -> FoveaStudio.builder().port(0).folder(file).start());
        assertEquals(
                file + ": is a file; give a folder of pictures, or an index that fovea index made", none.getMessage());
        FoveaException absent = assertThrows(
                FoveaException.class,
                () -> FoveaStudio.builder()
                        .port(0)
                        .folder(folder.resolve("nowhere"))
                        .start());
        assertEquals(folder.resolve("nowhere") + ": no such folder; check the path", absent.getMessage());
    }

    @Test
    void withoutAnIndexThereIsALine() throws IOException {
        try (FoveaStudio studio = FoveaStudio.builder().port(0).start()) {
            Raw refused = new RawHttp(studio).post("/api/search", "{\"text\": \"a cat\"}");
            assertEquals(409, refused.status());
            assertTrue(refused.text().contains("fovea studio PHOTOS"), refused.text());
        }
        FoveaException none = assertThrows(
                FoveaException.class,
                () -> FoveaStudio.builder()
                        .port(0)
                        .index(folder, LoadOptions.DEFAULTS)
                        .start());
        assertTrue(none.getMessage().contains("is no index of pictures"), none.getMessage());
    }
}
