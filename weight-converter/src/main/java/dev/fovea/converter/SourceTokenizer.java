package dev.fovea.converter;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Copies tokenizer files from beside weights whose layout does not need them: open_clip's folders often have
 * transformers' files too.
 */
final class SourceTokenizer {

    private static final List<List<String>> VOCABULARIES =
            List.of(List.of("tokenizer.json"), List.of("vocab.json", "merges.txt"), List.of("vocab.txt"));

    private static final List<String> ALL = List.of(
            "tokenizer.json",
            "vocab.json",
            "merges.txt",
            "vocab.txt",
            "added_tokens.json",
            "tokenizer_config.json",
            "special_tokens_map.json");

    private SourceTokenizer() {}

    /** Replaces the draft's tokenizer by the folder's, if the folder has one. */
    static void copy(Path folder, Draft draft) {
        if (!areThere(folder)) {
            return;
        }
        for (String name : ALL) {
            draft.files().remove(name);
            if (Files.isRegularFile(folder.resolve(name))) {
                draft.copies().put(name, folder.resolve(name));
            }
        }
    }

    /** Returns whether a folder has the files of a tokenizer. */
    static boolean areThere(Path folder) {
        return VOCABULARIES.stream()
                .anyMatch(files -> files.stream().allMatch(name -> Files.isRegularFile(folder.resolve(name))));
    }

    /** Returns whether the draft has a tokenizer. */
    static boolean has(Draft draft) {
        return VOCABULARIES.stream()
                .anyMatch(files -> files.stream()
                        .allMatch(name -> draft.files().containsKey(name)
                                || draft.copies().containsKey(name)));
    }
}
