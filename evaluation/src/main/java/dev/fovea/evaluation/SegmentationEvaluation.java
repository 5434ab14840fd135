package dev.fovea.evaluation;

import dev.fovea.evaluation.data.PixelRegion;
import dev.fovea.evaluation.data.SegmentedExpression;
import dev.fovea.evaluation.metrics.PixelMask;
import dev.fovea.tensor.FoveaException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Measures outlines of things that words name: {@code miou}, {@code ciou} (sum of intersections over sum of unions) and
 * {@code precision@0.5} to {@code precision@0.9}, shares of expressions whose overlap is at least that.
 */
public final class SegmentationEvaluation {

    private static final double[] LEAST = {0.5, 0.6, 0.7, 0.8, 0.9};

    private final Outcome outcome = new Outcome();
    private final List<Double> overlaps = new ArrayList<>();
    /** Pixels in both and in either mask. */
    private final List<int[]> pixels = new ArrayList<>();

    /** Starts an evaluation. */
    public SegmentationEvaluation() {}

    /**
     * Adds an expression with what the data says that a model found.
     *
     * @throws FoveaException if the data does not say it, or truth and answer are of pictures of different sizes
     */
    public void add(SegmentedExpression expression) {
        Objects.requireNonNull(expression, "expression is null");
        PixelRegion found = expression
                .predicted()
                .orElseThrow(() -> new FoveaException(expression.image() + ": has no predicted region"));
        add(expression, mask(found, expression.width(), expression.height()));
    }

    /**
     * Adds what was found for an expression.
     *
     * @param found in the picture; an empty mask where nothing was found
     * @throws FoveaException if the truth is of a picture of another size
     */
    public void add(SegmentedExpression expression, PixelMask found) {
        Objects.requireNonNull(expression, "expression is null");
        Objects.requireNonNull(found, "found is null");
        PixelMask truth = mask(expression.region(), found.width(), found.height());
        double overlap = truth.iou(found);
        overlaps.add(overlap);
        pixels.add(new int[] {truth.intersection(found), truth.union(found)});
        outcome.example(
                expression.image(),
                overlap,
                "expression",
                expression.expression(),
                "pixels",
                truth.area(),
                "found_pixels",
                found.area());
    }

    private static PixelMask mask(PixelRegion region, int width, int height) {
        try {
            return region.mask(width, height);
        } catch (IllegalArgumentException e) {
            throw new FoveaException(e.getMessage(), e);
        }
    }

    /**
     * Returns what the expressions that were added come to. An example's score is its overlap.
     *
     * @throws FoveaException if there is none
     */
    public Evaluation result() {
        outcome.begin();
        double[] values = overlaps.stream().mapToDouble(Double::doubleValue).toArray();
        outcome.mean("miou", values);
        outcome.statistic("ciou", values.length, drawn -> {
            long both = 0;
            long either = 0;
            for (int index : drawn) {
                both += pixels.get(index)[0];
                either += pixels.get(index)[1];
            }
            return either == 0 ? 1 : (double) both / either;
        });
        for (double least : LEAST) {
            int right =
                    (int) overlaps.stream().filter(overlap -> overlap >= least).count();
            outcome.share("precision@" + least, right, values.length);
        }
        return outcome.end();
    }
}
