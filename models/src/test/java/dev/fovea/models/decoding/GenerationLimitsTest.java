package dev.fovea.models.decoding;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.generation.Generation;
import dev.fovea.models.generation.Generation.Sequence;
import dev.fovea.models.generation.GenerationListener;
import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.models.generation.GenerationOptions.Builder;
import dev.fovea.models.nn.ConfigFile;
import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Options at their extremes: one line that names the option, or a right answer. */
class GenerationLimitsTest {

    private static final int VOCABULARY = 9;
    private static final int END = 8;
    private static final int POSITIONS = 12;

    private static final double[] EXTREMES = {
        0,
        -0.0,
        1,
        -1,
        2,
        0.5,
        Double.MIN_VALUE,
        1e-320,
        1e-308,
        1e-45,
        1e-40,
        1e-38,
        1e38,
        1e39,
        1e308,
        -1e308,
        1e-300,
        Double.MAX_VALUE,
        Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY,
        Double.NaN
    };
    private static final int[] INTEGERS = {0, 1, -1, 2, 7, 1000, 1001, 100_000, Integer.MAX_VALUE, Integer.MIN_VALUE};

    @TempDir
    Path folder;

    /** A decoder whose scores follow from the last token, some of them 0, some below. */
    private record Scripted() implements DecoderSession {
        @Override
        public void advance(int[] parents, int[][] tokens, float[][] logits) {
            for (int row = 0; row < tokens.length; row++) {
                Random random = new Random(tokens[row][tokens[row].length - 1]);
                for (int token = 0; token < VOCABULARY; token++) {
                    logits[row][token] = token == 3 ? 0 : (float) (4 * random.nextGaussian());
                }
            }
        }
    }

    private static Generation generate(Consumer<Builder> change) {
        GenerationOptions options = GenerationOptions.DEFAULT.with(o -> {
            o.maxNewTokens(5);
            change.accept(o);
        });
        Generator generator = new Generator(options, new int[] {END}, POSITIONS, VOCABULARY);
        return generator
                .generate(List.of(new int[] {1}), new int[1], new Scripted(), GenerationListener.NONE)
                .getFirst();
    }

    private static void assertRightOrRefused(String option, Consumer<Builder> change) {
        try {
            for (Sequence sequence : generate(change).sequences()) {
                assertTrue(Float.isFinite(sequence.score()), () -> option + ": score " + sequence.score());
                for (int token : sequence.tokens()) {
                    assertTrue(token >= 0 && token < VOCABULARY, option);
                }
                for (float logProbability : sequence.logProbabilities()) {
                    assertFalse(Float.isNaN(logProbability), option);
                }
            }
        } catch (FoveaException refused) {
            assertEquals(1, refused.getMessage().lines().count(), refused.getMessage());
            assertFalse(refused.getMessage().isBlank());
        }
    }

    private static void assertRefused(String expected, Executable call) {
        String message = assertThrows(FoveaException.class, call).getMessage();
        assertTrue(message.contains(expected), message);
        assertEquals(1, message.lines().count(), message);
    }

    @Test
    void numbersAtTheirExtremes() {
        Map<String, BiConsumer<Builder, Double>> options = Map.of(
                "temperature", (o, value) -> o.temperature(value),
                "top-p", (o, value) -> o.topP(value),
                "min-p", (o, value) -> o.minP(value),
                "typical-p", (o, value) -> o.typicalP(value),
                "repetition-penalty", (o, value) -> o.repetitionPenalty(value),
                "length-penalty", (o, value) -> o.lengthPenalty(value));
        options.forEach((name, set) -> {
            for (double value : EXTREMES) {
                for (int beams : new int[] {1, 3}) {
                    for (boolean sample : new boolean[] {false, true}) {
                        assertRightOrRefused(name + " " + value + " " + beams + " " + sample, o -> {
                            o.beams(beams);
                            o.sample(sample);
                            o.repetitionPenalty(1.2);
                            set.accept(o, value);
                        });
                    }
                }
            }
        });
    }

    @Test
    void wholeNumbersAtTheirExtremes() {
        Map<String, BiConsumer<Builder, Integer>> options = Map.of(
                "beams", (o, value) -> o.beams(value),
                "top-k", (o, value) -> o.topK(value),
                "no-repeat-ngram-size", (o, value) -> o.noRepeatNgramSize(value),
                "max-new-tokens", (o, value) -> o.maxNewTokens(value),
                "max-length",
                        (o, value) -> {
                            o.withoutLengthLimits();
                            o.maxLength(value);
                        },
                "min-new-tokens", (o, value) -> o.minNewTokens(value),
                "min-length", (o, value) -> o.minLength(value),
                "return-sequences", (o, value) -> o.returnSequences(value),
                "forced first", (o, value) -> o.forcedFirst(value),
                "forced last", (o, value) -> o.forcedLast(value));
        options.forEach((name, set) -> {
            for (int value : INTEGERS) {
                for (boolean sample : new boolean[] {false, true}) {
                    assertRightOrRefused(name + " " + value, o -> {
                        o.sample(sample);
                        set.accept(o, value);
                    });
                }
            }
        });
    }

