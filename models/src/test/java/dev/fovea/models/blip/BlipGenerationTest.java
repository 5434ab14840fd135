package dev.fovea.models.blip;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.WeightType;
import dev.fovea.models.generation.Generation;
import dev.fovea.models.generation.Generation.Sequence;
import dev.fovea.models.generation.GenerationListener;
import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.models.image.Pixels;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.json.JsonReader;
import dev.fovea.tensor.json.JsonValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What generation promises beyond what transformers says: chance, batches, listeners, limits. */
class BlipGenerationTest {

    private static final GenerationOptions SAMPLE = GenerationOptions.DEFAULT.with(o -> o.sample(true));

    @TempDir
    private Path folder;

    private BlipCase oracle;
    private Backend backend;
    private BlipCaptioner blip;

    @BeforeEach
    void load() {
        oracle = BlipCase.open("caption-base");
        BlipCase.copy("caption-base", folder);
        backend = Backends.open("cpu", 2);
        blip = BlipCaptioner.load(folder, backend);
    }

    @AfterEach
    void close() {
        blip.close();
        backend.close();
        oracle.close();
    }

    private List<Generation> generate(BlipCaptioner model, Pixels pixels, GenerationOptions options) {
        int[] start = model.prompt();
        return model.generate(
                pixels, Collections.nCopies(pixels.grid().images(), start), options, GenerationListener.NONE);
    }

    /**
     * Pearson's chi-square of first tokens drawn, for every combination of filters that transformers was asked about.
     */
    @Test
    void tokensAreDrawnWithTheProbabilitiesOfTransformers() throws IOException {
        int draws = 4000;
        String text = "{\"all\":" + Files.readString(oracle.folder().resolve("sampling.json")) + "}";
        List<JsonValue> entries =
                JsonReader.readObject(text, "sampling.json").get("all").items();
        assertTrue(entries.size() > 30);
        for (JsonValue entry : entries) {
            GenerationOptions options = BlipCase.options(GenerationOptions.DEFAULT, entry.get("options"))
                    .with(o -> {
                        o.sample(true);
                        o.returnSequences(draws);
                        o.maxNewTokens(1);
                    });
            int[] prompt = BlipCase.integers(entry.get("prompt_ids"));
            Pixels pixels = oracle.pixels("vision", entry.get("picture").integer(0));
            float[] expected = BlipCase.floats(entry.get("probabilities"));
            double[] counts = new double[expected.length];
            for (Sequence sequence : blip.generate(pixels, List.of(prompt), options, GenerationListener.NONE)
                    .getFirst()
                    .sequences()) {
                counts[sequence.tokens()[prompt.length]]++;
            }
            String what = entry.get("options").fields() + " after " + prompt.length + " tokens";
            assertTrue(chiSquareFits(counts, expected, draws), what);
        }
    }

    /**
     * Rare tokens are taken together; the limit is exceeded once in ten thousand times by chance, and the seed is
     * fixed.
     */
    private static boolean chiSquareFits(double[] counts, float[] expected, int draws) {
        double sum = 0;
        double rareCount = 0;
        double rareExpected = 0;
        int cells = 0;
        for (int token = 0; token < expected.length; token++) {
            if (expected[token] == 0 && counts[token] > 0) {
                return false;
            }
            double wanted = (double) expected[token] * draws;
            if (wanted < 5) {
                rareCount += counts[token];
                rareExpected += wanted;
            } else {
                sum += (counts[token] - wanted) * (counts[token] - wanted) / wanted;
                cells++;
            }
        }
        if (rareExpected >= 5) {
            sum += (rareCount - rareExpected) * (rareCount - rareExpected) / rareExpected;
            cells++;
        }
        int freedom = Math.max(1, cells - 1);
        // Wilson and Hilferty 1931
        double limit = freedom * Math.pow(1 - 2.0 / (9 * freedom) + 3.72 * Math.sqrt(2.0 / (9 * freedom)), 3);
        return sum <= limit;
    }

