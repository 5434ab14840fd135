package dev.fovea.evaluation;

import dev.fovea.evaluation.data.CaptionedImage;
import dev.fovea.evaluation.metrics.Classification;
import dev.fovea.evaluation.metrics.Retrieval;
import dev.fovea.tensor.FoveaException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Measures whether texts find their pictures and pictures their texts: {@code text_to_image_recall@1}, {@code @5},
 * {@code @10}, the same of {@code image_to_text}, and mean and median ranks.
 */
public final class RetrievalEvaluation {

    private static final int[] TOPS = {1, 5, 10};

    private final List<CaptionedImage> pictures = new ArrayList<>();
    private final List<float[]> embeddings = new ArrayList<>();
    private final List<float[]> texts = new ArrayList<>();
    private final List<Integer> pictureOfText = new ArrayList<>();

    /** Starts an evaluation. */
    public RetrievalEvaluation() {}

    /**
     * Adds a picture with its texts.
     *
     * @param embedding of the picture, of unit length
     * @param textEmbeddings of its texts, in their order, of unit length
     * @throws IllegalArgumentException if there is not one for each text
     */
    public void add(CaptionedImage picture, float[] embedding, List<float[]> textEmbeddings) {
        Objects.requireNonNull(picture, "picture is null");
        Objects.requireNonNull(embedding, "embedding is null");
        Objects.requireNonNull(textEmbeddings, "textEmbeddings is null");
        if (textEmbeddings.size() != picture.texts().size() || textEmbeddings.isEmpty()) {
            throw new IllegalArgumentException(textEmbeddings.size() + " embeddings of "
                    + picture.texts().size() + " texts; expected one for each, and at least one");
        }
        for (float[] text : textEmbeddings) {
            texts.add(text);
            pictureOfText.add(pictures.size());
        }
        pictures.add(picture);
        embeddings.add(embedding);
    }

    /**
     * Returns what the pictures that were added come to. There is an example for each text; its score is 1 / rank of
     * its picture.
     *
     * @throws FoveaException if there is none
     */
    public Evaluation result() {
        Retrieval ranks = Retrieval.of(
                embeddings,
                texts,
                pictureOfText.stream().mapToInt(Integer::intValue).toArray());
        Outcome outcome = new Outcome();
        int text = 0;
        for (int i = 0; i < pictures.size(); i++) {
            for (String words : pictures.get(i).texts()) {
                int rank = ranks.textToPicture()[text++] + 1;
                outcome.example(
                        pictures.get(i).image(),
                        1.0 / rank,
                        "text",
                        words,
                        "rank",
                        rank,
                        "rank_of_picture",
                        ranks.pictureToText()[i] + 1);
            }
        }
        outcome.begin();
        add(outcome, "text_to_image", ranks.textToPicture(), pictures.size());
        add(outcome, "image_to_text", ranks.pictureToText(), texts.size());
        if (ranks.ties() > 0) {
            outcome.remark(ranks.ties() + " ranks have candidates with exactly the same score, which count as worse;"
                    + " the same picture or text is probably there twice");
        }
        return outcome.end();
    }

    private static void add(Outcome outcome, String way, int[] ranks, int candidates) {
        for (int top : TOPS) {
            if (top == 1 || top < candidates) {
                outcome.share(way + "_recall@" + top, Classification.top(ranks, top), ranks.length);
            }
        }
        outcome.mean(
                way + "_mean_rank",
                Arrays.stream(ranks).mapToDouble(rank -> rank + 1).toArray());
        outcome.value(way + "_median_rank", Retrieval.median(ranks));
    }
}
