package dev.fovea.app.tuning;

import dev.fovea.models.clip.Clip;
import dev.fovea.training.Examples;
import dev.fovea.training.FeatureTuning;
import dev.fovea.training.TunedClip;
import dev.fovea.training.TuningMethod;
import dev.fovea.training.TuningOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Tunes on features of pictures. */
record FeatureTuner(TuningOptions options, Path output) implements Tuner {

    @Override
    public TuningMethod read() {
        return options.method();
    }

    @Override
    public void requireTunable(Clip clip, List<String> labels) {
        options.method().requireTunable(clip);
    }

    @Override
    public boolean looksAgain() {
        return false;
    }

    @Override
    public boolean keepsAll() {
        return options.method() != TuningMethod.PROLIP;
    }

    @Override
    public Tuned tune(Clip clip, FeatureTuning zeroShot, TuningSet set, Examples training, Examples validation) {
        TunedClip tuned = zeroShot.tune(options, training, validation);
        tuned.save(output);
        return new Tuned() {
            @Override
            public List<String> remarks() {
                return tuned.remarks();
            }

            @Override
            public Map<String, Object> settings() {
                return tuned.settings();
            }

            @Override
            public double accuracy(Examples test) {
                return tuned.accuracy(test);
            }

            @Override
            public double validationAccuracy(Examples validation) {
                return tuned.validationAccuracy().orElseThrow();
            }

            @Override
            public double zeroShotAccuracy(FeatureTuning others, Examples examples) {
                return tuned.zeroShotAccuracy(others, examples);
            }
        };
    }
}
