package dev.fovea.evaluation.metrics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Computes the twelve numbers of COCO's box evaluation (Lin et al. 2014; {@code cocoeval.py} of pycocotools, which it
 * gives to the last digit): average precision over ten overlaps, three sizes, and average recall.
 *
 * <p>Each picture and category is matched by itself: predictions from the best score down take the free truth that they
 * overlap most, if by at least the threshold. Precision is read at 101 recalls from the curve that all pictures make
 * together. Crowds, and truths of another size, make what matches them neither right nor wrong.
 */
public final class CocoDetection {

    /** Most predictions of a picture and category that count. */
    private static final int MOST = 100;

    private static final int[] LIMITS = {1, 10, MOST};
    private static final int RECALLS = 101;
    private static final double SMALL = 32 * 32;
    private static final double MEDIUM = 96 * 96;
    private static final double LARGEST = 1e10;
    private static final double[][] SIZES = {{0, LARGEST}, {0, SMALL}, {SMALL, MEDIUM}, {MEDIUM, LARGEST}};
    private static final double[] OVERLAPS = overlaps();

    private final List<Category> categories = new ArrayList<>();

    /**
     * Holds a box that is there.
     *
     * @param image the picture's id
     * @param category the category's id
     * @param area in pixels, by which sizes are told apart: of the thing's outline where there is one, else of the box
     * @param crowd whether the box holds many things that were not marked one by one
     */
    public record Truth(long image, long category, Box box, double area, boolean crowd) {

        /** Checks that the box is there. */
        public Truth {
            Objects.requireNonNull(box, "box is null");
        }
    }

    /**
     * Holds a box that a model found.
     *
     * @param image the picture's id
     * @param category the category's id
     * @param score by which predictions are ordered; larger is surer
     */
    public record Prediction(long image, long category, Box box, double score) {

        /**
         * Checks box and score.
         *
         * @throws IllegalArgumentException if the score is NaN
         */
        public Prediction {
            Objects.requireNonNull(box, "box is null");
            if (Double.isNaN(score)) {
                throw new IllegalArgumentException("the score of a box is NaN; expected a number");
            }
        }
    }

    /**
     * Holds the twelve numbers, 0 to 1, or NaN where there is no truth of that size. (pycocotools writes -1 there.)
     *
     * @param ap mean over overlaps .5 to .95
     * @param ap50 at overlap .5
     * @param ap75 at overlap .75
     * @param apSmall of things below 32 x 32 pixels
     * @param apMedium of things from there to 96 x 96
     * @param apLarge of larger things
     * @param ar1 recall with one prediction a picture and category
     * @param ar10 recall with ten
     * @param ar100 recall with a hundred
     * @param arSmall recall with a hundred, of small things
     * @param arMedium recall with a hundred, of medium things
     * @param arLarge recall with a hundred, of large things
     * @param apByCategory of each category with truths, in the order of their ids
     */
    public record Scores(
            double ap,
            double ap50,
            double ap75,
            double apSmall,
            double apMedium,
            double apLarge,
            double ar1,
            double ar10,
            double ar100,
            double arSmall,
            double arMedium,
            double arLarge,
            Map<Long, Double> apByCategory) {

        /** Keeps the map as it is ordered. */
        public Scores {
            Objects.requireNonNull(apByCategory, "apByCategory is null");
        }
    }

    /**
     * Holds precision and recall of a category for one size and limit of predictions.
     *
     * @param precision for each overlap at each recall
     * @param recall for each overlap
     */
    private record Curve(double[][] precision, double[] recall) {}

    /** Holds a category's curves, null where no truth of that size is there. */
    private record Category(long id, Curve[] bySize, Curve[] byLimit) {}

    /** Holds what one picture has of one category. */
    private static final class Pair {
        private final List<Truth> truths = new ArrayList<>();
        private List<Prediction> predictions = new ArrayList<>();
    }

    /**
     * Holds the outcome of one pair for one size.
     *
     * @param matched whether a prediction matched a truth, for each overlap
     * @param ignored whether it is neither right nor wrong, for each overlap
     * @param counted truths that are to be found
     */
    private record Matches(double[] scores, boolean[][] matched, boolean[][] ignored, int counted) {}

