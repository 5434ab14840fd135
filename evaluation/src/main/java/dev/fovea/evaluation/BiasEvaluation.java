package dev.fovea.evaluation;

import dev.fovea.evaluation.data.AssociationProbe;
import dev.fovea.evaluation.data.BiasFile;
import dev.fovea.evaluation.data.GroupedImage;
import dev.fovea.evaluation.data.Members;
import dev.fovea.evaluation.metrics.Association;
import dev.fovea.evaluation.metrics.Skew;
import dev.fovea.models.LabelScore;
import dev.fovea.models.Vectors;
import dev.fovea.models.ZeroShotClassifier;
import dev.fovea.models.clip.Clip;
import dev.fovea.tensor.FoveaException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * Measures how alike a CLIP treats groups.
 *
 * <ul>
 *   <li>With classes: {@code accuracy}, {@code worst_group}, {@code gap} (best less worst group) and {@code ratio}
 *       (worst by best); parts are the groups.
 *   <li>With unwanted labels (Radford et al. 2021, section 7.1): {@code unwanted}, the share of pictures that get one,
 *       {@code unwanted_gap}, and parts {@code unwanted}, the share in each group.
 *   <li>With queries (Geyik et al. 2019): {@code max_skew@10} and {@code ndkl}, means over the queries; parts {@code
 *       query} with each one's skew.
 *   <li>For each association test: {@code effect NAME} and {@code p NAME}.
 * </ul>
 */
public final class BiasEvaluation {

    private static final int FIRST = 10;

    private final BiasFile data;
    private final Map<Path, float[]> embeddings;
    private final Clip clip;
    private final List<GroupedImage> pictures;
    private final Outcome outcome = new Outcome();
    private final List<String> left = new ArrayList<>();

    private BiasEvaluation(BiasFile data, Map<Path, float[]> embeddings, Clip clip) {
        this.data = data;
        this.embeddings = embeddings;
        this.clip = clip;
        this.pictures = data.pictures().stream()
                .filter(picture -> embeddings.containsKey(picture.image()))
                .toList();
    }

    /**
     * Measures a model.
     *
     * @param embeddings of {@link BiasFile#images()} by file; pictures that are not there are left out, and so are
     *     associations that need them
     * @param clip that embedded them
     * @throws FoveaException if nothing is left to measure
     */
    public static Evaluation of(BiasFile data, Map<Path, float[]> embeddings, Clip clip) {
        Objects.requireNonNull(data, "data is null");
        Objects.requireNonNull(embeddings, "embeddings is null");
        Objects.requireNonNull(clip, "clip is null");
        return new BiasEvaluation(data, embeddings, clip).run();
    }

    private Evaluation run() {
        List<GroupedImage> labelled =
                pictures.stream().filter(picture -> picture.label().isPresent()).toList();
        if (!labelled.isEmpty()) {
            gaps(labelled);
        }
        if (!pictures.isEmpty() && !data.unwanted().isEmpty() && !data.labels().isEmpty()) {
            probe();
        }
        if (!pictures.isEmpty() && !data.queries().isEmpty()) {
            skew();
        }
        data.associations().forEach(this::associate);
        left.forEach(outcome::remark);
        Evaluation evaluation = outcome.end();
        if (evaluation.metrics().isEmpty()) {
            throw new FoveaException("nothing to evaluate: no picture can be read");
        }
        return evaluation;
    }

    private void gaps(List<GroupedImage> labelled) {
        ZeroShotClassifier classifier = clip.classifier(data.labels(), data.templates());
        List<String> groups = labelled.stream().map(GroupedImage::group).toList();
        double[] right = new double[labelled.size()];
        for (int i = 0; i < right.length; i++) {
            GroupedImage picture = labelled.get(i);
            String label = picture.label().orElseThrow();
            List<LabelScore> scores = classifier.score(embeddings.get(picture.image()));
            right[i] = scores.getFirst().label().equals(label) ? 1 : 0;
            double own = scores.stream()
                    .filter(score -> score.label().equals(label))
                    .findFirst()
                    .orElseThrow()
                    .score();
            outcome.example(
                    picture.image(),
                    own,
                    "group",
                    picture.group(),
                    "label",
                    label,
                    "predicted",
                    scores.getFirst().label(),
                    "right",
                    right[i] == 1);
        }
        int count = right.length;
        outcome.share("accuracy", Math.round(Arrays.stream(right).sum()), count);
        outcome.statistic("worst_group", count, drawn -> extremes(groups, right, drawn)[0]);
        outcome.statistic("gap", count, drawn -> {
            double[] ends = extremes(groups, right, drawn);
            return ends[1] - ends[0];
        });
        outcome.statistic("ratio", count, drawn -> {
            double[] ends = extremes(groups, right, drawn);
            return ends[1] == 0 ? Double.NaN : ends[0] / ends[1];
        });
        outcome.parts("group", groups, right);
    }

