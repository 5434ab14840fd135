package dev.fovea.app.tuning;

import dev.fovea.models.clip.Clip;
import dev.fovea.training.Examples;
import dev.fovea.training.FeatureTuning;
import dev.fovea.training.TuningMethod;
import java.util.List;
import java.util.Map;

/** A way to tune, as the command needs it: what it reads of pictures, and what it makes of them. */
interface Tuner {

    /** Returns the method whose features are read. */
    TuningMethod read();

    /**
     * Refuses a model that cannot be tuned so, before pictures are read.
     *
     * @param labels names of the classes, two or more
     */
    void requireTunable(Clip clip, List<String> labels);

    /** Returns whether it looks at the pictures again, so that they must be kept. */
    boolean looksAgain();

    /** Returns whether it cannot make the model forget. */
    boolean keepsAll();

    /** Tunes, and writes the output folder. */
    Tuned tune(Clip clip, FeatureTuning zeroShot, TuningSet set, Examples training, Examples validation);

    /** A tuned model. */
    interface Tuned extends AutoCloseable {

        /** Returns what to know about how it went. */
        List<String> remarks();

        /** Returns the settings that were chosen or given, by name. */
        Map<String, Object> settings();

        /** Returns a chart of the losses for a terminal; an empty text where there was no training by epochs. */
        default String chart() {
            return "";
        }

        /** Returns the share of test pictures that are classified rightly. */
        double accuracy(Examples test);

        /** Returns the share of validation pictures that are classified rightly. */
        double validationAccuracy(Examples validation);

        /** Returns the share of pictures of other classes that are classified rightly by texts. */
        double zeroShotAccuracy(FeatureTuning others, Examples examples);

        @Override
        default void close() {}
    }
}
