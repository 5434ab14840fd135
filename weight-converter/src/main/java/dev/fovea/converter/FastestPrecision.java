package dev.fovea.converter;

import dev.fovea.models.LoadOptions;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.Precision;
import dev.fovea.tensor.files.DiskCache;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Finds the fastest arithmetic in which a model's answers stay what they are. It compares the answers to three built-in
 * pictures in each precision that the device has instructions for with those in f32. What was found is kept, so that
 * only the first run measures.
 *
 * @param precision the fastest whose error is accepted
 * @param error its largest error, relative to the element of largest magnitude; 0 for f32
 */
public record FastestPrecision(Precision precision, double error) {

    /** Checks that the precision is there. */
    public FastestPrecision {
        Objects.requireNonNull(precision, "precision is null");
    }

    /**
     * The largest error that is accepted, relative to the element of largest magnitude in an answer: the error of
     * peers' int8.
     */
    public static final double LARGEST_ERROR = 0.02;

    /** Precisions, the fastest first; bf16 is as fast as int16 and less exact. */
    private static final List<Precision> FASTEST_FIRST = List.of(Precision.INT8, Precision.INT16, Precision.BF16);

    private static final FastestPrecision EXACT = new FastestPrecision(Precision.F32, 0);

    /**
     * Measures the precisions for a model, or returns what an earlier run measured.
     *
     * @param folder the checkpoint's
     * @param options the device and threads that the model will run on
     * @return f32 where the device has no faster arithmetic, or the model reads no pictures
     */
    public static FastestPrecision of(Path folder, LoadOptions options) {
        Objects.requireNonNull(folder, "folder is null");
        Objects.requireNonNull(options, "options is null");
        return of(folder, options, DiskCache.ofUser("precision"));
    }

    static FastestPrecision of(Path folder, LoadOptions options, DiskCache cache) {
        List<Precision> candidates = new ArrayList<>(FASTEST_FIRST);
        candidates.retainAll(Backends.precisions(options.device()));
        if (candidates.isEmpty()) {
            return EXACT;
        }
        String key = DiskCache.key(options.device(), candidates.toString(), files(folder));
        return kept(cache.read(key), candidates).orElseGet(() -> {
            FastestPrecision found = measure(folder, options, candidates);
            cache.write(key, (found.precision + " " + found.error).getBytes(StandardCharsets.UTF_8));
            return found;
        });
    }

    private static FastestPrecision measure(Path folder, LoadOptions options, List<Precision> candidates) {
        try (Backend backend = Backends.open(options.device(), options.threads())) {
            LoadOptions here = LoadOptions.on(backend);
            ModelOutputs exact = ModelOutputs.of(folder, here);
            for (Precision candidate : candidates) {
                ModelOutputs rounded = ModelOutputs.of(folder, here.withCompute(candidate));
                double error = OutputChange.between(exact, rounded).largestError();
                if (error <= LARGEST_ERROR) {
                    return new FastestPrecision(candidate, error);
                }
            }
        } catch (FoveaException unreadable) {
            return EXACT; // a text tower alone; what is broken, its own loading says
        }
        return EXACT;
    }

    /** Returns what a file of the cache says, if its content is valid. */
    private static Optional<FastestPrecision> kept(byte[] content, List<Precision> candidates) {
        String[] words = content == null ? new String[0] : new String(content, StandardCharsets.UTF_8).split(" ");
        if (words.length != 2) {
            return Optional.empty();
        }
        try {
            double error = Double.parseDouble(words[1]);
            return Stream.concat(candidates.stream(), Stream.of(Precision.F32))
                    .filter(precision -> precision.toString().equals(words[0]))
                    .map(precision -> new FastestPrecision(precision, error))
                    .findFirst();
        } catch (NumberFormatException damaged) {
            return Optional.empty();
        }
    }

    /**
     * Lists all files of a checkpoint with their lengths and times: if one changes, what was found no longer counts.
     */
    private static String files(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            StringBuilder text = new StringBuilder(folder.toRealPath().toString());
            for (Path file : files.sorted().toList()) {
                BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
                text.append('\n').append(file.getFileName()).append(' ').append(attributes.size());
                text.append(' ').append(attributes.lastModifiedTime());
            }
            return text.toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
