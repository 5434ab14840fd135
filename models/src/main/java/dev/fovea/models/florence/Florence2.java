package dev.fovea.models.florence;

import dev.fovea.models.generation.GenerationListener;
import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.models.image.Picture;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.FoveaException;
import java.nio.file.Path;
import java.util.List;

/** Stands in for the model until it is there: loading it is refused. */
public final class Florence2 implements AutoCloseable {

    private Florence2() {}

    /** Refuses. */
    public static Florence2 load(Path folder, Backend backend, DType storage) {
        throw new FoveaException(folder + ": Florence-2 is not part of this version yet");
    }

    /** How texts are generated where nothing else is said. */
    public GenerationOptions defaults() {
        throw new UnsupportedOperationException();
    }

    /** Answers about pictures. */
    public List<FlorenceAnswer> run(
            List<Picture> pictures,
            FlorenceTask task,
            String text,
            GenerationOptions options,
            GenerationListener listener) {
        throw new UnsupportedOperationException();
    }

    /** The text of tokens, special ones kept. */
    public String decode(int[] tokens) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
