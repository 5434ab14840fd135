package dev.fovea.hub;

import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Selects the files of a repository that Fovea reads: configurations, tokenizer and one kind of weights. Repositories
 * hold the same weights for several frameworks, each of them gigabytes.
 */
final class Selection {

    private static final Set<String> SMALL = Set.of(
            "config.json",
            "generation_config.json",
            "preprocessor_config.json",
            "processor_config.json",
            "open_clip_config.json",
            "tokenizer.json",
            "tokenizer_config.json",
            "special_tokens_map.json",
            "added_tokens.json",
            "vocab.json",
            "vocab.txt",
            "merges.txt",
            "spiece.model");

    /** Kinds of weights, best first: the first loads as it is, the others are for {@code fovea convert}. */
    private static final List<Predicate<String>> WEIGHTS = List.of(
            matches("model(-\\d+-of-\\d+)?\\.safetensors(\\.index\\.json)?"),
            matches("open_clip_(pytorch_)?model\\.safetensors"),
            matches(".*\\.safetensors"),
            matches("pytorch_model(-\\d+-of-\\d+)?\\.bin(\\.index\\.json)?"),
            matches("open_clip_pytorch_model\\.bin"),
            matches(".*\\.(pt|pth|bin)"));

    private Selection() {}

    private static Predicate<String> matches(String pattern) {
        return name -> name.matches(pattern);
    }

    /**
     * Returns those of a repository's files that are needed, in its order; only files in the root of the repository
     * count.
     */
    static List<RemoteFile> of(List<RemoteFile> files) {
        Predicate<String> weights = WEIGHTS.stream()
                .filter(kind -> files.stream().anyMatch(file -> isInRoot(file) && kind.test(file.path())))
                .findFirst()
                .orElse(name -> false);
        Stream<RemoteFile> wanted = files.stream()
                .filter(Selection::isInRoot)
                .filter(file -> SMALL.contains(file.path()) || weights.test(file.path()));
        return wanted.toList();
    }

    private static boolean isInRoot(RemoteFile file) {
        return !file.path().contains("/");
    }
}
