package dev.fovea.training;

import dev.fovea.models.clip.Clip;
import dev.fovea.models.image.PicturePipeline;
import dev.fovea.models.image.PreparedPicture;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * Holds features of pictures whose classes are known.
 *
 * @param features of each picture, from {@link TuningMethod#features}, all of one method and one model
 * @param classes the index of each one's class in the list of labels
 */
public record Examples(List<float[]> features, int[] classes) {

    /** No pictures. */
    public static final Examples NONE = new Examples(List.of(), new int[0]);

    /**
     * Checks that there is a class for each picture.
     *
     * @throws IllegalArgumentException if there are more or fewer classes than features, or one is negative
     */
    public Examples {
        features = List.copyOf(Objects.requireNonNull(features, "features is null"));
        classes = Objects.requireNonNull(classes, "classes is null").clone();
        if (features.size() != classes.length) {
            throw new IllegalArgumentException(
                    features.size() + " features and " + classes.length + " classes; expected one for each");
        }
        for (int index : classes) {
            if (index < 0) {
                throw new IllegalArgumentException("class " + index + "; expected the index of a label");
            }
        }
    }

    /**
     * Reads picture files while it computes the features of others, on all cores.
     *
     * @param classes the index of each file's class in the list of labels
     * @param unreadable receives what became of files that cannot be read; they are left out
     */
    public static Examples read(
            Clip clip,
            TuningMethod method,
            List<Path> files,
            int[] classes,
            Consumer<PicturePipeline.Outcome<float[]>> unreadable) {
        Objects.requireNonNull(clip, "clip is null");
        Objects.requireNonNull(method, "method is null");
        Objects.requireNonNull(files, "files is null");
        Objects.requireNonNull(classes, "classes is null");
        Objects.requireNonNull(unreadable, "unreadable is null");
        if (files.size() != classes.length) {
            throw new IllegalArgumentException(
                    files.size() + " files and " + classes.length + " classes; expected one for each");
        }
        List<float[]> features = new ArrayList<>();
        List<Integer> read = new ArrayList<>();
        PicturePipeline<PreparedPicture> pipeline = PicturePipeline.start(files, () -> clip.preprocessing()::prepare);
        pipeline.run(clip.backend(), (batch, indices) -> method.features(clip, batch), outcome -> {
            if (outcome.error() == null) {
                features.add(outcome.result());
                read.add(classes[outcome.index()]);
            } else {
                unreadable.accept(outcome);
            }
        });
        return new Examples(features, read.stream().mapToInt(Integer::intValue).toArray());
    }

    /** Returns a copy of the index of each one's class. */
    @Override
    public int[] classes() {
        return classes.clone();
    }

    /** Returns the number of pictures. */
    public int size() {
        return classes.length;
    }

    /**
     * Two parts of examples.
     *
     * @param training to learn from
     * @param validation held out, to choose settings by
     */
    public record Split(Examples training, Examples validation) {

        /** Checks that both are there. */
        public Split {
            Objects.requireNonNull(training, "training is null");
            Objects.requireNonNull(validation, "validation is null");
        }
    }

    /**
     * Holds out a share of each class: at least one picture where there are two or more, none of a single one.
     *
     * @param share above 0 and below 1
     * @param seed draws which ones
     * @throws IllegalArgumentException if the share is not between 0 and 1
     */
    public Split holdOut(double share, long seed) {
        if (!(share > 0 && share < 1)) {
            throw new IllegalArgumentException("share must be above 0 and below 1, found " + share);
        }
        Map<Integer, List<Integer>> byClass = new TreeMap<>();
        for (int i = 0; i < classes.length; i++) {
            byClass.computeIfAbsent(classes[i], index -> new ArrayList<>()).add(i);
        }
        Random random = new Random(seed);
        boolean[] held = new boolean[classes.length];
        byClass.values().forEach(pictures -> {
            Collections.shuffle(pictures, random);
            int count = Math.clamp(
                    Math.round(pictures.size() * share), Math.min(1, pictures.size() - 1), pictures.size() - 1);
            pictures.subList(0, count).forEach(i -> held[i] = true);
        });
        return new Split(where(i -> !held[i]), where(i -> held[i]));
    }

    private Examples where(IntPredicate chosen) {
        int[] indices = IntStream.range(0, classes.length).filter(chosen).toArray();
        return new Examples(
                IntStream.of(indices).mapToObj(features::get).toList(),
                IntStream.of(indices).map(i -> classes[i]).toArray());
    }

    /**
     * Finds pictures that are there under two classes: those whose features are equal to the last bit, which the same
     * pixels always have.
     *
     * @return pairs of indices, the earlier picture first
     */
    public List<int[]> contradictions() {
        Map<FloatBuffer, Integer> seen = new HashMap<>();
        List<int[]> pairs = new ArrayList<>();
        for (int i = 0; i < classes.length; i++) {
            Integer other = seen.putIfAbsent(FloatBuffer.wrap(features.get(i)), i);
            if (other != null && classes[other] != classes[i]) {
                pairs.add(new int[] {other, i});
            }
        }
        return pairs;
    }

    /** Counts the pictures that are among other examples, too: held-out pictures that were learned prove nothing. */
    public int shared(Examples others) {
        Map<FloatBuffer, Integer> seen = new HashMap<>();
        Objects.requireNonNull(others, "others is null")
                .features
                .forEach(feature -> seen.put(FloatBuffer.wrap(feature), 0));
        return (int) features.stream()
                .filter(feature -> seen.containsKey(FloatBuffer.wrap(feature)))
                .count();
    }
}
