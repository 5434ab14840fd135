package dev.fovea.evaluation.metrics;

import java.util.List;
import java.util.Objects;

/**
 * Computes ROUGE-L (Lin 2004), the longest common subsequence of words, as {@code rouge.py} of coco-caption does: the
 * best precision and the best recall over the references, each for itself, and beta 1.2. (Google's rouge-score, and
 * torchmetrics with it, count otherwise.)
 */
public final class RougeL {

    private static final double BETA_SQUARED = 1.2 * 1.2;

    private RougeL() {}

    /** Returns the score of a caption, 0 to 1. The score of a corpus is the mean. */
    public static double score(ScoredCaption caption) {
        Objects.requireNonNull(caption, "caption is null");
        List<String> words = split(caption.words());
        double precision = 0;
        double recall = 0;
        for (List<String> reference : caption.references()) {
            double common = longestCommon(words, split(reference));
            precision = Math.max(precision, common / words.size());
            recall = Math.max(recall, common / split(reference).size());
        }
        return precision == 0 || recall == 0
                ? 0
                : (1 + BETA_SQUARED) * precision * recall / (recall + BETA_SQUARED * precision);
    }

    /** Returns one empty word for no words, as splitting an empty text at spaces gives. */
    private static List<String> split(List<String> words) {
        return words.isEmpty() ? List.of("") : words;
    }

    private static int longestCommon(List<String> a, List<String> b) {
        int[] row = new int[b.size() + 1];
        for (String word : a) {
            int diagonal = 0;
            for (int j = 1; j <= b.size(); j++) {
                int above = row[j];
                row[j] = word.equals(b.get(j - 1)) ? diagonal + 1 : Math.max(above, row[j - 1]);
                diagonal = above;
            }
        }
        return row[b.size()];
    }
}
