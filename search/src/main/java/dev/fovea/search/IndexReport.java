package dev.fovea.search;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Tells what an update did.
 *
 * @param pictures how many the index has now, those of other folders included
 * @param added files that are new
 * @param updated files whose content changed, or about which the side file says something else
 * @param moved files that are known under a path where they are no longer, so that nothing had to be computed
 * @param removed files that are gone, or are no pictures any more
 * @param unchanged files that are as they were
 * @param unreadable files and folders that cannot be read, in the order in which they were met
 * @param otherFormats how many files are named like pictures in formats that are not read, by format
 */
public record IndexReport(
        int pictures,
        int added,
        int updated,
        int moved,
        int removed,
        int unchanged,
        List<Unreadable> unreadable,
        Map<String, Integer> otherFormats) {

    /** Copies the list and the map. */
    public IndexReport {
        unreadable = List.copyOf(Objects.requireNonNull(unreadable, "unreadable is null"));
        otherFormats = Map.copyOf(Objects.requireNonNull(otherFormats, "otherFormats is null"));
    }

    /**
     * Describes a file or folder that cannot be read.
     *
     * @param reason one line, which names the file
     */
    public record Unreadable(Path file, String reason) {

        /** Checks that nothing is null. */
        public Unreadable {
            Objects.requireNonNull(file, "file is null");
            Objects.requireNonNull(reason, "reason is null");
        }
    }
}
