package dev.fovea.models.nn;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.adapter.Adapters;
import dev.fovea.models.check.Arguments;
import dev.fovea.models.check.Finite;
import dev.fovea.models.check.NotFiniteException;
import dev.fovea.models.image.Preprocessing;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.CancelledException;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.Precision;
import dev.fovea.tensor.safetensors.Checkpoint;
import dev.fovea.tensor.safetensors.Weights;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Holds what a model is loaded from until it is closed: the checkpoint's folder and open file, and the backend that
 * computes.
 */
public final class ModelFiles implements AutoCloseable {

    private final Path folder;
    private final Checkpoint checkpoint;
    private final Adapters adapters;
    private final Weights weights;
    private final ModelBackend backend;
    private final LoadOptions options;
    private volatile boolean closed;

    private ModelFiles(Path folder, Checkpoint checkpoint, Adapters adapters, Backend backend, LoadOptions options) {
        this.folder = folder;
        this.checkpoint = checkpoint;
        this.adapters = adapters;
        this.weights = Weights.of(checkpoint, adapters::changed);
        this.backend = new ModelBackend(backend);
        this.options = options;
    }

    /**
     * Loads a model. Models that are given no backend share one for each device and number of threads, which is closed
     * with the last of them.
     */
    public static <M> M load(Path folder, LoadOptions options, Function<ModelFiles, M> model) {
        return load(folder, options, UnaryOperator.identity(), model);
    }

    /**
     * Loads a model of which there are checkpoints with other names than transformers'.
     *
     * @param names turns the name of any tensor into transformers', which adapters have
     */
    public static <M> M load(
            Path folder, LoadOptions options, UnaryOperator<String> names, Function<ModelFiles, M> model) {
        if (options.backend().isPresent()) {
            return load(folder, options.backend().get(), options, names, model);
        }
        Backend shared = SharedBackends.acquire(options.device(), options.threads());
        try {
            warnOfSlowPrecision(options);
            return load(folder, shared, options, names, model);
        } catch (Throwable e) {
            SharedBackends.release(options.device(), options.threads());
            throw e;
        }
    }

    private static void warnOfSlowPrecision(LoadOptions options) {
        if (options.compute() != Precision.F32
                && !Backends.precisions(options.device()).contains(options.compute())) {
            System.getLogger("dev.fovea")
                    .log(
                            Level.INFO,
                            options.device() + " has no arithmetic of its own for " + options.compute()
                                    + " here and multiplies as in f32, which takes longer");
        }
    }

    private static <M> M load(
            Path folder,
            Backend backend,
            LoadOptions options,
            UnaryOperator<String> names,
            Function<ModelFiles, M> model) {
        ConfigFile.of(folder); // its message about a path that is no model's folder is the best one
        Adapters adapters = Adapters.open(options.adapters(), names);
        try {
            return load(folder, Checkpoint.open(folder), adapters, backend, options, model);
        } catch (Throwable e) {
            adapters.close();
            throw e;
        }
    }

    private static <M> M load(
            Path folder,
            Checkpoint checkpoint,
            Adapters adapters,
            Backend backend,
            LoadOptions options,
            Function<ModelFiles, M> model) {
        try {
            M loaded = model.apply(new ModelFiles(folder, checkpoint, adapters, backend, options));
            CancelledException.throwIfInterrupted();
            checkpoint.requireUnchanged();
            adapters.requireApplied(checkpoint.names());
            return loaded;
        } catch (InternalError cutFile) {
            checkpoint.close();
            throw unreadable(folder, checkpoint, cutFile);
        } catch (Throwable e) {
            checkpoint.close();
            throw e;
        }
    }

    /** Returns the checkpoint's folder. */
    public Path folder() {
        return folder;
    }

    /** Returns all weights of the checkpoint. */
    public Weights weights() {
        return weights;
    }

    /**
     * Returns the backend for the modules of the model: every operation on it ends the call of an interrupted thread.
     */
    public Backend backend() {
        return backend;
    }

    /** Returns the backend that the model was loaded on. */
    public Backend computing() {
        return backend.computing();
    }

    /** Returns the parameters that the model's modules are made from. */
    public Parameters parameters() {
        return new Parameters(backend, weights, options);
    }

