package dev.fovea.models.florence;

import dev.fovea.models.OracleCase;
import dev.fovea.tensor.json.JsonValue;
import java.nio.file.Path;
import java.util.List;

/** A small Florence-2 checkpoint and what transformers made of it. */
final class FlorenceCase extends OracleCase {

    private FlorenceCase(Path folder) {
        super(folder, 2e-5); // transformers is up to 2.8e-6 from itself in f64
    }

    static FlorenceCase open(String name) {
        return new FlorenceCase(folder(FlorenceCase.class, name));
    }

    /** Copies the checkpoint, without what was expected of it, into an empty folder. */
    static Path copy(String name, Path to) {
        return copy(folder(FlorenceCase.class, name), to);
    }

    /** Prompts without a task as the texts' list has them. */
    List<String> prompts() {
        return description.get("texts").items().stream()
                .map(text -> text.get("prompt").text(""))
                .toList();
    }

    List<JsonValue> generations() {
        return generationLines();
    }
}
