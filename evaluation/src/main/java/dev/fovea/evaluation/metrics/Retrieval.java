package dev.fovea.evaluation.metrics;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
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
        int[] tiedTexts = new int[own.length];
        int[] ranksOfTexts = IntStream.range(0, own.length)
                .parallel()
                .map(text -> {
                    int better = 0;
                    for (int picture = 0; picture < best.length; picture++) {
                        float score = product(pictures.get(picture), texts.get(text));
                        better += score > own[text] ? 1 : 0;
                        tiedTexts[text] |= score == own[text] && picture != pictureOfText[text] ? 1 : 0;
                    }
                    return better;
                })
                .toArray();
        int[] tiedPictures = new int[best.length];
        int[] ranksOfPictures = IntStream.range(0, best.length)
                .parallel()
                .map(picture -> {
                    int better = 0;
                    for (int text = 0; text < own.length; text++) {
                        if (pictureOfText[text] != picture) {
                            float score = product(pictures.get(picture), texts.get(text));
                            better += score > best[picture] ? 1 : 0;
                            tiedPictures[picture] |= score == best[picture] ? 1 : 0;
                        }
                    }
                    return better;
                })
                .toArray();
        int ties = Arrays.stream(tiedTexts).sum() + Arrays.stream(tiedPictures).sum();
        return new Retrieval(ranksOfTexts, ranksOfPictures, ties);
    }

    /** Returns the product of two vectors, in four sums, since Java adds one after the other. */
    private static float product(float[] a, float[] b) {
        float first = 0;
        float second = 0;
        float third = 0;
        float fourth = 0;
        int i = 0;
        for (; i + 3 < a.length; i += 4) {
            first += a[i] * b[i];
            second += a[i + 1] * b[i + 1];
            third += a[i + 2] * b[i + 2];
            fourth += a[i + 3] * b[i + 3];
        }
        for (; i < a.length; i++) {
            first += a[i] * b[i];
        }
        return first + second + (third + fourth);
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
