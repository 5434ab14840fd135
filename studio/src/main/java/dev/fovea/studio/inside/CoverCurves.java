package dev.fovea.studio.inside;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * Judges a map by what it says matters (Petsiuk et al. 2018, "RISE", section 4.2). Deletion covers patches, those that
 * the map has strongest first: the sooner the cosine falls, the better the map. Insertion uncovers them one after
 * another: the sooner it rises, the better.
 *
 * @param covered share of the patches at each step, 0 to 1
 * @param deletion cosine with this share covered
 * @param insertion cosine with this share uncovered
 */
public record CoverCurves(double[] covered, double[] deletion, double[] insertion) {

    /**
     * Computes both curves of a map.
     *
     * @param text a vector of unit length
     * @param map a number for each patch
     * @param steps at least 1; each covers about as many patches
     * @param progress is told how many of the {@code 2 (steps + 1)} pictures are done
     */
    public static CoverCurves of(PicturePass picture, float[] text, float[] map, int steps, IntConsumer progress) {
        if (map.length != picture.patches()) {
            throw new IllegalArgumentException(
                    "the map has " + map.length + " numbers; expected one for each of " + picture.patches());
        }
        if (steps < 1) {
            throw new IllegalArgumentException("steps is " + steps + "; expected at least 1");
        }
        List<Integer> order = IntStream.range(0, map.length)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer patch) -> -map[patch]))
                .toList();
        double[] covered = new double[steps + 1];
        List<boolean[]> covers = new ArrayList<>();
        for (int step = 0; step <= steps; step++) {
            int count = (int) Math.round((double) step * map.length / steps);
            covered[step] = (double) count / map.length;
            boolean[] strongest = new boolean[map.length];
            order.subList(0, count).forEach(patch -> strongest[patch] = true);
            covers.add(strongest);
        }
        for (int step = 0; step <= steps; step++) {
            boolean[] others = new boolean[map.length];
            for (int patch = 0; patch < others.length; patch++) {
                others[patch] = !covers.get(step)[patch];
            }
            covers.add(others);
        }
        double[] cosines = Occlusion.cosines(picture, covers, text, progress);
        double[] deletion = new double[steps + 1];
        double[] insertion = new double[steps + 1];
        System.arraycopy(cosines, 0, deletion, 0, steps + 1);
        System.arraycopy(cosines, steps + 1, insertion, 0, steps + 1);
        return new CoverCurves(covered, deletion, insertion);
    }

    /** Returns the mean of the deletion curve, its area; less is better. */
    public double deletionArea() {
        return area(deletion);
    }

    /** Returns the mean of the insertion curve, its area; more is better. */
    public double insertionArea() {
        return area(insertion);
    }

    private double area(double[] curve) {
        double area = 0;
        for (int i = 1; i < curve.length; i++) {
            area += (covered[i] - covered[i - 1]) * (curve[i] + curve[i - 1]) / 2;
        }
        return area;
    }
}
