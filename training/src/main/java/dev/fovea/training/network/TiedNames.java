package dev.fovea.training.network;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Knows under which names a checkpoint may hold a weight that two layers share. */
public final class TiedNames {

    /** Ends of names, of which those in one list are one weight where their numbers are equal. */
    private static final List<List<String>> GROUPS = List.of(
            List.of("bert.embeddings.word_embeddings.weight", "cls.predictions.decoder.weight"),
            List.of("cls.predictions.bias", "cls.predictions.decoder.bias"),
            List.of(
                    "model.language_model.shared.weight",
                    "model.language_model.encoder.embed_tokens.weight",
                    "model.language_model.decoder.embed_tokens.weight",
                    "lm_head.weight"),
            List.of(
                    "language_model.model.shared.weight",
                    "language_model.model.encoder.embed_tokens.weight",
                    "language_model.model.decoder.embed_tokens.weight",
                    "language_model.lm_head.weight"));

    private static final Pattern DECODER = Pattern.compile("(text_decoder\\.)?(.*)");

    private TiedNames() {}

    /** Returns the other names of a weight, none for most. */
    public static List<String> of(String name) {
        Matcher parts = DECODER.matcher(name);
        if (!parts.matches()) {
            return List.of();
        }
        String prefix = parts.group(1) == null ? "" : parts.group(1);
        return GROUPS.stream()
                .filter(group -> group.contains(parts.group(2)))
                .flatMap(List::stream)
                .map(end -> prefix + end)
                .filter(other -> !other.equals(name))
                .toList();
    }
}
