package dev.fovea.models.blip;

import dev.fovea.models.OracleCase;
import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.tensor.json.JsonValue;
import java.nio.file.Path;
import java.util.List;

/** A small BLIP checkpoint and what transformers made of it. */
final class BlipCase extends OracleCase {

    /** Both sides compute in f32; transformers is up to 1.6e-6 from itself in f64. */
    static final double LIMIT = 1e-5;

    private BlipCase(Path folder) {
        super(folder, LIMIT);
    }

    static BlipCase open(String name) {
        return new BlipCase(folder(name));
    }

    static Path folder(String name) {
        return folder(BlipCase.class, name);
    }

    /** Copies the checkpoint, without what was expected of it, into an empty folder. */
    static Path copy(String name, Path to) {
        return copy(folder(name), to);
    }

    List<String> texts() {
        return description.get("texts").items().stream()
                .map(text -> text.get("text").text(""))
                .toList();
    }

    /**
     * A call of {@code generate}.
     *
     * @param scores of beam search, else empty
     */
    record Generated(
            String id,
            String group,
            int picture,
            String prompt,
            int[] promptIds,
            int[] questionIds,
            GenerationOptions options,
            List<int[]> sequences,
            float[] scores,
            String text) {}

    List<Generated> generations() {
        return generationLines().stream().map(BlipCase::generated).toList();
    }

    private static Generated generated(JsonValue line) {
        return new Generated(
                line.get("id").text(""),
                line.get("group").text(""),
                line.get("picture").integer(0),
                line.get("prompt").isMissing() ? null : line.get("prompt").text(""),
                integers(line.get("prompt_ids")),
                integers(line.get("question_ids")),
                options(GenerationOptions.DEFAULT, line.get("options")),
                line.get("sequences").items().stream().map(OracleCase::integers).toList(),
                floats(line.get("scores")),
                line.get("text").text(""));
    }
}