    /** Towards 0 sampling becomes greedy search, and a tiny or huge penalty does what it says. */
    @Test
    void theLimitsAreWhatTheyShouldBe() {
        int[] greedy = generate(o -> {}).best().tokens();
        for (double temperature : new double[] {Double.MIN_VALUE, 1e-320, 1e-45, 1e-40, 1e-38}) {
            Sequence cold = generate(o -> {
                        o.sample(true);
                        o.temperature(temperature);
                    })
                    .best();
            assertArrayEquals(greedy, cold.tokens());
            assertEquals(0, cold.score());
        }
        Sequence first = generate(o -> {
                    o.sample(true);
                    o.topP(0);
                })
                .best();
        assertArrayEquals(greedy, first.tokens());
        for (double penalty : new double[] {1e300, 1e39}) {
            int[] tokens = generate(o -> o.repetitionPenalty(penalty)).best().tokens();
            assertEquals(
                    tokens.length, java.util.Arrays.stream(tokens).distinct().count());
        }
        int[] repeated = generate(o -> o.repetitionPenalty(1e-308)).best().tokens();
        int[] asBefore = generate(o -> o.repetitionPenalty(1e-30)).best().tokens();
        assertArrayEquals(asBefore, repeated);
    }

    @Test
    void tokensOfAnotherVocabularyAreNamed() {
        assertRefused(
                "forced_bos_token_id is 9, which this model does not know; expected 0 to 8",
                () -> generate(o -> o.forcedFirst(9)));
        assertRefused("forced_bos_token_id is -1", () -> generate(o -> o.forcedFirst(-1)));
        assertRefused("forced_eos_token_id is 50000", () -> generate(o -> o.forcedLast(50000)));
        assertRefused(
                "a token of bad_words_ids is 9", () -> generate(o -> o.badWords(List.of(List.of(2), List.of(1, 9)))));
    }

    @Test
    void memoryIsAskedForBeforeItIsNeeded() {
        for (boolean sample : new boolean[] {false, true}) {
            GenerationOptions many = GenerationOptions.DEFAULT.with(o -> {
                o.sample(sample);
                o.beams(sample ? 1 : 1000);
                o.returnSequences(sample ? Integer.MAX_VALUE : 1);
            });
            Generator generator = new Generator(many, new int[] {END}, 100, 1 << 30);
            assertRefused(
                    "sequences at a time, which take",
                    () -> generator.generate(
                            List.of(new int[] {1}), new int[1], new Scripted(), GenerationListener.NONE));
        }
        GenerationOptions options = GenerationOptions.DEFAULT.with(o -> o.beams(1000));
        assertEquals(7, Generator.picturesAtOnce(7, GenerationOptions.DEFAULT, VOCABULARY));
        assertEquals(1, Generator.picturesAtOnce(7, options, 1 << 20));
        assertEquals(2, Generator.picturesAtOnce(7, options.with(o -> o.beams(32)), 1 << 20));
    }

    @Test
    void suppressedTokensDoNotOccur() {
        int[] greedy = generate(o -> {}).best().tokens();
        int[] without =
                generate(o -> o.suppressed(List.of(greedy[1], 40_000))).best().tokens();
        assertTrue(java.util.Arrays.stream(without).skip(1).noneMatch(token -> token == greedy[1]));
        int[] later =
                generate(o -> o.suppressedFirst(List.of(greedy[1]))).best().tokens();
        assertFalse(later[1] == greedy[1]);
        int[] forced = generate(o -> {
                    o.forcedFirst(greedy[1]);
                    o.suppressedFirst(List.of(greedy[2]));
                })
                .best()
                .tokens();
        assertEquals(greedy[1], forced[1]);
        assertFalse(forced[2] == greedy[2]);
    }

    /** As they may stand in generation_config.json. */
    @Test
    void filesWithSuchValues() throws IOException {
        List<String> names = List.of(
                "num_beams",
                "do_sample",
                "temperature",
                "top_k",
                "top_p",
                "min_p",
                "typical_p",
                "repetition_penalty",
                "no_repeat_ngram_size",
                "bad_words_ids",
                "suppress_tokens",
                "begin_suppress_tokens",
                "max_new_tokens",
                "max_length",
                "min_new_tokens",
                "min_length",
                "length_penalty",
                "early_stopping",
                "num_return_sequences",
                "forced_bos_token_id",
                "forced_eos_token_id");
        List<String> values = List.of(
                "0",
                "-1",
                "1e400",
                "-1e400",
                "1e-400",
                "1e-320",
                "2147483647",
                "2147483648",
                "-9223372036854775808",
                "99999999999999999999",
                "0.5",
                "true",
                "\"x\"",
                "[]",
                "[-1]",
                "[[]]",
                "[[1, -5]]",
                "[40000]",
                "{}",
                "NaN",
                "null");
        for (String name : names) {
            for (String value : values) {
                Files.writeString(folder.resolve("generation_config.json"), "{\"" + name + "\": " + value + "}");
                try {
                    GenerationOptions options =
                            GenerationDefaults.read(ConfigFile.optional(folder, "generation_config.json"));
                    new Generator(options, new int[] {END}, POSITIONS, VOCABULARY)
                            .generate(List.of(new int[] {1}), new int[1], new Scripted(), GenerationListener.NONE);
                } catch (FoveaException refused) {
                    String message = refused.getMessage();
                    assertEquals(1, message.lines().count(), message);
                    String option = name.replace("num_", "").replace("_ids", "").replace("_id", "");
                    boolean named = message.contains(option)
                            || message.toLowerCase(Locale.ROOT).contains(option.replace("_", ""));
                    boolean tooLong = message.contains("that this model can write");
                    assertTrue(named || tooLong || value.equals("NaN"), name + " " + value + ": " + message);
                }
            }
        }
    }
}
