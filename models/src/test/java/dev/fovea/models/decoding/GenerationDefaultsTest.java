package dev.fovea.models.decoding;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.generation.GenerationListener;
import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.models.nn.ConfigFile;
import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a checkpoint's files say about generating, as transformers 5.24 understands them. */
class GenerationDefaultsTest {

    private static final int END = 3;

    @TempDir
    Path folder;

    private GenerationOptions read(String json) throws IOException {
        Files.writeString(folder.resolve(GenerationDefaults.FILE), json);
        return GenerationDefaults.read(ConfigFile.optional(folder, GenerationDefaults.FILE));
    }

    /** Returns what is written by a decoder that wants to end at once. */
    private int[] written(GenerationOptions options) {
        DecoderSession session = (parents, tokens, logits) -> {
            for (float[] scores : logits) {
                scores[END] = 9;
                scores[1] = 5;
            }
        };
        return new Generator(options, new int[] {END}, 40, 8)
                .generate(List.of(new int[] {2, 4}), new int[1], session, GenerationListener.NONE)
                .getFirst()
                .best()
                .tokens();
    }

    @Test
    void theFewestNewTokensGoBeforeTheFewestOfAll() throws IOException {
        assertArrayEquals(new int[] {2, 4, 1, 1, 1, END}, written(read("{\"min_length\": 5}")));
        assertArrayEquals(new int[] {2, 4, 1, END}, written(read("{\"min_length\": 5, \"min_new_tokens\": 1}")));
        assertArrayEquals(new int[] {2, 4, END}, written(read("{\"min_length\": 5, \"min_new_tokens\": 0}")));
        assertArrayEquals(
                new int[] {2, 4, 1, END},
                written(GenerationOptions.DEFAULT.with(o -> o.minLength(9).minNewTokens(1))));
    }

    @Test
    void theLastTokenMayBeAListOfOne() throws IOException {
        assertEquals(OptionalInt.of(7), read("{\"forced_eos_token_id\": [7]}").forcedLast());
        String message = assertThrows(FoveaException.class, () -> read("{\"forced_eos_token_id\": [7, 8]}"))
                .getMessage();
        assertTrue(message.contains("forced_eos_token_id is [7, 8], expected one token"), message);
    }

    @Test
    void twentyIsALimitWhereOnlyPeopleWriteIt() throws IOException {
        assertEquals(OptionalInt.of(20), read("{\"max_length\": 20}").maxLength());
        Files.writeString(folder.resolve("config.json"), "{\"max_length\": 20}");
        assertEquals(
                OptionalInt.empty(),
                GenerationDefaults.read(ConfigFile.of(folder)).maxLength(),
                "older versions write their default into config.json");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"exponential_decay_length_penalty\": [3, 1.5]",
                "\"encoder_repetition_penalty\": 1.5",
                "\"sequence_bias\": [[[5], -2.0]]",
                "\"num_beam_groups\": 2",
                "\"renormalize_logits\": true",
                "\"stop_strings\": \"red\"",
                "\"penalty_alpha\": 0.6"
            })
    void rulesThatAreNotFollowedAreRefused(String setting) throws IOException {
        FoveaException refused = assertThrows(FoveaException.class, () -> read("{" + setting + "}"));
        String name = setting.substring(1, setting.indexOf('"', 1));
        assertTrue(refused.getMessage().contains(name + " is "), refused.getMessage());
    }

    @Test
    void rulesThatAreTurnedOffAreNot() throws IOException {
        assertEquals(GenerationOptions.DEFAULT, read("""
                {"encoder_repetition_penalty": 1.0, "num_beam_groups": 1, "diversity_penalty": 0.0,
                 "stop_strings": null, "renormalize_logits": false, "guidance_scale": 1, "constraints": [],
                 "use_cache": true, "pad_token_id": 0}
                """));
    }
}