    /**
     * Computes an answer in a new scope.
     *
     * @param work makes the answer, and checks it with {@link Finite}
     * @throws IllegalStateException if the model was closed
     * @throws NotFiniteException if the answer is not finite, with the cause
     * @throws dev.fovea.tensor.CancelledException if the thread was interrupted
     */
    public <T> T compute(Supplier<T> work) {
        return compute(work, work::get);
    }

    /**
     * Computes an answer in a new scope, for work that reports to a listener.
     *
     * @param again does the work without the listener, to find the cause of an answer that is not finite
     */
    public <T> T compute(Supplier<T> work, Runnable again) {
        requireOpen();
        try {
            return backend.scoped("", work);
        } catch (NotFiniteException e) {
            throw NotFiniteCause.of(
                    e,
                    weights,
                    backend,
                    () -> backend.scoped("", () -> {
                        again.run();
                        return null;
                    }));
        } catch (InternalError cutFile) {
            throw unreadable(folder, checkpoint, cutFile);
        }
    }

    /**
     * Does some work of this thread with a wrapper around the backend that computes. Other threads compute as always,
     * and so does this one afterwards.
     *
     * @param wrapper makes a wrapper of the backend, such as a {@link dev.fovea.tensor.observe.RecordingBackend}
     * @param work calls the model
     * @return what the work returned
     */
    public <T> T observed(UnaryOperator<Backend> wrapper, Supplier<T> work) {
        Arguments.present(wrapper, "wrapper");
        Arguments.present(work, "work");
        return backend.observed(Arguments.present(wrapper.apply(backend.computing()), "what wrapper returned"), work);
    }

    /**
     * Turns an {@link InternalError} into an exception about the checkpoint: Java throws it when a mapped file was
     * truncated and the missing part is read.
     */
    private static RuntimeException unreadable(Path folder, Checkpoint checkpoint, InternalError error) {
        if (error.getMessage() == null || !error.getMessage().contains("unsafe memory access")) {
            throw error;
        }
        try {
            checkpoint.requireUnchanged();
        } catch (FoveaException changed) {
            changed.addSuppressed(error);
            return changed;
        }
        return new ModelException(
                folder + ": its weights cannot be read any more (" + error.getMessage()
                        + "); check the disk and load the model again",
                error);
    }

    /**
     * Returns a text of 32 hexadecimal digits that is the same for equal weights, computed equally finely.
     *
     * @param settings what answers depend on besides weights and precision
     * @throws IllegalStateException if the model was closed
     */
    public String fingerprint(String settings) {
        requireOpen();
        return fingerprint(checkpoint, adapters, options, settings);
    }

    /** Returns the fingerprint of a model that is not loaded. */
    public static String fingerprint(Path folder, LoadOptions options, String settings) {
        try (Checkpoint opened = Checkpoint.open(folder);
                Adapters adapters = Adapters.open(options.adapters(), UnaryOperator.identity())) {
            return fingerprint(opened, adapters, options, settings);
        }
    }

    private static String fingerprint(Checkpoint checkpoint, Adapters adapters, LoadOptions options, String settings) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update((settings + "\n" + options.weights() + " " + options.compute() + "\n")
                    .getBytes(StandardCharsets.UTF_8));
            WeightsFingerprint.add(digest, checkpoint);
            adapters.forEach((tensors, factors) -> {
                digest.update(factors.getBytes(StandardCharsets.UTF_8));
                WeightsFingerprint.add(digest, tensors);
            });
            return HexFormat.of().formatHex(digest.digest(), 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has SHA-256
        }
    }

    /** Reads the steps that turn pictures into the model's pixels, with drafts if they were asked for. */
    public Preprocessing preprocessing() {
        return Preprocessing.load(folder).withDraft(options.draft());
    }

    /** Returns the folders of the adapters that the model was loaded with. */
    public List<Path> adapters() {
        return options.adapters();
    }

    /** Returns the arithmetic that the model was loaded with. */
    public Precision compute() {
        return options.compute();
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("this model is closed: " + folder);
        }
        CancelledException.throwIfInterrupted();
        checkpoint.requireUnchanged();
    }

    /** Frees the checkpoint's file and, if it was opened for models, this model's part in the backend. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        checkpoint.close();
        adapters.close();
        if (options.backend().isEmpty()) {
            SharedBackends.release(options.device(), options.threads());
        }
    }
}
