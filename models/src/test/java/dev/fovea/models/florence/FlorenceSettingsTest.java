package dev.fovea.models.florence;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.fovea.models.image.Picture;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What {@code generation_config.json} says of start and end, with the ids of transformers 5.24 for the case {@code
 * base} and the picture of a cat.
 */
class FlorenceSettingsTest {

    @TempDir
    private Path folder;

    private void assertWrites(String settings, int... expected) throws IOException {
        FlorenceCase.copy("base", folder);
        Files.writeString(folder.resolve("generation_config.json"), """
                {"bos_token_id": 0, "pad_token_id": 1, "num_beams": 1, "no_repeat_ngram_size": 3, "max_new_tokens": 12,
                 "forced_bos_token_id": 0, "forced_eos_token_id": 2, %s}
                """.formatted(settings));
        try (Backend backend = Backends.open("cpu", 1);
                Florence2 florence = Florence2.load(folder, backend)) {
            Picture cat = Picture.read(Path.of("../examples/pictures/cat.jpg"));
            assertArrayEquals(
                    expected,
                    florence.run(cat, FlorenceTask.OD).generation().best().tokens());
        }
    }

    @Test
    void oneEnd() throws IOException {
        assertWrites(
                "\"eos_token_id\": 2, \"decoder_start_token_id\": 2",
                2,
                0,
                499,
                805,
                746,
                275,
                275,
                653,
                501,
                501,
                1185,
                501,
                2);
    }

    @Test
    void severalEnds() throws IOException {
        assertWrites("\"eos_token_id\": [2, 653], \"decoder_start_token_id\": 2", 2, 0, 499, 805, 746, 275, 275, 653);
    }

    @Test
    void anotherStart() throws IOException {
        assertWrites(
                "\"eos_token_id\": [2, 653], \"decoder_start_token_id\": 0",
                0,
                0,
                605,
                605,
                605,
                13,
                890,
                890,
                994,
                13,
                890,
                994,
                2);
    }
}
