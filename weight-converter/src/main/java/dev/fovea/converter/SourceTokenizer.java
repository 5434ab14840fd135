package dev.fovea.converter;

import dev.fovea.tensor.json.JsonReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Copies tokenizer files from beside weights whose layout does not need them: open_clip's folders often have
 * transformers' files too.
 */
final class SourceTokenizer {

    private static final List<List<String>> VOCABULARIES = List.of(
            List.of("tokenizer.json"),
            List.of("vocab.json", "merges.txt"),
            List.of("vocab.txt"),
            List.of("spiece.model"));

    private static final List<String> ALL = List.of(
            "tokenizer.json",
            "vocab.json",
            "merges.txt",
            "vocab.txt",
            "spiece.model",
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

    /**
     * Writes down how texts are cleaned before the folder's tokenizer reads them, where {@code tokenizer_config.json}
     * of transformers has no field for it.
     *
     * @param cleaning open_clip's name of it
     */
    static void cleanTexts(Path folder, Draft draft, String cleaning) {
        String name = "tokenizer_config.json";
        Path file = folder.resolve(name);
        Map<String, Object> config = new LinkedHashMap<>();
        if (Files.isRegularFile(file)) {
            config.putAll(JsonReader.readObject(file).fields());
        }
        config.put("clean", cleaning);
        draft.copies().remove(name);
        draft.addJson(name, config);
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
