package dev.fovea.evaluation.metrics;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Counts runs of words. */
final class NGrams {

    private NGrams() {}

    /** Returns how often each run of n words occurs. */
    static Map<List<String>, Integer> count(List<String> words, int n) {
        Map<List<String>, Integer> counts = new HashMap<>();
        for (int i = 0; i + n <= words.size(); i++) {
            counts.merge(words.subList(i, i + n), 1, Integer::sum);
        }
        return counts;
    }
}
