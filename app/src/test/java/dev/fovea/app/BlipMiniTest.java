package dev.fovea.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What the embedded BLIP says of the scenes among the example pictures: they were drawn from art that its training
 * never saw.
 */
class BlipMiniTest {

    private static final Path PICTURES = Path.of("../examples/pictures");

    @ParameterizedTest
    @CsvSource({
        "frog-and-tree.png, a frog to the left of a pine tree",
        "two-mushrooms.png, two mushrooms",
        "sunflower-and-gift.png, a sunflower above a gift on a purple background"
    })
    void captions(String picture, String caption) throws IOException {
        JsonNode json =
                Ran.fovea("caption", PICTURES.resolve(picture), "--json").json();
        assertEquals("blip-mini", json.get("model").asText());
        assertEquals(caption, json.get("caption").asText());
    }

    @ParameterizedTest
    @CsvSource({
        "frog-and-tree.png, what is to the right of the frog?, pine tree",
        "frog-and-tree.png, where is the frog?, left",
        "two-mushrooms.png, how many mushrooms are there?, 2",
        "sunflower-and-gift.png, what color is the background?, purple",
        "sunflower-and-gift.png, is the gift above the sunflower?, no"
    })
    void answers(String picture, String question, String answer) {
        assertEquals(
                answer + "\n",
                Ran.fovea("ask", PICTURES.resolve(picture), question).out());
    }

    @Test
    void matches() throws IOException {
        JsonNode results = Ran.fovea(
                        "match", PICTURES.resolve("two-mushrooms.png"), "two mushrooms", "three mushrooms", "--json")
                .json()
                .get("results");
        assertTrue(results.get(0).get("match").asDouble() > 0.9, results.toString());
        assertTrue(results.get(1).get("match").asDouble() < 0.5, results.toString());
    }
}
