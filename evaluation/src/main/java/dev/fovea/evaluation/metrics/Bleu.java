package dev.fovea.evaluation.metrics;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Computes BLEU (Papineni et al. 2002) over a corpus as {@code bleu_scorer.py} of coco-caption does: no smoothing, and
 * the brevity penalty against the reference whose length is nearest, the shorter of two. The two tiny numbers of that
 * file, which keep an n without a match from making everything zero, are part of the values it gives.
 */
public final class Bleu {

    /** The longest runs of words that count. */
    public static final int MAX_N = 4;

    private static final double TINY = 1e-15;
    private static final double SMALL = 1e-9;

    private Bleu() {}

    /**
     * Holds what a caption adds to the sums of a corpus.
     *
     * @param matches runs of one to four words that a reference has, too
     * @param runs of one to four words
     * @param length in words
     * @param referenceLength of the reference that is nearest in length
     */
    public record Counts(int[] matches, int[] runs, int length, int referenceLength) {

        /** Checks that nothing is null. */
        public Counts {
            Objects.requireNonNull(matches, "matches is null");
            Objects.requireNonNull(runs, "runs is null");
        }

        /** Counts a caption. */
        public static Counts of(ScoredCaption caption) {
            Objects.requireNonNull(caption, "caption is null");
            int words = caption.words().size();
            int[] matches = new int[MAX_N];
            int[] runs = new int[MAX_N];
            for (int n = 1; n <= MAX_N; n++) {
                runs[n - 1] = Math.max(0, words - n + 1);
                matches[n - 1] = clippedMatches(caption, n);
            }
            return new Counts(matches, runs, words, nearestLength(caption));
        }
    }

    /**
     * Returns BLEU-1 to BLEU-4 of all captions together, 0 to 1.
     *
     * @param captions one for each picture
     */
    public static double[] corpus(List<ScoredCaption> captions) {
        Objects.requireNonNull(captions, "captions is null");
        return ofCounts(captions.stream().map(Counts::of).toList());
    }

    /** Returns BLEU-1 to BLEU-4 of captions that were counted before, 0 to 1. */
    public static double[] ofCounts(List<Counts> captions) {
        Objects.requireNonNull(captions, "captions is null");
        long[] matches = new long[MAX_N];
        long[] runs = new long[MAX_N];
        long length = 0;
        long referenceLength = 0;
        for (Counts caption : captions) {
            length += caption.length;
            referenceLength += caption.referenceLength;
            for (int n = 0; n < MAX_N; n++) {
                matches[n] += caption.matches[n];
                runs[n] += caption.runs[n];
            }
        }
        double ratio = (length + TINY) / (referenceLength + SMALL);
        double brevity = ratio < 1 ? Math.exp(1 - 1 / ratio) : 1;
        double[] bleu = new double[MAX_N];
        double product = 1;
        for (int n = 0; n < MAX_N; n++) {
            product *= (matches[n] + TINY) / (runs[n] + SMALL);
            bleu[n] = Math.pow(product, 1.0 / (n + 1)) * brevity;
        }
        return bleu;
    }

    /** Counts runs of words that are in a reference, each at most as often as in the reference that has most of it. */
    private static int clippedMatches(ScoredCaption caption, int n) {
        Map<List<String>, Integer> most = new HashMap<>();
        for (List<String> reference : caption.references()) {
            NGrams.count(reference, n).forEach((run, count) -> most.merge(run, count, Math::max));
        }
        int matches = 0;
        for (Map.Entry<List<String>, Integer> run :
                NGrams.count(caption.words(), n).entrySet()) {
            matches += Math.min(run.getValue(), most.getOrDefault(run.getKey(), 0));
        }
        return matches;
    }

    private static int nearestLength(ScoredCaption caption) {
        int length = caption.words().size();
        int nearest = caption.references().getFirst().size();
        for (List<String> reference : caption.references()) {
            int further = Math.abs(nearest - length) - Math.abs(reference.size() - length);
            if (further > 0 || further == 0 && reference.size() < nearest) {
                nearest = reference.size();
            }
        }
        return nearest;
    }
}