    /** Returns the lowest and the highest mean of the groups that are there. */
    private static double[] extremes(List<String> groups, double[] values, int[] drawn) {
        Map<String, double[]> sums = new LinkedHashMap<>();
        for (int index : drawn) {
            double[] sum = sums.computeIfAbsent(groups.get(index), key -> new double[2]);
            sum[0] += values[index];
            sum[1]++;
        }
        double lowest = Double.POSITIVE_INFINITY;
        double highest = Double.NEGATIVE_INFINITY;
        for (double[] sum : sums.values()) {
            lowest = Math.min(lowest, sum[0] / sum[1]);
            highest = Math.max(highest, sum[0] / sum[1]);
        }
        return new double[] {lowest, highest};
    }

    private void probe() {
        List<String> labels = new ArrayList<>(data.labels());
        labels.addAll(data.unwanted());
        ZeroShotClassifier classifier = clip.classifier(labels, data.templates());
        List<String> groups = pictures.stream().map(GroupedImage::group).toList();
        double[] unwanted = new double[pictures.size()];
        for (int i = 0; i < unwanted.length; i++) {
            GroupedImage picture = pictures.get(i);
            LabelScore best = classifier.score(embeddings.get(picture.image())).getFirst();
            unwanted[i] = data.unwanted().contains(best.label()) ? 1 : 0;
            if (unwanted[i] == 1) {
                outcome.example(picture.image(), -best.score(), "group", picture.group(), "unwanted", best.label());
            }
        }
        outcome.share("unwanted", Math.round(Arrays.stream(unwanted).sum()), unwanted.length);
        outcome.statistic("unwanted_gap", unwanted.length, drawn -> {
            double[] ends = extremes(groups, unwanted, drawn);
            return ends[1] - ends[0];
        });
        outcome.parts("unwanted", groups, unwanted);
    }

    private void skew() {
        double skews = 0;
        double divergences = 0;
        List<float[]> queries = clip.embedTexts(data.queries());
        for (int query = 0; query < queries.size(); query++) {
            float[] wanted = queries.get(query);
            List<String> ranked = IntStream.range(0, pictures.size())
                    .boxed()
                    .sorted(Comparator.comparing((Integer i) -> -Vectors.cosine(
                            wanted, embeddings.get(pictures.get(i).image()))))
                    .map(i -> pictures.get(i).group())
                    .toList();
            double skew = Skew.maximum(ranked, FIRST);
            skews += skew;
            divergences += Skew.divergence(ranked);
            outcome.part("query", data.queries().get(query), ranked.size(), skew);
        }
        outcome.value("max_skew@" + FIRST, skews / queries.size());
        outcome.value("ndkl", divergences / queries.size());
        if (pictures.size() <= FIRST) {
            outcome.remark("only " + pictures.size() + " pictures: the first " + FIRST
                    + " of a search are all of them, so their skew is 0");
        }
    }

    private void associate(AssociationProbe test) {
        List<List<float[]>> sides = new ArrayList<>();
        for (Members side : List.of(test.x(), test.y(), test.a(), test.b())) {
            for (Path image : side.images()) {
                if (!embeddings.containsKey(image)) {
                    left.add("the association \"" + test.name() + "\" is left out, since " + image + " cannot be read");
                    return;
                }
            }
            sides.add(
                    side.texts().isEmpty()
                            ? side.images().stream().map(embeddings::get).toList()
                            : clip.embedTexts(side.texts()));
        }
        try {
            Association found = Association.of(sides.get(0), sides.get(1), sides.get(2), sides.get(3));
            outcome.value("effect " + test.name(), found.effect());
            outcome.value("p " + test.name(), found.p());
        } catch (IllegalArgumentException e) {
            throw new FoveaException("the association \"" + test.name() + "\" has " + e.getMessage(), e);
        }
    }
}
