package dev.fovea.converter;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Tokenizer files that lie beside weights whose layout does not need them: open_clip's folders often have transformers' files too. */
final class TokenizerFiles {

    private static final List<List<String>> VOCABULARIES =
            List.of(List.of("tokenizer.json"), List.of("vocab.json", "merges.txt"));

    private static final List<String> ALL = List.of(
            "tokenizer.json",
            "vocab.json",
            "merges.txt",
            "tokenizer_config.json",
            "special_tokens_map.json",
            "added_tokens.json");

    private TokenizerFiles() {}

    /** Takes the folder's tokenizer instead of the one that the draft has, if the folder has one. */
    static void copy(Path folder, Draft draft) {
        boolean complete = VOCABULARIES.stream()
                .anyMatch(files -> files.stream().allMatch(name -> Files.isRegularFile(folder.resolve(name))));
        if (!complete) {
            return;
        }
        for (String name : ALL) {
            draft.files().remove(name);
            if (Files.isRegularFile(folder.resolve(name))) {
                draft.copies().put(name, folder.resolve(name));
            }
        }
    }

    /** Whether the draft has a tokenizer. */
    static boolean has(Draft draft) {
        return VOCABULARIES.stream()
                .anyMatch(files -> files.stream()
                        .allMatch(name -> draft.files().containsKey(name)
                                || draft.copies().containsKey(name)));
    }
}
