package dev.fovea.app;

import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.models.generation.GenerationOptions.EarlyStopping;
import dev.fovea.tensor.FoveaException;
import java.util.Locale;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The options of commands that generate text; what is not given is as the checkpoint's own configuration says. */
final class GenerationFlags {

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

    @Spec(Target.MIXEE)
    private CommandSpec spec;

    /** Whether tokens were asked to be drawn. */
    private boolean samples() {
        return temperature != null || topK != null || topP != null || minP != null || typicalP != null;
    }

    /** Whether it was said how tokens are chosen. */
    boolean choosesSearch() {
        return beams != null || samples();
    }

    /** The checkpoint's options with what was given in their place. */
    GenerationOptions over(GenerationOptions defaults) {
        try {
            return defaults.with(this::change);
        } catch (FoveaException wrong) {
            throw new ParameterException(spec.commandLine(), "--" + wrong.getMessage());
        }
    }

    /** Complains about values out of their range before a model is loaded. */
    void check() {
        over(GenerationOptions.DEFAULT);
    }

    private void change(GenerationOptions.Changes options) {
        options.beams = or(beams, options.beams);
        options.maxNewTokens = or(maxNewTokens, options.maxNewTokens);
        options.minNewTokens = or(minNewTokens, options.minNewTokens);
        options.sample = options.sample || samples();
        options.temperature = or(temperature, options.temperature);
        options.topK = or(topK, options.topK);
        options.topP = or(topP, options.topP);
        options.minP = or(minP, options.minP);
        options.typicalP = or(typicalP, options.typicalP);
        options.seed = or(seed, options.seed);
        options.repetitionPenalty = or(repetitionPenalty, options.repetitionPenalty);
        options.noRepeatNgramSize = or(noRepeatNgramSize, options.noRepeatNgramSize);
        options.lengthPenalty = or(lengthPenalty, options.lengthPenalty);
        options.returnSequences = 1;
        if (earlyStopping != null) {
            options.earlyStopping = switch (earlyStopping.toLowerCase(Locale.ROOT)) {
                case "true" -> EarlyStopping.AT_ENOUGH;
                case "false" -> EarlyStopping.HEURISTIC;
                case "never" -> EarlyStopping.NEVER;
                default ->
                    throw new FoveaException("early-stopping is " + earlyStopping + "; expected true, false or never");
            };
        }
    }

    private static <T> T or(T given, T absent) {
        return given == null ? absent : given;
    }
}
