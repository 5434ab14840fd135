package dev.fovea.models.clip;

import java.nio.file.Path;

/** A small ResNet checkpoint and what OpenAI's code made of it. */
final class ResNetCase extends dev.fovea.models.OracleCase {

    private ResNetCase(Path folder) {
        super(folder, 1e-5); // OpenAI's code is up to 1.1e-6 from itself in f64
    }

    static ResNetCase open(String name) {
        return new ResNetCase(original(name));
    }

    /** The checkpoint as it lies among the resources. */
    static Path original(String name) {
        return folder(ResNetCase.class, "resnet-cases", name);
    }

    /** Copies the checkpoint into an empty folder, with a tokenizer and preprocessing. */
    static Path copy(String name, Path to) {
        copy(original(name), to);
        OracleCase.addTokenizer(to);
        return to;
    }
}
