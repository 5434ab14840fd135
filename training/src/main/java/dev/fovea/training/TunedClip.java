package dev.fovea.training;

import dev.fovea.models.clip.head.ClassifierHead;
import dev.fovea.training.numerics.FloatMemory;
import dev.fovea.training.numerics.Matrices;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;

/**
 * A CLIP that was tuned to classes. {@link TuningMethod#PROLIP} changes the projection of its image tower; every other
 * method leaves the checkpoint as it is and adds a classifier. Immutable; safe to use from many threads while the CLIP
 * is open.
 */
public final class TunedClip {

    private final FeatureTuning tuning;
    private final TuningOptions options;
    /** The classifier that was added; null where the projection was changed. */
    private final ClassifierHead head;
    /** The projection that was changed; null where a classifier was added. */
    private final Projection projection;

    private final Double validationAccuracy;
    private final Map<String, Object> settings;
    private final List<String> remarks;

    TunedClip(
            FeatureTuning tuning,
            TuningOptions options,
            ClassifierHead head,
            Projection projection,
            Double validationAccuracy,
            Map<String, Object> settings,
            List<String> remarks) {
        this.tuning = tuning;
        this.options = options;
        this.head = head;
        this.projection = projection;
        this.validationAccuracy = validationAccuracy;
        this.settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
        this.remarks = List.copyOf(remarks);
    }

    /** Returns the method that tuned it. */
    public TuningMethod method() {
        return options.method();
    }

    /** Returns the names of the classes. */
    public List<String> labels() {
        return tuning.labels();
    }

    /** Returns the settings that were chosen or given, by name: {@code penalty}, {@code alpha}, {@code beta}, ... */
    public Map<String, Object> settings() {
        return settings;
    }

    /** Returns what a user should know about how it went, a sentence each; empty if nothing. */
    public List<String> remarks() {
        return remarks;
    }

    /**
     * Returns the share of validation pictures that it classifies rightly; empty without any. It flatters a little,
     * since they chose the settings. Of the linear probe it is that of the model that had not learned them yet.
     */
    public OptionalDouble validationAccuracy() {
        return validationAccuracy == null ? OptionalDouble.empty() : OptionalDouble.of(validationAccuracy);
    }

    /** Returns the logits of a picture's features. */
    double[] logits(float[] feature) {
        return tuning.logits(head, projection, feature);
    }

    /**
     * Returns the share of pictures that it classifies rightly.
     *
     * @param examples of the same classes, with features of the same method
     * @throws IllegalArgumentException if there are none
     */
    public double accuracy(Examples examples) {
        return tuning.accuracy(head, projection, Objects.requireNonNull(examples, "examples is null"));
    }

    /**
     * Returns the share of pictures of classes that it was not tuned to which it classifies rightly by texts. Together
     * with {@link FeatureTuning#zeroShotAccuracy} of the same pictures it tells what the tuning made the model forget:
     * nothing with an added classifier, which leaves texts and embeddings as they are.
     *
     * @param others the other classes, of the same CLIP
     * @param examples of those classes, with features of the same method
     * @throws IllegalArgumentException if there are none
     */
    public double zeroShotAccuracy(FeatureTuning others, Examples examples) {
        Objects.requireNonNull(others, "others is null");
        Objects.requireNonNull(examples, "examples is null");
        return projection == null
                ? others.zeroShotAccuracy(method(), examples)
                : others.accuracy(null, projection, examples);
    }

    /**
     * Writes a checkpoint folder that any CLIP command and {@code Clip.load} take: the files of the tuned checkpoint
     * with, by method, the new projection, which transformers loads as well, or a classifier that {@code
     * Clip.tunedClassifier} returns.
     *
     * @param folder a path that does not exist, or an empty folder; it appears when it is whole
     * @throws dev.fovea.tensor.FoveaException if it cannot be written; nothing is left behind
     */
    public void save(Path folder) {
        Objects.requireNonNull(folder, "folder is null");
        Map<String, FloatMemory> changed = projection == null
                ? Map.of()
                : Map.of(Projection.NAME, FloatMemory.of(Matrices.toFloats(projection.values())));
        TunedFolder.write(tuning.clip().folder(), changed, folder, output -> {
            if (head != null) {
                head.write(output);
            }
        });
    }
}