    @Test
    void theSameSeedGivesTheSameTextWhateverTheThreadsAndTheBatch() {
        GenerationOptions options = SAMPLE.with(o -> o.seed(42));
        List<Generation> together = generate(blip, oracle.pixels("vision"), options);
        try (Backend single = Backends.open("cpu", 1);
                BlipCaptioner alone = BlipCaptioner.load(folder, single)) {
            List<Generation> again = generate(alone, oracle.pixels("vision"), options);
            for (int picture = 0; picture < 3; picture++) {
                assertArrayEquals(
                        together.get(picture).best().tokens(),
                        again.get(picture).best().tokens());
            }
        }
        assertArrayEquals(
                together.getFirst().best().tokens(),
                generate(blip, oracle.pixels("vision", 0), options)
                        .getFirst()
                        .best()
                        .tokens());
        List<String> texts = IntStream.range(0, 20)
                .mapToObj(seed -> generate(blip, oracle.pixels("vision", 0), SAMPLE.with(o -> o.seed(seed))))
                .map(generated -> Arrays.toString(generated.getFirst().best().tokens()))
                .distinct()
                .toList();
        assertTrue(texts.size() > 10, "twenty seeds gave only " + texts);
    }

    @Test
    void aBatchOfPicturesGivesWhatEachAloneGives() {
        List<Consumer<GenerationOptions.Builder>> ways = List.of(
                o -> {},
                o -> o.beams(3),
                o -> {
                    o.beams(5);
                    o.returnSequences(5);
                },
                o -> {
                    o.beams(3);
                    o.sample(true);
                    o.seed(7);
                });
        for (Consumer<GenerationOptions.Builder> way : ways) {
            GenerationOptions options = GenerationOptions.DEFAULT.with(way);
            List<Generation> together = generate(blip, oracle.pixels("vision"), options);
            for (int picture = 0; picture < (options.sample() ? 1 : 3); picture++) {
                Generation alone = generate(blip, oracle.pixels("vision", picture), options)
                        .getFirst();
                assertEquals(
                        alone.sequences().size(),
                        together.get(picture).sequences().size());
                for (int i = 0; i < alone.sequences().size(); i++) {
                    Sequence expected = alone.sequences().get(i);
                    Sequence found = together.get(picture).sequences().get(i);
                    assertArrayEquals(expected.tokens(), found.tokens());
                    assertEquals(expected.score(), found.score());
                }
            }
        }
    }

    @Test
    void theListenerSeesEveryTokenAndMayStop() {
        List<Integer> lengths = new ArrayList<>();
        GenerationOptions options = GenerationOptions.DEFAULT.with(o -> o.beams(3));
        Pixels pixels = oracle.pixels("vision", 0);
        Generation whole = blip.generate(pixels, List.of(blip.prompt()), options, (picture, live, finished) -> {
                    assertEquals(0, picture);
                    live.forEach(sequence -> assertEquals(live.getFirst().tokens().length, sequence.tokens().length));
                    lengths.add(live.isEmpty() ? 0 : live.getFirst().tokens().length);
                    return true;
                })
                .getFirst();
        assertFalse(whole.stopped());
        assertEquals(2, lengths.getFirst());
        Generation stopped = blip.generate(pixels, List.of(blip.prompt()), options, (picture, live, finished) -> false)
                .getFirst();
        assertTrue(stopped.stopped());
        assertEquals(2, stopped.best().tokens().length);
    }

    @Test
    void roundedWeightsGiveTheSameTextOnEveryBackend() {
        for (WeightType storage : List.of(WeightType.BF16, WeightType.INT8, WeightType.F16)) {
            try (Backend reference = Backends.open("reference", 1);
                    BlipCaptioner expected =
                            BlipCaptioner.load(folder, LoadOptions.on(reference).withWeights(storage));
                    BlipCaptioner found =
                            BlipCaptioner.load(folder, LoadOptions.on(backend).withWeights(storage))) {
                for (int picture = 0; picture < 3; picture++) {
                    Pixels pixels = oracle.pixels("vision", picture);
                    assertArrayEquals(
                            generate(expected, pixels, GenerationOptions.DEFAULT)
                                    .getFirst()
                                    .best()
                                    .tokens(),
                            generate(found, pixels, GenerationOptions.DEFAULT)
                                    .getFirst()
                                    .best()
                                    .tokens(),
                            storage.toString());
                }
            }
        }
    }

