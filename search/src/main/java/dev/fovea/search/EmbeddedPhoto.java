package dev.fovea.search;

import dev.fovea.search.store.PhotoRecord;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Describes a picture whose vector was computed elsewhere, by the model of the index it is added to.
 *
 * @param file where it lies, or is said to lie: the index does not look
 * @param vector of any length above 0, as many numbers as the index has
 * @param size bytes of the file, 0 if that is not known
 * @param modified the file's time of last change; with it and the size a later {@link PhotoIndex#update} knows that
 *     the file is unchanged, without them it computes it anew
 * @param fields what is known about the picture besides, for conditions
 */
public record EmbeddedPhoto(
        Path file, float[] vector, long size, Optional<Instant> modified, Map<String, List<String>> fields) {

    public EmbeddedPhoto {
        Objects.requireNonNull(file, "file is null");
        Objects.requireNonNull(vector, "vector is null");
        Objects.requireNonNull(modified, "modified is null");
        Objects.requireNonNull(fields, "fields is null");
    }

    /** Describes a picture of which nothing else is known. */
    public EmbeddedPhoto(Path file, float[] vector) {
        this(file, vector, 0, Optional.empty(), Map.of());
    }

    /** Returns the time as the index keeps it. */
    long time() {
        return modified.map(Instant::toEpochMilli).orElse(PhotoRecord.UNSURE);
    }
}
