package dev.fovea.tensor.safetensors;

import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** Finds the names that someone who asked for a missing one may have meant. */
final class NearestNames {

    private static final int MOST = 3;

    private record Candidate(String name, int distance) {}

    private NearestNames() {}

    /**
     * Returns up to three names, the nearest first. Those that end alike (a level more or less in front of the name)
     * come before those that are a few letters off.
     */
    static List<String> of(String wanted, Collection<String> names) {
        int limit = Math.max(2, wanted.length() / 4);
        return names.stream()
                .map(name -> new Candidate(name, distance(wanted, name, limit)))
                .filter(candidate -> candidate.distance <= limit)
                .sorted(Comparator.comparingInt(Candidate::distance).thenComparing(Candidate::name))
                .limit(MOST)
                .map(Candidate::name)
                .toList();
    }

    private static int distance(String wanted, String name, int limit) {
        if (wanted.endsWith("." + name) || name.endsWith("." + wanted)) {
            return 0;
        }
        return Math.abs(wanted.length() - name.length()) > limit ? limit + 1 : editDistance(wanted, name);
    }

    /**
     * Computes Levenshtein's distance: insertions, deletions and replacements of single letters, one row of the table
     * at a time.
     */
    private static int editDistance(String a, String b) {
        int[] row = new int[b.length() + 1];
        Arrays.setAll(row, i -> i);
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
