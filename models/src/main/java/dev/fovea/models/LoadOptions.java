package dev.fovea.models;

import dev.fovea.models.image.Preprocessing;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.Precision;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Options for loading a model: what computes, how matrices are stored and how finely they are multiplied. Immutable:
 * each {@code with} method makes another one.
 *
 * <pre>{@code
 * Clip clip = Clip.load(folder, LoadOptions.DEFAULTS.withThreads(4).withCompute(Precision.INT8));
 * }</pre>
 *
 * @param backend a backend that stays open when the model is closed; empty for one on {@code device} with {@code
 *     threads}
 * @param device a backend's name as {@link Backends#open} knows it
 * @param threads threads to compute with, 0 for all cores
 * @param weights how matrices are stored where {@code compute} is {@link Precision#F32}
 * @param compute the arithmetic of the linear layers. What is not f32 is faster where the processor has instructions
 *     for it, and less exact
 * @param draft whether JPEG files that are far larger than the model's pixels are decoded at a half, a quarter or an
 *     eighth of their size; see {@link Preprocessing#withDraft}
 * @param adapters folders of LoRA adapters that are merged into the weights; see {@link #withAdapter}
 * @param offline whether a model that is asked for by name must be here already, and is not downloaded
 * @param progress receives the progress of a download
 */
public record LoadOptions(
        Optional<Backend> backend,
        String device,
        int threads,
        WeightType weights,
        Precision compute,
        boolean draft,
        List<Path> adapters,
        boolean offline,
        DownloadProgress progress) {

    /** Computes on the CPU with all cores, with matrices as they are in the file and f32 arithmetic. */
    public static final LoadOptions DEFAULTS = new LoadOptions(
            Optional.empty(),
            Backends.DEFAULT,
            0,
            WeightType.STORED,
            Precision.F32,
            false,
            List.of(),
            false,
            DownloadProgress.NONE);

    /**
     * Checks the options.
     *
     * @throws IllegalArgumentException if there are fewer than 0 threads
     */
    public LoadOptions {
        Objects.requireNonNull(backend, "backend is null");
        Objects.requireNonNull(device, "device is null");
        Objects.requireNonNull(weights, "weights is null");
        Objects.requireNonNull(compute, "compute is null");
        adapters = List.copyOf(Objects.requireNonNull(adapters, "adapters is null"));
        Objects.requireNonNull(progress, "progress is null");
        if (threads < 0) {
            throw new IllegalArgumentException("threads is " + threads + "; expected how many, or 0 for all cores");
        }
    }

    /** Returns the defaults on a backend that stays open when the model is closed. */
    public static LoadOptions on(Backend backend) {
        return DEFAULTS.withBackend(backend);
    }

    /**
     * Returns these options with a backend that stays open when the model is closed; it takes precedence over device
     * and threads.
     */
    public LoadOptions withBackend(Backend backend) {
        Optional<Backend> given = Optional.of(Objects.requireNonNull(backend, "backend is null"));
        return new LoadOptions(given, device, threads, weights, compute, draft, adapters, offline, progress);
    }

    /** Returns these options with another device, such as {@code opencl}. */
    public LoadOptions withDevice(String device) {
        return new LoadOptions(backend, device, threads, weights, compute, draft, adapters, offline, progress);
    }

    /** Returns these options with another number of threads, 0 for all cores. */
    public LoadOptions withThreads(int threads) {
        return new LoadOptions(backend, device, threads, weights, compute, draft, adapters, offline, progress);
    }

    /** Returns these options with matrices stored as another type. */
    public LoadOptions withWeights(WeightType weights) {
        return new LoadOptions(backend, device, threads, weights, compute, draft, adapters, offline, progress);
    }

    /** Returns these options with another arithmetic of the linear layers. */
    public LoadOptions withCompute(Precision compute) {
        return new LoadOptions(backend, device, threads, weights, compute, draft, adapters, offline, progress);
    }

    /**
     * Returns these options with drafts of JPEG files. Large photographs then take some two thirds of the time from
     * file to vector, and answers change a little. Pictures that are decoded already are not affected.
     */
    public LoadOptions withDraft() {
        return new LoadOptions(backend, device, threads, weights, compute, true, adapters, offline, progress);
    }

    /**
     * Returns these options with one more LoRA adapter in PEFT's files (Hu et al. 2021), made for this model: {@code
     * adapter_config.json} and {@code adapter_model.safetensors}. It is merged into the weights while the model is
     * loaded, in f32 whatever they are stored as, so that answers take no longer; several adapters add up. What is no
     * LoRA (DoRA for one), or changes what the model does not have, is an error that names it.
     *
     * @param folder as PEFT's {@code save_pretrained} writes it
     */
    public LoadOptions withAdapter(Path folder) {
        Objects.requireNonNull(folder, "folder is null");
        List<Path> more = Stream.concat(adapters.stream(), Stream.of(folder)).toList();
        return new LoadOptions(backend, device, threads, weights, compute, draft, more, offline, progress);
    }

    /** Returns these options without downloads: a model that is asked for by name must be on this machine already. */
    public LoadOptions withoutDownload() {
        return new LoadOptions(backend, device, threads, weights, compute, draft, adapters, true, progress);
    }

    /** Returns these options with a listener that receives the progress of a download. */
    public LoadOptions withProgress(DownloadProgress progress) {
        return new LoadOptions(backend, device, threads, weights, compute, draft, adapters, offline, progress);
    }
}