    @Test
    void promptsBeyondThePositionTableAreRefused() {
        Pixels pixels = oracle.pixels("vision", 0);
        int[] long40 = new int[40];
        Arrays.fill(long40, 5);
        refuses("at most 40", pixels, long40, GenerationOptions.DEFAULT);
        int[] long30 = Arrays.copyOf(long40, 30);
        refuses("at most 10 new tokens", pixels, long30, GenerationOptions.DEFAULT.with(o -> o.maxNewTokens(11)));
        refuses("30 tokens already", pixels, long30, GenerationOptions.DEFAULT.with(o -> o.maxLength(30)));
        // Where nobody said how long, the table ends the text.
        int[] generated = blip.generate(
                        pixels,
                        List.of(long30),
                        GenerationOptions.DEFAULT.with(o -> o.minNewTokens(10)),
                        GenerationListener.NONE)
                .getFirst()
                .best()
                .tokens();
        assertEquals(40, generated.length);
        FoveaException tooLong = assertThrows(FoveaException.class, () -> blip.prompt("the dog ".repeat(30)));
        assertTrue(tooLong.getMessage().contains("the prompt has 62 tokens"), tooLong.getMessage());
    }

    private void refuses(String complaint, Pixels pixels, int[] prompt, GenerationOptions options) {
        FoveaException error = assertThrows(
                FoveaException.class, () -> blip.generate(pixels, List.of(prompt), options, GenerationListener.NONE));
        assertTrue(error.getMessage().contains(complaint), error.getMessage());
    }

    @Test
    void optionsOutOfRangeAreRefusedByName() {
        refuses("beams is 0", o -> o.beams(0));
        refuses("topP is 2.0", o -> o.topP(2));
        refuses("topK is -1", o -> o.topK(-1));
        refuses("temperature is 0.0", o -> o.temperature(0));
        refuses("temperature is NaN", o -> o.temperature(Double.NaN));
        refuses("maxNewTokens is 0", o -> o.maxNewTokens(0));
        refuses("returnSequences is 2", o -> o.returnSequences(2));
        refuses("repetitionPenalty is 0.0", o -> o.repetitionPenalty(0));
    }

    private static void refuses(String complaint, Consumer<GenerationOptions.Builder> change) {
        FoveaException error = assertThrows(FoveaException.class, () -> GenerationOptions.DEFAULT.with(change));
        assertTrue(error.getMessage().startsWith(complaint), error.getMessage());
    }

    @Test
    void defaultsComeFromTheCheckpoint() throws IOException {
        assertEquals(GenerationOptions.DEFAULT, blip.defaults());
        Path file = folder.resolve("generation_config.json");
        Files.writeString(file, "{\"num_beams\": 3, \"max_length\": 9, \"early_stopping\": \"never\"}");
        Path config = folder.resolve("config.json");
        Files.writeString(
                config,
                Files.readString(config)
                        .replace("\"text_config\": {", "\"text_config\": {\"num_beams\": 5, \"min_length\": 4,"));
        try (BlipCaptioner changed = BlipCaptioner.load(folder, backend)) {
            assertEquals(3, changed.defaults().beams());
            assertEquals(4, changed.defaults().minLength());
            assertEquals(9, changed.defaults().longest(3));
            assertEquals(
                    GenerationOptions.EarlyStopping.NEVER, changed.defaults().earlyStopping());
        }
        Files.writeString(file, "{\"max_length\": 20}");
        try (BlipCaptioner changed = BlipCaptioner.load(folder, backend)) {
            assertEquals(20, changed.defaults().longest(3));
        }
        Files.delete(file);
        Files.writeString(
                config,
                Files.readString(config).replace("\"min_length\": 4,", "\"min_length\": 4, \"max_length\": 20,"));
        try (BlipCaptioner changed = BlipCaptioner.load(folder, backend)) {
            assertEquals(23, changed.defaults().longest(3), "20 means nothing was said");
        }
        Files.writeString(file, "{\"num_beams\": \"many\"}");
        FoveaException error = assertThrows(FoveaException.class, () -> BlipCaptioner.load(folder, backend));
        assertTrue(error.getMessage().contains("num_beams is \"many\""), error.getMessage());
    }

    @Test
    void aCheckpointOfAnotherKindIsNamed() {
        FoveaException error = assertThrows(FoveaException.class, () -> BlipAnswerer.load(folder, backend));
        assertTrue(error.getMessage().contains("is for BlipCaptioner, not for BlipAnswerer"), error.getMessage());
        assertThrows(FoveaException.class, () -> BlipMatcher.load(folder, backend));
        FoveaException clip = assertThrows(
                FoveaException.class,
                () -> BlipCaptioner.load(Path.of("src/test/resources/dev/fovea/models/clip/cases/bfloat16"), backend));
        assertTrue(clip.getMessage().contains("use a BLIP checkpoint here"), clip.getMessage());
        assertNotEquals(clip.getMessage(), error.getMessage());
    }
}
