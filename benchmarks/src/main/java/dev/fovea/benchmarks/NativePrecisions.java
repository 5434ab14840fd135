package dev.fovea.benchmarks;

import dev.fovea.tensor.Backends;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.Precision;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Selects the precisions that this machine has arithmetic of their own for, of those that were asked for. In others
 * Fovea computes as in f32: the answers are those of the precision or finer, and timing them would tell nothing about
 * it.
 *
 * @param present those there are, in the order asked for
 * @param absent the others
 */
record NativePrecisions(List<Precision> present, List<Precision> absent) {

    static NativePrecisions among(List<Precision> asked) {
        return among(asked, Backends.precisions(Backends.DEFAULT));
    }

    static NativePrecisions among(List<Precision> asked, List<Precision> had) {
        var parts = asked.stream().distinct().collect(Collectors.partitioningBy(had::contains));
        if (parts.get(true).isEmpty()) {
            throw new FoveaException("this machine has no arithmetic of its own for " + names(asked)
                    + "; ask for f32 with --precisions, too");
        }
        return new NativePrecisions(parts.get(true), parts.get(false));
    }

    /** Returns a sentence about those that are absent; an empty string if none is. */
    String remark() {
        return absent.isEmpty()
                ? ""
                : "Fovea takes no part in " + names(absent) + ": here it computes that no faster than f32.\n";
    }

    private static String names(List<Precision> precisions) {
        return precisions.stream().map(Precision::toString).collect(Collectors.joining(", "));
    }
}
