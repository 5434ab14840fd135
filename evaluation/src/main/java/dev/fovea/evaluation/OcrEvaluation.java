package dev.fovea.evaluation;

import dev.fovea.evaluation.data.WrittenText;
import dev.fovea.evaluation.metrics.TextErrors;
import dev.fovea.tensor.FoveaException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Measures text that was read in pictures: {@code word_f1}, {@code word_precision}, {@code word_recall} (words whatever
 * their order, over all pictures), {@code one_minus_ned}, {@code cer}, {@code wer}, {@code exact}, and {@code
 * alphanumeric}, the share that is equal without case and anything but letters and digits, as scene text is compared.
 * White space at the ends does not count, and line ends count as spaces.
 */
public final class OcrEvaluation {

    private final Outcome outcome = new Outcome();
    private final List<Double> similarities = new ArrayList<>();
    /** Of each text: common, found and expected words, edits and length in characters, edits in words. */
    private final List<int[]> counts = new ArrayList<>();

    private int exact;
    private int alphanumeric;

    /** Starts an evaluation. */
    public OcrEvaluation() {}

    /** Adds what was read in a picture. */
    public void add(WrittenText picture, String read) {
        Objects.requireNonNull(picture, "picture is null");
        Objects.requireNonNull(read, "read is null");
        String found = String.join(" ", TextErrors.words(read));
        String there = String.join(" ", TextErrors.words(picture.text()));
        TextErrors.Words words = TextErrors.commonWords(found, there);
        int edits = TextErrors.distance(TextErrors.characters(found), TextErrors.characters(there));
        int wordEdits = TextErrors.distance(TextErrors.words(found), TextErrors.words(there));
        double similarity = TextErrors.similarity(found, there);
        counts.add(new int[] {
            words.common(),
            words.found(),
            words.expected(),
            edits,
            TextErrors.characters(there).size(),
            wordEdits
        });
        similarities.add(similarity);
        exact += found.equals(there) ? 1 : 0;
        alphanumeric += TextErrors.alphanumeric(found).equals(TextErrors.alphanumeric(there)) ? 1 : 0;
        outcome.example(picture.image(), similarity, "text", there, "predicted", found, "edits", edits);
    }

    /**
     * Returns what the texts that were added come to. An example's score is 1 - normalised edit distance.
     *
     * @throws FoveaException if there is none
     */
    public Evaluation result() {
        outcome.begin();
        int size = outcome.size();
        outcome.statistic("word_f1", size, drawn -> ratio(2, sum(drawn, 0), sum(drawn, 1) + sum(drawn, 2)));
        outcome.statistic("word_precision", size, drawn -> ratio(1, sum(drawn, 0), sum(drawn, 1)));
        outcome.statistic("word_recall", size, drawn -> ratio(1, sum(drawn, 0), sum(drawn, 2)));
        outcome.mean(
                "one_minus_ned",
                similarities.stream().mapToDouble(Double::doubleValue).toArray());
        outcome.statistic("cer", size, drawn -> ratio(1, sum(drawn, 3), sum(drawn, 4)));
        outcome.statistic("wer", size, drawn -> ratio(1, sum(drawn, 5), sum(drawn, 2)));
        outcome.share("exact", exact, size);
        outcome.share("alphanumeric", alphanumeric, size);
        return outcome.end();
    }

    private long sum(int[] drawn, int what) {
        long sum = 0;
        for (int index : drawn) {
            sum += counts.get(index)[what];
        }
        return sum;
    }

    /** Returns NaN, a metric that is not there, where nothing could be found. */
    private static double ratio(int factor, long part, long whole) {
        return whole == 0 ? Double.NaN : (double) factor * part / whole;
    }
}
