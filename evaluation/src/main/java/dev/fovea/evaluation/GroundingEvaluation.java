package dev.fovea.evaluation;

import dev.fovea.evaluation.data.GroundedPhrase;
import dev.fovea.evaluation.metrics.Box;
import dev.fovea.tensor.FoveaException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Measures whether phrases are found in pictures: {@code accuracy@0.5}, the share whose first box overlaps a truth by
 * at least .5 (RefCOCO), {@code recall@5} and {@code recall@10} over the first boxes (Flickr30k Entities, any box),
 * and {@code mean_iou} of the first box.
 */
public final class GroundingEvaluation {

    private static final double RIGHT = 0.5;
    private static final int[] TOPS = {1, 5, 10};

    private final Outcome outcome = new Outcome();
    private final int[] right = new int[TOPS.length];
    private final List<Double> overlaps = new ArrayList<>();

    /** Starts an evaluation. */
    public GroundingEvaluation() {}

    /**
     * Adds what was found for a phrase.
     *
     * @param found boxes, the best first; none where nothing was found
     */
    public void add(GroundedPhrase phrase, List<Box> found) {
        Objects.requireNonNull(phrase, "phrase is null");
        Objects.requireNonNull(found, "found is null");
        double first = 0;
        int place = 0; // of the first right box, from 1; 0 for none
        for (int i = 0; i < found.size(); i++) {
            double overlap = 0;
            for (Box truth : phrase.boxes()) {
                overlap = Math.max(overlap, truth.iou(found.get(i)));
            }
            first = i == 0 ? overlap : first;
            place = place == 0 && overlap >= RIGHT ? i + 1 : place;
        }
        for (int i = 0; i < TOPS.length; i++) {
            right[i] += place > 0 && place <= TOPS[i] ? 1 : 0;
        }
        overlaps.add(first);
        outcome.example(
                phrase.image(),
                first,
                "phrase",
                phrase.phrase(),
                "boxes",
                phrase.boxes().stream().map(GroundingEvaluation::corners).toList(),
                "predicted",
                found.stream().map(GroundingEvaluation::corners).toList(),
                "right",
                first >= RIGHT);
    }

    private static List<Double> corners(Box box) {
        return List.of(box.x(), box.y(), box.x() + box.width(), box.y() + box.height());
    }

    /**
     * Returns what the phrases that were added come to. An example's score is the overlap of its first box.
     *
     * @throws FoveaException if there is none
     */
    public Evaluation result() {
        outcome.begin();
        outcome.share("accuracy@0.5", right[0], outcome.size());
        outcome.share("recall@5", right[1], outcome.size());
        outcome.share("recall@10", right[2], outcome.size());
        outcome.mean(
                "mean_iou", overlaps.stream().mapToDouble(Double::doubleValue).toArray());
        return outcome.end();
    }
}
