package dev.fovea.evaluation;

import dev.fovea.evaluation.data.CocoFile;
import dev.fovea.evaluation.metrics.Box;
import dev.fovea.evaluation.metrics.CocoDetection;
import dev.fovea.models.Detection;
import dev.fovea.tensor.FoveaException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Measures boxes against those of a COCO data set: pycocotools' {@code ap}, {@code ap50}, {@code ap75}, {@code
 * ap_small}, {@code ap_medium}, {@code ap_large}, {@code ar1}, {@code ar10}, {@code ar100}, {@code ar_small}, {@code
 * ar_medium}, {@code ar_large}, and {@code f1} at overlap .5, which takes all boxes as they are. Parts are the
 * categories with their AP.
 */
public final class DetectionEvaluation {

    private static final double RIGHT = 0.5;

    private final CocoFile data;
    private final Map<String, Long> categories = new HashMap<>();
    private final Set<Long> images = new LinkedHashSet<>();
    private final List<CocoDetection.Prediction> predictions = new ArrayList<>();
    private final Map<String, Integer> unknown = new HashMap<>();

    /** Starts an evaluation on the pictures of a data set that {@link #add} is called for. */
    public DetectionEvaluation(CocoFile data) {
        this.data = Objects.requireNonNull(data, "data is null");
        data.categories().forEach((id, name) -> categories.put(plain(name), id));
    }

    private static String plain(String label) {
        return label.strip().toLowerCase(Locale.ROOT);
    }

    /**
     * Adds what a model found in a picture. Labels are compared with the categories' names in lower case; boxes of
     * other labels are counted and left out. Boxes without a score get 1, so that their order counts.
     *
     * @param image id of the picture
     * @throws IllegalArgumentException if the data set has no such picture
     */
    public void add(long image, List<Detection> found) {
        Objects.requireNonNull(found, "found is null");
        start(image);
        for (Detection box : found) {
            Long category = categories.get(plain(box.label()));
            if (category == null) {
                unknown.merge(box.label(), 1, Integer::sum);
            } else {
                predictions.add(new CocoDetection.Prediction(
                        image,
                        category,
                        Box.ofCorners(box.x1(), box.y1(), box.x2(), box.y2()),
                        box.score().orElse(1)));
            }
        }
    }

    /** Adds boxes of any pictures of the data set, all of whose pictures then count. */
    public void addAll(List<CocoDetection.Prediction> found) {
        Objects.requireNonNull(found, "found is null");
        data.images().keySet().forEach(this::start);
        predictions.addAll(found);
    }

    private void start(long image) {
        if (!data.images().containsKey(image)) {
            throw new IllegalArgumentException("picture " + image + "; the data set has none with this id");
        }
        images.add(image);
    }

    /**
     * Returns what was added comes to, on the pictures that something was added for. An example is a picture; its score
     * is its F1 at overlap .5, 1 where nothing is there and nothing was found.
     *
     * @throws FoveaException if there is none
     */
    public Evaluation result() {
        List<CocoDetection.Truth> truths = data.truths().stream()
                .filter(truth -> images.contains(truth.image()))
                .toList();
        Map<Long, List<CocoDetection.Truth>> truthsOf = new HashMap<>();
        Map<Long, List<CocoDetection.Prediction>> foundIn = new HashMap<>();
        truths.stream()
                .filter(truth -> !truth.crowd())
                .forEach(truth -> truthsOf.computeIfAbsent(truth.image(), key -> new ArrayList<>())
                        .add(truth));
        predictions.forEach(box ->
                foundIn.computeIfAbsent(box.image(), key -> new ArrayList<>()).add(box));
        Outcome outcome = new Outcome();
        List<int[]> counts = new ArrayList<>();
        for (long image : images) {
            List<CocoDetection.Truth> there = truthsOf.getOrDefault(image, List.of());
            List<CocoDetection.Prediction> found = foundIn.getOrDefault(image, List.of());
            int right = matches(there, found);
            counts.add(new int[] {right, found.size(), there.size()});
            outcome.example(
                    data.images().get(image),
                    f1(right, found.size(), there.size()),
                    "image_id",
                    image,
                    "truths",
                    there.size(),
                    "found",
                    found.size(),
                    "right",
                    right,
                    "true_labels",
                    names(there.stream().map(CocoDetection.Truth::category).toList()),
                    "found_labels",
                    names(found.stream().map(CocoDetection.Prediction::category).toList()));
        }
        outcome.begin();
        CocoDetection.Scores scores = CocoDetection.evaluate(truths, predictions);
        outcome.value("ap", scores.ap());
        outcome.value("ap50", scores.ap50());
        outcome.value("ap75", scores.ap75());
        outcome.value("ap_small", scores.apSmall());
        outcome.value("ap_medium", scores.apMedium());
        outcome.value("ap_large", scores.apLarge());
        outcome.value("ar1", scores.ar1());
        outcome.value("ar10", scores.ar10());
        outcome.value("ar100", scores.ar100());
        outcome.value("ar_small", scores.arSmall());
        outcome.value("ar_medium", scores.arMedium());
        outcome.value("ar_large", scores.arLarge());
        outcome.statistic("f1", counts.size(), drawn -> {
            int[] sums = new int[3];
            for (int index : drawn) {
                for (int i = 0; i < sums.length; i++) {
                    sums[i] += counts.get(index)[i];
                }
            }
            return f1(sums[0], sums[1], sums[2]);
        });
        scores.apByCategory()
                .forEach((id, ap) -> outcome.part(
                        "category",
                        data.categories().get(id),
                        (int) truths.stream()
                                .filter(truth -> truth.category() == id)
                                .count(),
                        ap));
        int others = unknown.values().stream().mapToInt(Integer::intValue).sum();
        if (others > 0) {
            List<String> most = unknown.entrySet().stream()
                    .sorted(Map.Entry.<String, Integer>comparingByValue()
                            .reversed()
                            .thenComparing(Map.Entry.comparingByKey()))
                    .limit(5)
                    .map(Map.Entry::getKey)
                    .toList();
            outcome.remark(others + " boxes have labels that are no category of the data set and were left out: "
                    + String.join(", ", most) + (unknown.size() > most.size() ? ", ..." : ""));
        }
        return outcome.end();
    }

    private List<String> names(List<Long> ids) {
        return ids.stream().map(data.categories()::get).toList();
    }

    /** Counts boxes that overlap a truth of their category by at least a half, each truth once, the best first. */
    private static int matches(List<CocoDetection.Truth> truths, List<CocoDetection.Prediction> found) {
        List<CocoDetection.Truth> left = new ArrayList<>(truths);
        int right = 0;
        for (CocoDetection.Prediction box : found.stream()
                .sorted(Comparator.comparingDouble(CocoDetection.Prediction::score)
                        .reversed())
                .toList()) {
            CocoDetection.Truth best = left.stream()
                    .filter(truth -> truth.category() == box.category())
                    .filter(truth -> truth.box().iou(box.box()) >= RIGHT)
                    .max(Comparator.comparingDouble(truth -> truth.box().iou(box.box())))
                    .orElse(null);
            if (best != null) {
                left.remove(best);
                right++;
            }
        }
        return right;
    }

    private static double f1(int right, int found, int there) {
        return found + there == 0 ? 1 : 2.0 * right / (found + there);
    }
}
