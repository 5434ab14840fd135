package dev.fovea.models.classification;

import dev.fovea.models.OracleCase;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A small classifier and what transformers made of it. */
final class ClassifierCase extends OracleCase {

    private ClassifierCase(Path folder) {
        super(folder, 1e-5); // transformers is up to 9.1e-7 from itself in f64
    }

    static ClassifierCase open(String name) {
        return new ClassifierCase(original(name));
    }

    /** The checkpoint as it lies among the resources. */
    static Path original(String name) {
        return folder(ClassifierCase.class, name);
    }

    /** Copies the checkpoint into an empty folder, with preprocessing. */
    static Path copy(String name, Path to) {
        copy(original(name), to);
        try {
            Files.writeString(
                    to.resolve("preprocessor_config.json"),
                    "{\"image_processor_type\": \"ViTImageProcessor\", \"size\": {\"height\": 32, \"width\": 32}}");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return to;
    }
}
