package dev.fovea.models.generation;

import dev.fovea.models.nn.ConfigFile;
import dev.fovea.tensor.FoveaException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * How text is generated; the names and the meanings are those of transformers' {@code GenerationConfig}. A fresh one, {@link #DEFAULT},
 * is greedy and writes at most {@value #DEFAULT_NEW_TOKENS} tokens. Immutable: each {@code with} method makes another one.
 *
 * @param beams sequences that beam search keeps; 1 for greedy search or sampling
 * @param sample whether to draw tokens instead of taking the likeliest
 * @param temperature divides the logits; sampling only
 * @param topK draw from so many likeliest tokens, 0 for all; sampling only
 * @param topP draw from the likeliest tokens that together have this probability (Holtzman et al. 2020); sampling only
 * @param minP draw from tokens with at least this share of the likeliest one's probability, 0 for all; sampling only
 * @param typicalP draw from the tokens closest to the expected information that together have this probability (Meister et al. 2022), 1
 *     for all; sampling only
 * @param seed of the random numbers; the same seed gives the same text
 * @param repetitionPenalty divides positive and multiplies negative logits of tokens that occurred (Keskar et al. 2019), 1 for none
 * @param noRepeatNgramSize no so many tokens in a row occur twice, 0 for no such rule
 * @param badWords token sequences that must not occur
 * @param suppressed tokens that must not occur
 * @param suppressedFirst tokens that must not come first after the prompt
 * @param maxNewTokens most tokens after the prompt, or null for what {@code maxLength} says
 * @param maxLength most tokens with the prompt, or null for {@value #DEFAULT_NEW_TOKENS} new ones
 * @param minNewTokens fewest tokens after the prompt before the end token may come
 * @param minLength fewest tokens with the prompt before the end token may come
 * @param lengthPenalty exponent of the length that a beam's score is divided by
 * @param earlyStopping when beam search ends
 * @param returnSequences how many sequences come back for each picture, at most {@code beams}, or as many sampled ones as memory
 *     holds
 * @param forcedFirst the token that must come first, or null; only where the prompt is a single token
 * @param forcedLast the token that must come at the length limit, or null
 */
public record GenerationOptions(
        int beams,
        boolean sample,
        double temperature,
        int topK,
        double topP,
        double minP,
        double typicalP,
        long seed,
        double repetitionPenalty,
        int noRepeatNgramSize,
        List<int[]> badWords,
        List<Integer> suppressed,
        List<Integer> suppressedFirst,
        Integer maxNewTokens,
        Integer maxLength,
        int minNewTokens,
        int minLength,
        double lengthPenalty,
        EarlyStopping earlyStopping,
        int returnSequences,
        Integer forcedFirst,
        Integer forcedLast) {

    /** Tokens after the prompt where nothing else is said. */
    public static final int DEFAULT_NEW_TOKENS = 20;

    /** More would be a mistake: every one keeps its own logits over the whole vocabulary. */
    public static final int MOST_BEAMS = 1000;

    /** What transformers does where nothing is said. */
    public static final GenerationOptions DEFAULT = new GenerationOptions(
            1,
            false,
            1,
            50,
            1,
            0,
            1,
            0,
            1,
            0,
            List.of(),
            List.of(),
            List.of(),
            null,
            null,
            0,
            0,
            1,
            EarlyStopping.HEURISTIC,
            1,
            null,
            null);

    /** When beam search ends before the length limit. */
    public enum EarlyStopping {
        /** {@code true}: as soon as there are as many finished sequences as beams. */
        AT_ENOUGH,
        /** {@code false}: when no live beam, scored at its present length, is better than the worst finished one. */
        HEURISTIC,
        /** {@code "never"}: when no live beam could become better at any length. */
        NEVER
    }

    /**
     * Checks the ranges.
     *
     * @throws FoveaException that names the option, what it was and what it may be
     */
    public GenerationOptions {
        badWords = List.copyOf(badWords);
        suppressed = List.copyOf(suppressed);
        suppressedFirst = List.copyOf(suppressedFirst);
        require(beams >= 1 && beams <= MOST_BEAMS, "beams", beams, "1 to " + MOST_BEAMS);
        require(temperature > 0 && Double.isFinite(temperature), "temperature", temperature, "a number above 0");
        require(topK >= 0, "top-k", topK, "0 for all tokens, or how many");
        require(topP >= 0 && topP <= 1, "top-p", topP, "a probability from 0 to 1");
        require(minP >= 0 && minP <= 1, "min-p", minP, "a probability from 0 to 1");
        require(typicalP > 0 && typicalP <= 1, "typical-p", typicalP, "a probability above 0, at most 1");
        require(
                repetitionPenalty > 0 && Double.isFinite(repetitionPenalty),
                "repetition-penalty",
                repetitionPenalty,
                "a number above 0");
        require(noRepeatNgramSize >= 0, "no-repeat-ngram-size", noRepeatNgramSize, "0 for no such rule, or how many");
        require(maxNewTokens == null || maxNewTokens >= 1, "max-new-tokens", maxNewTokens, "at least 1");
        require(maxLength == null || maxLength >= 1, "max-length", maxLength, "at least 1");
        require(minNewTokens >= 0, "min-new-tokens", minNewTokens, "0 or more");
        require(minLength >= 0, "min-length", minLength, "0 or more");
        require(Double.isFinite(lengthPenalty), "length-penalty", lengthPenalty, "a number");
        Objects.requireNonNull(earlyStopping);
        require(
                returnSequences >= 1 && (returnSequences <= beams || sample && beams == 1),
                "return-sequences",
                returnSequences,
                "1 to the number of beams, or any number when sampling without beams");
        for (int[] word : badWords) {
            require(word.length > 0, "bad-words", "an empty one", "token sequences");
        }
    }

    private static void require(boolean holds, String option, Object value, String expected) {
        if (!holds) {
            throw new FoveaException(option + " is " + value + "; expected " + expected);
        }
    }

    /**
     * Reads the defaults of a checkpoint: {@code generation_config.json}, or where that says nothing the old places, {@code
     * config.json} and its {@code text_config}. A {@code max_length} of 20 means nothing: old files hold it because it was the class's
     * default.
     *
     * @param places the first that names an option counts
     */
    public static GenerationOptions of(ConfigFile... places) {
        Places from = new Places(places);
        Integer maxLength = from.optional("max_length");
        return new GenerationOptions(
                from.place("num_beams").size("num_beams", DEFAULT.beams),
                from.place("do_sample").flag("do_sample", DEFAULT.sample),
                from.number("temperature", DEFAULT.temperature),
                from.place("top_k").integer("top_k", DEFAULT.topK),
                from.number("top_p", DEFAULT.topP),
                from.number("min_p", DEFAULT.minP),
                from.number("typical_p", DEFAULT.typicalP),
                DEFAULT.seed,
                from.number("repetition_penalty", DEFAULT.repetitionPenalty),
                from.place("no_repeat_ngram_size").integer("no_repeat_ngram_size", DEFAULT.noRepeatNgramSize),
                from.place("bad_words_ids").integerLists("bad_words_ids"),
                from.list("suppress_tokens"),
                from.list("begin_suppress_tokens"),
                from.optional("max_new_tokens"),
                maxLength != null && maxLength == DEFAULT_NEW_TOKENS ? null : maxLength,
                from.place("min_new_tokens").integer("min_new_tokens", DEFAULT.minNewTokens),
                from.place("min_length").integer("min_length", DEFAULT.minLength),
                from.number("length_penalty", DEFAULT.lengthPenalty),
                earlyStopping(from.place("early_stopping")),
                from.place("num_return_sequences").size("num_return_sequences", DEFAULT.returnSequences),
                from.optional("forced_bos_token_id"),
                from.optional("forced_eos_token_id"));
    }

    private record Places(ConfigFile[] files) {
        ConfigFile place(String name) {
            return Arrays.stream(files)
                    .filter(file -> file.has(name))
                    .findFirst()
                    .orElse(files[0]);
        }

        double number(String name, double absent) {
            return place(name).exactNumber(name, absent);
        }

        List<Integer> list(String name) {
            ConfigFile place = place(name);
            return place.length(name) == 0
                    ? List.of()
                    : Arrays.stream(place.anyNumberOfSizes(name)).boxed().toList();
        }

        Integer optional(String name) {
            ConfigFile place = place(name);
            return place.has(name) ? (Integer) place.integer(name, 0) : null;
        }
    }

    private static EarlyStopping earlyStopping(ConfigFile config) {
        if (config.isText("early_stopping")) {
            if (!config.text("early_stopping", "").equals("never")) {
                throw config.wrong("early_stopping", "true, false or \"never\"");
            }
            return EarlyStopping.NEVER;
        }
        return config.flag("early_stopping", false) ? EarlyStopping.AT_ENOUGH : EarlyStopping.HEURISTIC;
    }

    /** The most tokens of a sequence whose prompt has so many, before any limit of the model. */
    public int longest(int promptLength) {
        if (maxNewTokens != null) {
            return (int) Math.min(Integer.MAX_VALUE, (long) promptLength + maxNewTokens);
        }
        return maxLength != null ? maxLength : promptLength + DEFAULT_NEW_TOKENS;
    }

    /** Sequences that are written for each picture at the same time. */
    public int sequences() {
        return Math.max(beams, returnSequences);
    }

    /**
     * Makes sure that a model knows every token that these options name.
     *
     * @throws FoveaException that names the option and the token
     */
    void requireKnown(int vocabularySize) {
        requireKnown(forcedFirst, "forced_bos_token_id", vocabularySize);
        requireKnown(forcedLast, "forced_eos_token_id", vocabularySize);
        for (int[] word : badWords) {
            for (int token : word) {
                requireKnown(token, "a token of bad_words_ids", vocabularySize);
            }
        }
    }

    private static void requireKnown(Integer token, String option, int vocabularySize) {
        if (token != null && (token < 0 || token >= vocabularySize)) {
            throw new FoveaException(option + " is " + token + ", which this model does not know; expected 0 to "
                    + (vocabularySize - 1) + ", correct it or take it out of the configuration");
        }
    }

    /** Whether the user or the checkpoint said how long a text may get. */
    public boolean limitsLength() {
        return maxNewTokens != null || maxLength != null;
    }

    /**
     * The same with some changes: {@code options.with(change -> change.beams = 3)}.
     *
     * @throws FoveaException if a value is out of its range
     */
    public GenerationOptions with(Consumer<Changes> change) {
        Changes changes = new Changes(this);
        change.accept(changes);
        return changes.options();
    }

    /** The options as fields that can be set; see {@link #with}. */
    public static final class Changes {
        public int beams;
        public boolean sample;
        public double temperature;
        public int topK;
        public double topP;
        public double minP;
        public double typicalP;
        public long seed;
        public double repetitionPenalty;
        public int noRepeatNgramSize;
        public List<int[]> badWords;
        public List<Integer> suppressed;
        public List<Integer> suppressedFirst;
        public Integer maxNewTokens;
        public Integer maxLength;
        public int minNewTokens;
        public int minLength;
        public double lengthPenalty;
        public EarlyStopping earlyStopping;
        public int returnSequences;
        public Integer forcedFirst;
        public Integer forcedLast;

        private Changes(GenerationOptions from) {
            beams = from.beams;
            sample = from.sample;
            temperature = from.temperature;
            topK = from.topK;
            topP = from.topP;
            minP = from.minP;
            typicalP = from.typicalP;
            seed = from.seed;
            repetitionPenalty = from.repetitionPenalty;
            noRepeatNgramSize = from.noRepeatNgramSize;
            badWords = from.badWords;
            suppressed = from.suppressed;
            suppressedFirst = from.suppressedFirst;
            maxNewTokens = from.maxNewTokens;
            maxLength = from.maxLength;
            minNewTokens = from.minNewTokens;
            minLength = from.minLength;
            lengthPenalty = from.lengthPenalty;
            earlyStopping = from.earlyStopping;
            returnSequences = from.returnSequences;
            forcedFirst = from.forcedFirst;
            forcedLast = from.forcedLast;
        }

        private GenerationOptions options() {
            return new GenerationOptions(
                    beams,
                    sample,
                    temperature,
                    topK,
                    topP,
                    minP,
                    typicalP,
                    seed,
                    repetitionPenalty,
                    noRepeatNgramSize,
                    badWords,
                    suppressed,
                    suppressedFirst,
                    maxNewTokens,
                    maxLength,
                    minNewTokens,
                    minLength,
                    lengthPenalty,
                    earlyStopping,
                    returnSequences,
                    forcedFirst,
                    forcedLast);
        }
    }
}
