package dev.fovea.models.decoding;

import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.models.generation.GenerationOptions.EarlyStopping;
import dev.fovea.models.nn.ConfigFile;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/** Reads the default generation options from a checkpoint's configuration. */
public final class GenerationDefaults {

    /** The file in which transformers keeps how to generate. */
    public static final String FILE = "generation_config.json";

    private GenerationDefaults() {}

    /**
     * Reads the defaults of a checkpoint: {@code generation_config.json}, or where that says nothing the old places,
     * {@code config.json} and its {@code text_config}. A {@code max_length} of 20 in the old places means nothing: they
     * hold it because it was the class's default. As in transformers, {@code min_length} means nothing where there is a
     * {@code min_new_tokens}.
     *
     * @param places the first that names an option counts
     * @throws FoveaException if an option is out of its range, or asks for a rule that is not supported
     */
    public static GenerationOptions read(ConfigFile... places) {
        Places from = new Places(places);
        UnsupportedRules.refuse(places);
        OptionalInt maxLength = from.optional("max_length");
        boolean isClassDefault = maxLength.orElse(0) == GenerationOptions.DEFAULT_NEW_TOKENS
                && !from.place("max_length").file().endsWith(FILE);
        return new GenerationOptions(
                from.place("num_beams").size("num_beams", GenerationOptions.DEFAULT.beams()),
                from.place("do_sample").flag("do_sample", GenerationOptions.DEFAULT.sample()),
                from.number("temperature", GenerationOptions.DEFAULT.temperature()),
                from.place("top_k").integer("top_k", GenerationOptions.DEFAULT.topK()),
                from.number("top_p", GenerationOptions.DEFAULT.topP()),
                from.number("min_p", GenerationOptions.DEFAULT.minP()),
                from.number("typical_p", GenerationOptions.DEFAULT.typicalP()),
                GenerationOptions.DEFAULT.seed(),
                from.number("repetition_penalty", GenerationOptions.DEFAULT.repetitionPenalty()),
                from.place("no_repeat_ngram_size")
                        .integer("no_repeat_ngram_size", GenerationOptions.DEFAULT.noRepeatNgramSize()),
                from.place("bad_words_ids").integerLists("bad_words_ids").stream()
                        .map(word -> Arrays.stream(word).boxed().toList())
                        .toList(),
                from.list("suppress_tokens"),
                from.list("begin_suppress_tokens"),
                from.optional("max_new_tokens"),
                isClassDefault ? OptionalInt.empty() : maxLength,
                from.place("min_new_tokens").integer("min_new_tokens", GenerationOptions.DEFAULT.minNewTokens()),
                from.optional("min_new_tokens").isPresent()
                        ? GenerationOptions.DEFAULT.minLength()
                        : from.place("min_length").integer("min_length", GenerationOptions.DEFAULT.minLength()),
                from.number("length_penalty", GenerationOptions.DEFAULT.lengthPenalty()),
                earlyStopping(from.place("early_stopping")),
                from.place("num_return_sequences")
                        .size("num_return_sequences", GenerationOptions.DEFAULT.returnSequences()),
                from.optional("forced_bos_token_id"),
                forcedLast(from.place("forced_eos_token_id")));
    }

    private static OptionalInt forcedLast(ConfigFile config) {
        if (!config.has("forced_eos_token_id")) {
            return OptionalInt.empty();
        }
        List<Integer> tokens = config.integerOrMore("forced_eos_token_id", 0);
        if (tokens.size() > 1) {
            throw config.wrong("forced_eos_token_id", "one token: which of several comes last is not supported");
        }
        return OptionalInt.of(tokens.getFirst());
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

        OptionalInt optional(String name) {
            ConfigFile place = place(name);
            return place.has(name) ? OptionalInt.of(place.integer(name, 0)) : OptionalInt.empty();
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

    /**
     * Checks that a model knows every token that these options name.
     *
     * @throws FoveaException that names the option and the token
     */
    static void requireKnown(GenerationOptions options, int vocabularySize) {
        requireKnown(options.forcedFirst(), "forced_bos_token_id", vocabularySize);
        requireKnown(options.forcedLast(), "forced_eos_token_id", vocabularySize);
        for (List<Integer> word : options.badWords()) {
            for (int token : word) {
                requireKnown(OptionalInt.of(token), "a token of bad_words_ids", vocabularySize);
            }
        }
    }

    private static void requireKnown(OptionalInt token, String option, int vocabularySize) {
        if (token.isPresent() && (token.getAsInt() < 0 || token.getAsInt() >= vocabularySize)) {
            throw new ModelException(
                    option + " is " + token.getAsInt() + ", which this model does not know; expected 0 to "
                            + (vocabularySize - 1) + ", correct it or take it out of the configuration");
        }
    }
}
