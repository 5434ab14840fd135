package dev.fovea.evaluation.metrics;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.IntStream;

/**
 * Ranks pictures for texts and texts for pictures, where a picture may have several texts (Karpathy and Fei-Fei 2015;
 * CLIP_benchmark, open_clip). A rank is the number of candidates that are strictly better, so 0 is the best, and equal
 * scores count in favour of the model; {@link #ties} says how often they did.
 *
 * @param textToPicture of each text the rank of its picture among all pictures
 * @param pictureToText of each picture the rank of the best of its texts among all texts
 * @param ties how many of these ranks would be worse if equal candidates stood before
 */
public record Retrieval(int[] textToPicture, int[] pictureToText, int ties) {

    /** So many pictures are compared with all texts at a time: their columns fit into the second-level cache. */
    private static final int BLOCK = 256;

    /** Checks that nothing is null. */
    public Retrieval {
        Objects.requireNonNull(textToPicture, "textToPicture is null");
        Objects.requireNonNull(pictureToText, "pictureToText is null");
    }

    /**
     * Ranks by cosine.
     *
     * @param pictures embeddings of unit length
     * @param texts embeddings of unit length
     * @param pictureOfText for each text the index of the picture that it belongs to; each picture has at least one
     * @throws IllegalArgumentException if a text belongs to no picture, a picture has no text or a vector another
     *     length
     */
    public static Retrieval of(List<float[]> pictures, List<float[]> texts, int[] pictureOfText) {
        Objects.requireNonNull(pictures, "pictures is null");
        Objects.requireNonNull(texts, "texts is null");
        Objects.requireNonNull(pictureOfText, "pictureOfText is null");
        int width = pictures.isEmpty() ? 0 : pictures.getFirst().length;
        if (!pictures.stream().allMatch(vector -> vector.length == width)
                || !texts.stream().allMatch(vector -> vector.length == width)) {
            throw new IllegalArgumentException("vectors of several lengths; expected one length");
        }
        if (texts.size() != pictureOfText.length) {
            throw new IllegalArgumentException(
                    texts.size() + " texts and " + pictureOfText.length + " pictures of texts; expected one for each");
        }
        float[] own = new float[texts.size()];
        float[] best = new float[pictures.size()];
        Arrays.fill(best, Float.NEGATIVE_INFINITY);
        for (int text = 0; text < own.length; text++) {
            int picture = pictureOfText[text];
            if (picture < 0 || picture >= best.length) {
                throw new IllegalArgumentException(
                        "text " + text + " belongs to picture " + picture + " of " + best.length + "; there is none");
            }
            own[text] = product(pictures.get(picture), texts.get(text));
            best[picture] = Math.max(best[picture], own[text]);
        }
        for (int picture = 0; picture < best.length; picture++) {
            if (best[picture] == Float.NEGATIVE_INFINITY) {
                throw new IllegalArgumentException("picture " + picture + " has no text; expected at least one");
            }
        }
        AtomicIntegerArray ranksOfTexts = new AtomicIntegerArray(own.length);
        int[] ranksOfPictures = new int[best.length];
        boolean[] tiedTexts = new boolean[own.length];
        boolean[] tiedPictures = new boolean[best.length];
        IntStream.range(0, (best.length + BLOCK - 1) / BLOCK).parallel().forEach(block -> {
            int from = block * BLOCK;
            int count = Math.min(BLOCK, best.length - from);
            float[][] columns = columns(pictures.subList(from, from + count), width);
            float[] scores = new float[count];
            for (int text = 0; text < own.length; text++) {
                products(texts.get(text), columns, scores);
                int better = 0;
                for (int i = 0; i < count; i++) {
                    int picture = from + i;
                    boolean other = pictureOfText[text] != picture;
                    better += scores[i] > own[text] ? 1 : 0;
                    tiedTexts[text] |= other && scores[i] == own[text];
                    ranksOfPictures[picture] += other && scores[i] > best[picture] ? 1 : 0;
                    tiedPictures[picture] |= other && scores[i] == best[picture];
                }
                ranksOfTexts.addAndGet(text, better);
            }
        });
        int ties = count(tiedTexts) + count(tiedPictures);
        return new Retrieval(
                IntStream.range(0, own.length).map(ranksOfTexts::get).toArray(), ranksOfPictures, ties);
    }

    private static int count(boolean[] flags) {
        int count = 0;
        for (boolean flag : flags) {
            count += flag ? 1 : 0;
        }
        return count;
    }

    /** Returns the first number of each vector, the second of each, and so on. */
    private static float[][] columns(List<float[]> vectors, int width) {
        float[][] columns = new float[width][vectors.size()];
        for (int i = 0; i < vectors.size(); i++) {
            for (int k = 0; k < width; k++) {
                columns[k][i] = vectors.get(i)[k];
            }
        }
        return columns;
    }

    /**
     * Computes the products of a vector with columns as {@link #product} does. The inner loop has one index for both
     * arrays, so that C2 can make vectors of it.
     */
    private static void products(float[] vector, float[][] columns, float[] scores) {
        Arrays.fill(scores, 0);
        for (int k = 0; k < vector.length; k++) {
            float factor = vector[k];
            float[] column = columns[k];
            for (int i = 0; i < scores.length; i++) {
                scores[i] += factor * column[i];
            }
        }
    }

    private static float product(float[] a, float[] b) {
        float sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    /** Returns the mean of ranks that count from 1, as open_clip reports it. */
    public static double mean(int[] ranks) {
        Objects.requireNonNull(ranks, "ranks is null");
        return Arrays.stream(ranks).average().orElse(Double.NaN) + 1;
    }

    /** Returns the median of ranks that count from 1, rounded down as open_clip does. */
    public static double median(int[] ranks) {
        Objects.requireNonNull(ranks, "ranks is null");
        int[] sorted = ranks.clone();
        Arrays.sort(sorted);
        int half = sorted.length / 2;
        return sorted.length == 0
                ? Double.NaN
                : Math.floor(sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2.0) + 1;
    }
}
