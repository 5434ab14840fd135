package dev.fovea.models.generation;

import dev.fovea.models.check.OptionException;
import dev.fovea.tensor.FoveaException;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.function.Consumer;

/**
 * Options for generating text; the names and the meanings are those of transformers' {@code GenerationConfig}. {@link
 * #DEFAULT} is greedy and writes at most {@value #DEFAULT_NEW_TOKENS} tokens. Immutable.
 *
 * <pre>{@code
 * GenerationOptions options = model.defaults().with(change -> change.beams(3).maxNewTokens(50));
 * }</pre>
 *
 * @param beams sequences that beam search keeps; 1 for greedy search or sampling
 * @param sample whether to draw tokens instead of taking the likeliest
 * @param temperature divides the logits; sampling only
 * @param topK number of likeliest tokens to draw from, 0 for all; sampling only
 * @param topP draw from the likeliest tokens that together have this probability (Holtzman et al. 2020); sampling only
 * @param minP draw from tokens with at least this share of the likeliest one's probability, 0 for all; sampling only
 * @param typicalP draw from the tokens closest to the expected information that together have this probability (Meister
 *     et al. 2022), 1 for all; sampling only
 * @param seed of the random numbers; the same seed gives the same text
 * @param repetitionPenalty divides positive and multiplies negative logits of tokens that occurred (Keskar et al.
 *     2019), 1 for none
 * @param noRepeatNgramSize number of tokens in a row that must not occur twice, 0 for no such rule
 * @param badWords token sequences that must not occur
 * @param suppressed tokens that must not occur
 * @param suppressedFirst tokens that must not come first after the prompt
 * @param maxNewTokens most tokens after the prompt, or empty for what {@code maxLength} says
 * @param maxLength most tokens with the prompt, or empty for {@value #DEFAULT_NEW_TOKENS} new ones
 * @param minNewTokens fewest tokens after the prompt before the end token may come
 * @param minLength fewest tokens with the prompt before the end token may come; without effect if {@code minNewTokens}
 *     is not 0
 * @param lengthPenalty exponent of the length that a beam's score is divided by
 * @param earlyStopping when beam search ends
 * @param returnSequences how many sequences come back for each picture, at most {@code beams}, or as many sampled ones
 *     as memory holds
 * @param forcedFirst the token that must come first, or empty; only where the prompt is a single token
 * @param forcedLast the token that must come at the length limit, or empty
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
        List<List<Integer>> badWords,
        List<Integer> suppressed,
        List<Integer> suppressedFirst,
        OptionalInt maxNewTokens,
        OptionalInt maxLength,
        int minNewTokens,
        int minLength,
        double lengthPenalty,
        EarlyStopping earlyStopping,
        int returnSequences,
        OptionalInt forcedFirst,
        OptionalInt forcedLast) {

    /** Most tokens after the prompt unless other limits are set. */
    public static final int DEFAULT_NEW_TOKENS = 20;

    /** Most beams that are allowed. More would be a mistake: each keeps its own logits over the whole vocabulary. */
    public static final int MOST_BEAMS = 1000;

    /** The defaults of transformers. */
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
            OptionalInt.empty(),
            OptionalInt.empty(),
            0,
            0,
            1,
            EarlyStopping.HEURISTIC,
            1,
            OptionalInt.empty(),
            OptionalInt.empty());

    /** Chooses when beam search ends before the length limit. */
    public enum EarlyStopping {
        /** Ends as soon as there are as many finished sequences as beams; {@code true} in transformers. */
        AT_ENOUGH,
        /**
         * Ends when no live beam, scored at its present length, is better than the worst finished one; {@code false} in
         * transformers.
         */
        HEURISTIC,
        /** Ends when no live beam could become better at any length; {@code "never"} in transformers. */
        NEVER
    }

    /**
     * Checks the ranges.
     *
     * @throws FoveaException that names the option, what it was and what it may be
     */
    public GenerationOptions {
        Objects.requireNonNull(maxNewTokens, "maxNewTokens is null");
        Objects.requireNonNull(maxLength, "maxLength is null");
        Objects.requireNonNull(forcedFirst, "forcedFirst is null");
        Objects.requireNonNull(forcedLast, "forcedLast is null");
        badWords = Objects.requireNonNull(badWords, "badWords is null").stream()
                .map(List::copyOf)
                .toList();
        suppressed = List.copyOf(Objects.requireNonNull(suppressed, "suppressed is null"));
        suppressedFirst = List.copyOf(Objects.requireNonNull(suppressedFirst, "suppressedFirst is null"));
        require(beams >= 1 && beams <= MOST_BEAMS, "beams", beams, "1 to " + MOST_BEAMS);
        require(temperature > 0 && Double.isFinite(temperature), "temperature", temperature, "a number above 0");
        require(topK >= 0, "topK", topK, "0 for all tokens, or how many");
        require(topP >= 0 && topP <= 1, "topP", topP, "a probability from 0 to 1");
        require(minP >= 0 && minP <= 1, "minP", minP, "a probability from 0 to 1");
        require(typicalP > 0 && typicalP <= 1, "typicalP", typicalP, "a probability above 0, at most 1");
        require(
                repetitionPenalty > 0 && Double.isFinite(repetitionPenalty),
                "repetitionPenalty",
                repetitionPenalty,
                "a number above 0");
        require(noRepeatNgramSize >= 0, "noRepeatNgramSize", noRepeatNgramSize, "0 for no such rule, or how many");
        require(maxNewTokens.orElse(1) >= 1, "maxNewTokens", maxNewTokens.orElse(1), "at least 1");
        require(maxLength.orElse(1) >= 1, "maxLength", maxLength.orElse(1), "at least 1");
        require(minNewTokens >= 0, "minNewTokens", minNewTokens, "0 or more");
        require(minLength >= 0, "minLength", minLength, "0 or more");
        require(Double.isFinite(lengthPenalty), "lengthPenalty", lengthPenalty, "a number");
        Objects.requireNonNull(earlyStopping, "earlyStopping is null");
        require(
                returnSequences >= 1 && (returnSequences <= beams || sample && beams == 1),
                "returnSequences",
                returnSequences,
                "1 to the number of beams, or any number when sampling without beams");
        for (List<Integer> word : badWords) {
            require(!word.isEmpty(), "badWords", "an empty one", "token sequences");
        }
    }

    private static void require(boolean holds, String option, Object value, String expected) {
        if (!holds) {
            throw new OptionException(option + " is " + value + "; expected " + expected);
        }
    }

    /** Returns the most tokens of a sequence whose prompt has the given length, before any limit of the model. */
    public int longest(int promptLength) {
        if (maxNewTokens.isPresent()) {
            return (int) Math.min(Integer.MAX_VALUE, (long) promptLength + maxNewTokens.getAsInt());
        }
        return maxLength.orElse(promptLength + DEFAULT_NEW_TOKENS);
    }

    /** Returns the number of sequences that are written for each picture at the same time. */
    public int sequences() {
        return Math.max(beams, returnSequences);
    }

    /** Returns whether the user or the checkpoint limits the length of a text. */
    public boolean limitsLength() {
        return maxNewTokens.isPresent() || maxLength.isPresent();
    }

    /** Returns a builder with the values of {@link #DEFAULT}. */
    public static Builder builder() {
        return DEFAULT.toBuilder();
    }

    /** Returns a builder with these values. */
    public Builder toBuilder() {
        return new Builder(this);
    }

    /**
     * Returns these options with some changes: {@code options.with(change -> change.beams(3).maxNewTokens(50))}.
     *
     * @throws FoveaException if a value is out of its range
     */
    public GenerationOptions with(Consumer<Builder> change) {
        Builder builder = toBuilder();
        Objects.requireNonNull(change, "change is null").accept(builder);
        return builder.build();
    }

    /** Collects options one by one. Ranges are checked by {@link #build}. Not safe to use from many threads. */
    public static final class Builder {
        private int beams;
        private boolean sample;
        private double temperature;
        private int topK;
        private double topP;
        private double minP;
        private double typicalP;
        private long seed;
        private double repetitionPenalty;
        private int noRepeatNgramSize;
        private List<List<Integer>> badWords;
        private List<Integer> suppressed;
        private List<Integer> suppressedFirst;
        private OptionalInt maxNewTokens;
        private OptionalInt maxLength;
        private int minNewTokens;
        private int minLength;
        private double lengthPenalty;
        private EarlyStopping earlyStopping;
        private int returnSequences;
        private OptionalInt forcedFirst;
        private OptionalInt forcedLast;

        private Builder(GenerationOptions from) {
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

        /** Sets how many sequences beam search keeps; 1 for greedy search or sampling. */
        public Builder beams(int beams) {
            this.beams = beams;
            return this;
        }

        /** Sets whether to draw tokens instead of taking the likeliest. */
        public Builder sample(boolean sample) {
            this.sample = sample;
            return this;
        }

        /** Sets what divides the logits; sampling only. */
        public Builder temperature(double temperature) {
            this.temperature = temperature;
            return this;
        }

        /** Sets the number of likeliest tokens to draw from, 0 for all; sampling only. */
        public Builder topK(int topK) {
            this.topK = topK;
            return this;
        }

        /** Sets to draw from the likeliest tokens that together have this probability; sampling only. */
        public Builder topP(double topP) {
            this.topP = topP;
            return this;
        }

        /**
         * Sets to draw from tokens with at least this share of the likeliest one's probability, 0 for all; sampling
         * only.
         */
        public Builder minP(double minP) {
            this.minP = minP;
            return this;
        }

        /** Sets to draw from the most typical tokens that together have this probability, 1 for all; sampling only. */
        public Builder typicalP(double typicalP) {
            this.typicalP = typicalP;
            return this;
        }

        /** Sets the seed of the random numbers. */
        public Builder seed(long seed) {
            this.seed = seed;
            return this;
        }

        /** Sets the penalty that makes tokens that occurred less likely, 1 for none. */
        public Builder repetitionPenalty(double repetitionPenalty) {
            this.repetitionPenalty = repetitionPenalty;
            return this;
        }

        /** Sets how many tokens in a row must not occur twice, 0 for no such rule. */
        public Builder noRepeatNgramSize(int noRepeatNgramSize) {
            this.noRepeatNgramSize = noRepeatNgramSize;
            return this;
        }

        /** Sets token sequences that must not occur. */
        public Builder badWords(List<List<Integer>> badWords) {
            this.badWords = Objects.requireNonNull(badWords, "badWords is null");
            return this;
        }

        /** Sets tokens that must not occur. */
        public Builder suppressed(List<Integer> suppressed) {
            this.suppressed = Objects.requireNonNull(suppressed, "suppressed is null");
            return this;
        }

        /** Sets tokens that must not come first after the prompt. */
        public Builder suppressedFirst(List<Integer> suppressedFirst) {
            this.suppressedFirst = Objects.requireNonNull(suppressedFirst, "suppressedFirst is null");
            return this;
        }

        /** Sets the most tokens after the prompt, which takes precedence over {@link #maxLength}. */
        public Builder maxNewTokens(int maxNewTokens) {
            this.maxNewTokens = OptionalInt.of(maxNewTokens);
            return this;
        }

        /** Sets the most tokens with the prompt. */
        public Builder maxLength(int maxLength) {
            this.maxLength = OptionalInt.of(maxLength);
            return this;
        }

        /** Sets the fewest tokens after the prompt, which takes precedence over {@link #minLength}. */
        public Builder minNewTokens(int minNewTokens) {
            this.minNewTokens = minNewTokens;
            return this;
        }

        /** Sets the fewest tokens with the prompt. */
        public Builder minLength(int minLength) {
            this.minLength = minLength;
            return this;
        }

        /** Sets the exponent of the length that a beam's score is divided by. */
        public Builder lengthPenalty(double lengthPenalty) {
            this.lengthPenalty = lengthPenalty;
            return this;
        }

        /** Sets when beam search ends. */
        public Builder earlyStopping(EarlyStopping earlyStopping) {
            this.earlyStopping = Objects.requireNonNull(earlyStopping, "earlyStopping is null");
            return this;
        }

        /** Sets how many sequences come back for each picture. */
        public Builder returnSequences(int returnSequences) {
            this.returnSequences = returnSequences;
            return this;
        }

        /** Sets the token that must come first, where the prompt is a single token. */
        public Builder forcedFirst(int forcedFirst) {
            this.forcedFirst = OptionalInt.of(forcedFirst);
            return this;
        }

        /** Sets the token that must come at the length limit. */
        public Builder forcedLast(int forcedLast) {
            this.forcedLast = OptionalInt.of(forcedLast);
            return this;
        }

        /**
         * Removes {@link #maxNewTokens} and {@link #maxLength}, so that {@value #DEFAULT_NEW_TOKENS} new tokens are the
         * most.
         */
        public Builder withoutLengthLimits() {
            maxNewTokens = OptionalInt.empty();
            maxLength = OptionalInt.empty();
            return this;
        }

        /**
         * Makes the options.
         *
         * @throws FoveaException that names the property, what it was and what it may be
         */
        public GenerationOptions build() {
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
