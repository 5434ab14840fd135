package dev.fovea.app.arguments;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.fovea.app.json.Json;
import dev.fovea.app.terminal.Failure;
import dev.fovea.models.check.OptionException;
import dev.fovea.models.generation.Generation;
import dev.fovea.models.generation.Generation.Sequence;
import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.models.generation.GenerationOptions.EarlyStopping;
import java.io.IOException;
import java.util.Locale;
import java.util.function.Consumer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/**
 * Holds the options of commands that generate text. An option that is not given is as the checkpoint's own
 * configuration says.
 */
public final class GenerationFlags {

    @Option(names = "--beams", paramLabel = "N", description = "Beam search with N beams; 1 is greedy search.")
    private Integer beams;

    @Option(names = "--max-new-tokens", paramLabel = "N", description = "Most tokens to generate.")
    private Integer maxNewTokens;

    @Option(names = "--min-new-tokens", paramLabel = "N", description = "Fewest tokens to generate.")
    private Integer minNewTokens;

    @Option(
            names = "--temperature",
            paramLabel = "T",
            description = "Draw tokens at this temperature instead of taking the likeliest.")
    private Double temperature;

    @Option(names = "--top-k", paramLabel = "K", description = "Draw from the K likeliest tokens; 0 for all.")
    private Integer topK;

    @Option(
            names = "--top-p",
            paramLabel = "P",
            description = "Draw from the likeliest tokens that together have probability P.")
    private Double topP;

    @Option(
            names = "--min-p",
            paramLabel = "P",
            description = "Draw from tokens at least P times as likely as the likeliest.")
    private Double minP;

    @Option(
            names = "--typical-p",
            paramLabel = "P",
            description = "Draw from the most typical tokens that together have probability P.")
    private Double typicalP;

    @Option(names = "--seed", paramLabel = "S", description = "Of the random numbers of drawing (default: 0).")
    private Long seed;

    @Option(
            names = "--repetition-penalty",
            paramLabel = "F",
            description = "Make tokens that occurred less likely (above 1).")
    private Double repetitionPenalty;

    @Option(
            names = "--no-repeat-ngram-size",
            paramLabel = "N",
            description = "No N tokens in a row occur twice; 0 for no such rule.")
    private Integer noRepeatNgramSize;

    @Option(
            names = "--length-penalty",
            paramLabel = "F",
            description = "Exponent of the length that a beam's score is divided by.")
    private Double lengthPenalty;

    @Option(
            names = "--early-stopping",
            paramLabel = "true|false|never",
            description =
                    "When beam search ends: with enough finished sequences, by transformers' heuristic, or for sure.")
    private String earlyStopping;

    @Option(names = "--no-sample", description = "Take the likeliest tokens even where the checkpoint says to draw.")
    private boolean noSample;

    @Option(names = "--max-length", paramLabel = "N", description = "Most tokens with the prompt.")
    private Integer maxLength;

    @Option(names = "--min-length", paramLabel = "N", description = "Fewest tokens with the prompt.")
    private Integer minLength;

    @Option(
            names = "--return-sequences",
            paramLabel = "N",
            description =
                    "Give the N best texts, as many as there are beams at most, or N drawn ones; JSON has all of them.")
    private Integer returnSequences;

    @Spec(Target.MIXEE)
    private CommandSpec spec;

    /** Returns whether the user asked for tokens to be drawn. */
    private boolean samples() {
        return temperature != null || topK != null || topP != null || minP != null || typicalP != null;
    }

    /** Returns whether the user said how tokens are chosen. */
    public boolean choosesSearch() {
        return beams != null || noSample || samples();
    }

    /** Returns the checkpoint's options with what was given in their place. */
    public GenerationOptions over(GenerationOptions defaults) {
        try {
            GenerationOptions.Builder options = defaults.toBuilder();
            change(options, defaults.sample());
            return options.build();
        } catch (OptionException wrong) {
            throw new ParameterException(spec.commandLine(), "--" + Failure.flags(wrong.getMessage()));
        }
    }

    /** Complains about values out of their range before a model is loaded. */
    public void check() {
        if (noSample && samples()) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--no-sample: the other options ask for drawn tokens; leave out one or the other");
        }
        over(GenerationOptions.DEFAULT);
    }

    private void change(GenerationOptions.Builder options, boolean samplesUnasked) {
        options.sample(!noSample && (samplesUnasked || samples()));
        if (maxLength != null && maxNewTokens == null) {
            options.withoutLengthLimits(); // the checkpoint's limit of new tokens would go before
        }
        set(beams, options::beams);
        set(maxNewTokens, options::maxNewTokens);
        set(minNewTokens, options::minNewTokens);
        set(maxLength, options::maxLength);
        set(minLength, options::minLength);
        set(temperature, options::temperature);
        set(topK, options::topK);
        set(topP, options::topP);
        set(minP, options::minP);
        set(typicalP, options::typicalP);
        set(seed, options::seed);
        set(repetitionPenalty, options::repetitionPenalty);
        set(noRepeatNgramSize, options::noRepeatNgramSize);
        set(lengthPenalty, options::lengthPenalty);
        options.returnSequences(returnSequences == null ? 1 : returnSequences);
        if (earlyStopping != null) {
            options.earlyStopping(
                    switch (earlyStopping.toLowerCase(Locale.ROOT)) {
                        case "true" -> EarlyStopping.AT_ENOUGH;
                        case "false" -> EarlyStopping.HEURISTIC;
                        case "never" -> EarlyStopping.NEVER;
                        default ->
                            throw new OptionException(
                                    "earlyStopping is " + earlyStopping + "; expected true, false or never");
                    });
        }
    }

    private static <T> void set(T given, Consumer<T> property) {
        if (given != null) {
            property.accept(given);
        }
    }

    /** Writes a field of one of several sequences. */
    @FunctionalInterface
    public interface Fields {
        void write(JsonGenerator json, int sequence) throws IOException;
    }

    /** Complains about a request for several sequences, for commands that have a use only for the best one. */
    public void requireSingle(String command) {
        if (returnSequences != null && returnSequences > 1) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--return-sequences: " + command + " takes one text for each picture; leave it out");
        }
    }

    /**
     * Writes the field {@code sequences} where they were asked for, the best first.
     *
     * @param fields what each has besides tokens and score
     */
    public void writeSequences(JsonGenerator json, Generation generation, Fields fields) throws IOException {
        if (returnSequences == null) {
            return;
        }
        json.writeArrayFieldStart("sequences");
        for (int i = 0; i < generation.sequences().size(); i++) {
            Sequence sequence = generation.sequences().get(i);
            json.writeStartObject();
            fields.write(json, i);
            Json.writeTokens(json, sequence.tokens());
            json.writeNumberField("score", sequence.score());
            json.writeEndObject();
        }
        json.writeEndArray();
    }
}
