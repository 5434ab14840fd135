package dev.fovea.evaluation.metrics;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/** Compares texts that were read with those that are there. */
public final class TextErrors {

    /** Below this similarity an answer counts as wrong in ANLS. */
    private static final double ANLS_LEAST = 0.5;

    private TextErrors() {}

    /**
     * Counts words that two texts have in common, each as often as in the text that has less of it; their order does
     * not count.
     *
     * @param common in both
     * @param found in the text that was read
     * @param expected in the text that is there
     */
    public record Words(int common, int found, int expected) {}

    /**
     * Returns the least number of insertions, deletions and replacements that make one list of the other (Levenshtein
     * 1966).
     */
    public static int distance(List<?> from, List<?> to) {
        Objects.requireNonNull(from, "from is null");
        Objects.requireNonNull(to, "to is null");
        int[] row = new int[to.size() + 1];
        for (int j = 0; j <= to.size(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= from.size(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= to.size(); j++) {
                int above = row[j];
                int replaced = diagonal + (from.get(i - 1).equals(to.get(j - 1)) ? 0 : 1);
                row[j] = Math.min(replaced, 1 + Math.min(above, row[j - 1]));
                diagonal = above;
            }
        }
        return row[to.size()];
    }

    /** Returns the characters of a text, each as one code point. */
    public static List<Integer> characters(String text) {
        return Objects.requireNonNull(text, "text is null").codePoints().boxed().toList();
    }

    /** Returns the words of a text, which stand between white space. */
    public static List<String> words(String text) {
        String stripped = Objects.requireNonNull(text, "text is null").strip();
        return stripped.isEmpty() ? List.of() : Arrays.asList(stripped.split("\\s+"));
    }

    /** Returns a text in lower case with nothing but the letters a to z and digits, as scene text is compared. */
    public static String alphanumeric(String text) {
        return Objects.requireNonNull(text, "text is null")
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^0-9a-z]", "");
    }

    /**
     * Returns 1 - distance / length of the longer text (1-N.E.D. of ICDAR 2019): 1 for equal texts, two empty ones
     * included. The score of many is the mean.
     */
    public static double similarity(String read, String there) {
        List<Integer> one = characters(read);
        List<Integer> other = characters(there);
        int longest = Math.max(one.size(), other.size());
        return longest == 0 ? 1 : 1 - (double) distance(one, other) / longest;
    }

    /**
     * Returns the similarity of an answer to the most similar of several, 0 where that is below a half (ANLS, Biten et
     * al. 2019, for DocVQA and TextVQA). Case and outer white space do not count.
     *
     * @param answers at least one
     */
    public static double anls(String answer, List<String> answers) {
        String plain = Objects.requireNonNull(answer, "answer is null").strip().toLowerCase(Locale.ROOT);
        double best = Objects.requireNonNull(answers, "answers is null").stream()
                .mapToDouble(one -> similarity(plain, one.strip().toLowerCase(Locale.ROOT)))
                .max()
                .orElseThrow(() -> new IllegalArgumentException("a question has no answers; expected at least one"));
        return best < ANLS_LEAST ? 0 : best;
    }

    /** Counts the words that a text that was read has in common with the one that is there. */
    public static Words commonWords(String read, String there) {
        List<String> found = words(read);
        List<String> expected = words(there);
        Map<String, Integer> left = new HashMap<>();
        expected.forEach(word -> left.merge(word, 1, Integer::sum));
        int common = 0;
        for (String word : found) {
            int count = left.getOrDefault(word, 0);
            if (count > 0) {
                left.put(word, count - 1);
                common++;
            }
        }
        return new Words(common, found.size(), expected.size());
    }
}
