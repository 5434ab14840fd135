package dev.fovea.models.clip;

import java.nio.file.Path;

/** A small MobileCLIP checkpoint and what open_clip made of it. */
final class MobileClipCase extends dev.fovea.models.OracleCase {

    private MobileClipCase(Path folder) {
        super(folder, 1e-5); // open_clip is up to 5e-7 from itself in f64
    }

    static MobileClipCase open(String name) {
        return new MobileClipCase(original(name));
    }

    /** The checkpoint as it lies among the resources. */
    static Path original(String name) {
        return folder(MobileClipCase.class, "mobileclip-cases", name);
    }

    /** Copies the checkpoint into an empty folder, with a tokenizer and preprocessing. */
    static Path copy(String name, Path to) {
        copy(original(name), to);
        OracleCase.addTokenizer(to);
        return to;
    }
}
