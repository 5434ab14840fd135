package dev.fovea.models;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Precision;
import java.util.Objects;

/**
 * How a model is loaded: what computes, how matrices are stored and how finely they are multiplied.
 *
 * <pre>{@code
 * Clip clip = Clip.load(folder, LoadOptions.DEFAULTS.withThreads(4).withCompute(Precision.INT8));
 * }</pre>
 *
 * @param backend a backend that several models share and that stays open when one is closed, or null: then each model opens its own, on
 *     {@code device} with {@code threads}
 * @param device a backend's name as {@link Backends#open} knows it
 * @param threads threads to compute with, 0 for all cores
 * @param weights how matrices are stored where {@code compute} is {@link Precision#F32}: {@link DType#F32}, {@link DType#F16}, {@link
 *     DType#BF16} or {@link DType#I8}; null for as they are in the file
 * @param compute the arithmetic of the linear layers. What is not f32 is faster where the processor has instructions for it, and less exact
 * @param offline whether a model that is asked for by name must be here already, and is not downloaded
 * @param progress hears how far a download is
 */
public record LoadOptions(
        Backend backend,
        String device,
        int threads,
        DType weights,
        Precision compute,
        boolean offline,
        DownloadProgress progress) {

    /** On the CPU with all cores, matrices as they are in the file, f32 arithmetic. */
    public static final LoadOptions DEFAULTS =
            new LoadOptions(null, Backends.DEFAULT, 0, null, Precision.F32, false, DownloadProgress.NONE);

    /** Checks that nothing is missing. */
    public LoadOptions {
        Objects.requireNonNull(device, "device");
        Objects.requireNonNull(compute, "compute");
        Objects.requireNonNull(progress, "progress");
    }

    /** The defaults on a backend that stays open when the model is closed. */
    public static LoadOptions on(Backend backend) {
        Objects.requireNonNull(backend, "backend");
        return new LoadOptions(
                backend,
                DEFAULTS.device,
                DEFAULTS.threads,
                DEFAULTS.weights,
                DEFAULTS.compute,
                DEFAULTS.offline,
                DEFAULTS.progress);
    }

    /** These options with another device, such as {@code opencl}. */
    public LoadOptions withDevice(String name) {
        return new LoadOptions(backend, name, threads, weights, compute, offline, progress);
    }

    /** These options with another number of threads, 0 for all cores. */
    public LoadOptions withThreads(int count) {
        return new LoadOptions(backend, device, count, weights, compute, offline, progress);
    }

    /** These options with matrices stored in another type, null for the file's. */
    public LoadOptions withWeights(DType type) {
        return new LoadOptions(backend, device, threads, type, compute, offline, progress);
    }

    /** These options with another arithmetic. */
    public LoadOptions withCompute(Precision precision) {
        return new LoadOptions(backend, device, threads, weights, precision, offline, progress);
    }

    /** These options without downloads: what is asked for by name must be here already. */
    public LoadOptions withoutDownload() {
        return new LoadOptions(backend, device, threads, weights, compute, true, progress);
    }

    /** These options with a listener that hears how far a download is. */
    public LoadOptions withProgress(DownloadProgress listener) {
        return new LoadOptions(backend, device, threads, weights, compute, offline, listener);
    }
}
