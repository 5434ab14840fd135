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
import java.nio.file.Path;
import java.util.List;
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
            assertTrue(http.get("/api/state").text().contains("\"search\":{\"pictures\":9,\"model\":\"clip-mini\"}"));
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
    void withoutAnIndexThereIsALine() throws IOException {
        try (FoveaStudio studio = FoveaStudio.builder().port(0).start()) {
            Raw refused = new RawHttp(studio).post("/api/search", "{\"text\": \"a cat\"}");
            assertEquals(409, refused.status());
            assertTrue(refused.text().contains("fovea index PHOTOS"), refused.text());
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