    private CocoDetection(Collection<Truth> truths, Collection<Prediction> predictions) {
        TreeSet<Long> ids = new TreeSet<>();
        Map<Long, Map<Long, Pair>> pairs = new TreeMap<>();
        for (Truth truth : truths) {
            ids.add(truth.category);
            pair(pairs, truth.category, truth.image).truths.add(truth);
        }
        for (Prediction prediction : predictions) {
            if (ids.contains(prediction.category)) {
                pair(pairs, prediction.category, prediction.image).predictions.add(prediction);
            }
        }
        for (long id : ids) {
            categories.add(category(id, pairs.get(id).values()));
        }
    }

    private static Pair pair(Map<Long, Map<Long, Pair>> pairs, long category, long image) {
        return pairs.computeIfAbsent(category, key -> new TreeMap<>()).computeIfAbsent(image, key -> new Pair());
    }

    private static double[] overlaps() {
        double[] overlaps = new double[10];
        for (int i = 0; i < overlaps.length; i++) {
            overlaps[i] = 0.5 + i * ((0.95 - 0.5) / (overlaps.length - 1));
        }
        overlaps[overlaps.length - 1] = 0.95;
        return overlaps;
    }

    /**
     * Evaluates predictions against what is there.
     *
     * @param truths in the order of the file, which decides between equal overlaps: the later one is taken
     * @param predictions equal scores in the order given; those of categories without any truth do not count
     */
    public static Scores evaluate(List<Truth> truths, List<Prediction> predictions) {
        Objects.requireNonNull(truths, "truths is null");
        Objects.requireNonNull(predictions, "predictions is null");
        CocoDetection all = new CocoDetection(truths, predictions);
        Map<Long, Double> byCategory = new TreeMap<>();
        for (Category category : all.categories) {
            if (category.bySize[0] != null) {
                byCategory.put(category.id, mean(List.of(category.bySize[0]), -1));
            }
        }
        int half = 0;
        int threeQuarters = 5;
        return new Scores(
                mean(all.bySize(0), -1),
                mean(all.bySize(0), half),
                mean(all.bySize(0), threeQuarters),
                mean(all.bySize(1), -1),
                mean(all.bySize(2), -1),
                mean(all.bySize(3), -1),
                recall(all.byLimit(0)),
                recall(all.byLimit(1)),
                recall(all.bySize(0)),
                recall(all.bySize(1)),
                recall(all.bySize(2)),
                recall(all.bySize(3)),
                byCategory);
    }

    private List<Curve> bySize(int size) {
        return categories.stream()
                .map(category -> category.bySize[size])
                .filter(Objects::nonNull)
                .toList();
    }

    private List<Curve> byLimit(int limit) {
        return categories.stream()
                .map(category -> category.byLimit[limit])
                .filter(Objects::nonNull)
                .toList();
    }

    /**
     * Returns the mean precision.
     *
     * @param overlap which overlap, or -1 for all
     */
    private static double mean(List<Curve> curves, int overlap) {
        return curves.stream()
                .flatMap(curve -> overlap < 0
                        ? Arrays.stream(curve.precision)
                        : Arrays.stream(curve.precision, overlap, overlap + 1))
                .flatMapToDouble(Arrays::stream)
                .average()
                .orElse(Double.NaN);
    }

    private static double recall(List<Curve> curves) {
        return curves.stream()
                .flatMapToDouble(curve -> Arrays.stream(curve.recall))
                .average()
                .orElse(Double.NaN);
    }

    private static Category category(long id, Collection<Pair> pairs) {
        for (Pair pair : pairs) {
            List<Prediction> best = new ArrayList<>(pair.predictions);
            best.sort(Comparator.comparingDouble(Prediction::score).reversed()); // stable
            pair.predictions = best.subList(0, Math.min(MOST, best.size()));
        }
        Curve[] bySize = new Curve[SIZES.length];
        Curve[] byLimit = new Curve[LIMITS.length];
        for (int size = 0; size < SIZES.length; size++) {
            double[] range = SIZES[size];
            List<Matches> matches =
                    pairs.stream().map(pair -> match(pair, range)).toList();
            bySize[size] = curve(matches, MOST);
            for (int limit = 0; size == 0 && limit < LIMITS.length; limit++) {
                byLimit[limit] = curve(matches, LIMITS[limit]);
            }
        }
        return new Category(id, bySize, byLimit);
    }

    private static boolean outside(double area, double[] range) {
        return area < range[0] || area > range[1];
    }

