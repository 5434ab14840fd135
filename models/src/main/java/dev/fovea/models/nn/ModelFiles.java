package dev.fovea.models.nn;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.safetensors.Checkpoint;
import dev.fovea.tensor.safetensors.Weights;
import java.nio.file.Path;
import java.util.function.Function;

/** What a model is loaded from and holds until it is closed: the checkpoint's folder and open file, and the backend that computes. */
public final class ModelFiles implements AutoCloseable {

    private final Path folder;
    private final Checkpoint checkpoint;
    private final Weights weights;
    private final Backend backend;
    private final boolean ownsBackend;
    private final DType storage;
    private volatile boolean closed;

    private ModelFiles(Path folder, Checkpoint checkpoint, Backend backend, boolean ownsBackend, DType storage) {
        this.folder = folder;
        this.checkpoint = checkpoint;
        this.weights = Weights.of(checkpoint);
        this.backend = backend;
        this.ownsBackend = ownsBackend;
        this.storage = storage;
    }

    /** Loads a model on the CPU, with all cores; closing the model closes the backend. */
    public static <M> M load(Path folder, Function<ModelFiles, M> model) {
        Backend backend = Backends.open(Backends.DEFAULT, 0);
        try {
            return load(folder, backend, true, null, model);
        } catch (RuntimeException e) {
            backend.close();
            throw e;
        }
    }

    /**
     * Loads a model on a backend, which stays open when the model is closed.
     *
     * @param storage how matrices are stored, null for as they are in the file
     */
    public static <M> M load(Path folder, Backend backend, DType storage, Function<ModelFiles, M> model) {
        return load(folder, backend, false, storage, model);
    }

    private static <M> M load(
            Path folder, Backend backend, boolean ownsBackend, DType storage, Function<ModelFiles, M> model) {
        Checkpoint checkpoint = Checkpoint.open(folder);
        try {
            return model.apply(new ModelFiles(folder, checkpoint, backend, ownsBackend, storage));
        } catch (RuntimeException e) {
            checkpoint.close();
            throw e;
        }
    }

    /** The checkpoint's folder. */
    public Path folder() {
        return folder;
    }

    /** All weights of the checkpoint. */
    public Weights weights() {
        return weights;
    }

    /** What computes. */
    public Backend backend() {
        return backend;
    }

    /** What the model's modules are made from. */
    public Parameters parameters() {
        return new Parameters(backend, weights, storage);
    }

    /**
     * To be called before computing.
     *
     * @throws IllegalStateException if the model was closed
     */
    public void requireOpen() {
        if (closed) {
            throw new IllegalStateException("this model is closed: " + folder);
        }
    }

    /** Frees the checkpoint's file and, if it was opened for this model, the backend. */
    @Override
    public void close() {
        closed = true;
        checkpoint.close();
        if (ownsBackend) {
            backend.close();
        }
    }
}
