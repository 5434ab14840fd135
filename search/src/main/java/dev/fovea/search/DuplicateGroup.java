package dev.fovea.search;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * Holds pictures that look alike. The first is the one to keep: that with the most pixels, of these the largest file.
 *
 * @param pictures at least two
 */
public record DuplicateGroup(List<Duplicate> pictures) {

    /** Copies the list. */
    public DuplicateGroup {
        pictures = List.copyOf(Objects.requireNonNull(pictures, "pictures is null"));
    }

    /**
     * Holds one of the pictures.
     *
     * @param file absolute
     * @param similarity the cosine to the first picture of the group; it may be below the threshold where pictures in
     *     between connect the two
     * @param identical whether the file has the same bytes as one that stands before it
     */
    public record Duplicate(Path file, float similarity, boolean identical) {

        /** Checks that the file is there. */
        public Duplicate {
            Objects.requireNonNull(file, "file is null");
        }
    }
}