    private static Matches match(Pair pair, double[] range) {
        List<Truth> truths = new ArrayList<>();
        List<Truth> ignoredTruths = new ArrayList<>();
        for (Truth truth : pair.truths) {
            (truth.crowd || outside(truth.area, range) ? ignoredTruths : truths).add(truth);
        }
        int counted = truths.size();
        truths.addAll(ignoredTruths);
        int found = pair.predictions.size();
        double[][] overlap = new double[found][truths.size()];
        for (int i = 0; i < found; i++) {
            for (int j = 0; j < truths.size(); j++) {
                overlap[i][j] = overlap(pair.predictions.get(i).box, truths.get(j));
            }
        }
        boolean[][] matched = new boolean[OVERLAPS.length][found];
        boolean[][] ignored = new boolean[OVERLAPS.length][found];
        for (int t = 0; t < OVERLAPS.length; t++) {
            boolean[] taken = new boolean[truths.size()];
            for (int i = 0; i < found; i++) {
                int best = bestTruth(overlap[i], OVERLAPS[t], taken, truths, counted);
                if (best >= 0) {
                    taken[best] = true;
                    matched[t][i] = true;
                    ignored[t][i] = best >= counted;
                } else {
                    ignored[t][i] = outside(pair.predictions.get(i).box.area(), range);
                }
            }
        }
        double[] scores =
                pair.predictions.stream().mapToDouble(Prediction::score).toArray();
        return new Matches(scores, matched, ignored, counted);
    }

    /** Returns the truth that a prediction takes, -1 for none. Those that are ignored stand last. */
    private static int bestTruth(double[] overlap, double threshold, boolean[] taken, List<Truth> truths, int counted) {
        double least = Math.min(threshold, 1 - 1e-10);
        int best = -1;
        for (int j = 0; j < truths.size(); j++) {
            if (taken[j] && !truths.get(j).crowd) {
                continue;
            }
            if (best >= 0 && best < counted && j >= counted) {
                break; // a match that counts goes before any that does not
            }
            if (overlap[j] >= least) {
                least = overlap[j];
                best = j;
            }
        }
        return best;
    }

    /** Returns intersection over union; of a crowd, the share of the prediction that lies in it. */
    private static double overlap(Box prediction, Truth truth) {
        if (!truth.crowd) {
            return prediction.iou(truth.box);
        }
        double shared = prediction.intersection(truth.box);
        return shared == 0 ? 0 : shared / prediction.area();
    }

    /** Returns the curve of all pictures together, null if there is no truth to be found. */
    private static Curve curve(List<Matches> pictures, int limit) {
        int truths = pictures.stream().mapToInt(Matches::counted).sum();
        if (truths == 0) {
            return null;
        }
        List<int[]> order = new ArrayList<>(); // picture and prediction, pictures in the order of their ids
        for (int picture = 0; picture < pictures.size(); picture++) {
            for (int i = 0; i < Math.min(limit, pictures.get(picture).scores.length); i++) {
                order.add(new int[] {picture, i});
            }
        }
        order.sort(Comparator.comparingDouble((int[] at) -> pictures.get(at[0]).scores[at[1]])
                .reversed());
        double[][] precision = new double[OVERLAPS.length][RECALLS];
        double[] recall = new double[OVERLAPS.length];
        for (int t = 0; t < OVERLAPS.length; t++) {
            double[] precisions = new double[order.size()];
            double[] recalls = new double[order.size()];
            int right = 0;
            int wrong = 0;
            for (int i = 0; i < precisions.length; i++) {
                Matches picture = pictures.get(order.get(i)[0]);
                int prediction = order.get(i)[1];
                if (!picture.ignored[t][prediction]) {
                    right += picture.matched[t][prediction] ? 1 : 0;
                    wrong += picture.matched[t][prediction] ? 0 : 1;
                }
                recalls[i] = (double) right / truths;
                precisions[i] = right / (right + wrong + Math.ulp(1.0));
            }
            recall[t] = recalls.length == 0 ? 0 : recalls[recalls.length - 1];
            for (int i = precisions.length - 2; i >= 0; i--) {
                precisions[i] = Math.max(precisions[i], precisions[i + 1]);
            }
            int at = 0;
            for (int r = 0; r < RECALLS; r++) {
                double wanted = r == RECALLS - 1 ? 1 : r * 0.01;
                while (at < recalls.length && recalls[at] < wanted) {
                    at++;
                }
                precision[t][r] = at < recalls.length ? precisions[at] : 0;
            }
        }
        return new Curve(precision, recall);
    }
}
