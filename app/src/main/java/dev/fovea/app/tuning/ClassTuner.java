package dev.fovea.app.tuning;

import dev.fovea.app.pictures.PictureFiles;
import dev.fovea.app.pictures.PictureRun;
import dev.fovea.app.pictures.PictureRun.Unreadable;
import dev.fovea.app.session.ModelSource;
import dev.fovea.app.session.Session;
import dev.fovea.app.tuning.TuningFolder.Part;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.clip.PromptTemplates;
import dev.fovea.models.image.PreparedPicture;
import dev.fovea.tensor.FoveaException;
import dev.fovea.training.Examples;
import dev.fovea.training.FeatureTuning;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Tunes on folders of pictures, one for each class: reads them, measures before and after, and tunes. */
final class ClassTuner {

    private static final int MOST_SHOWN = 3;

    private final Session session;
    private final Tuner tuner;
    private final String method;
    private final HeldOut heldOut;
    private final PromptTemplates templates;
    private final Path data;
    private final Path kept;
    private final long seed;
    private final List<String> remarks = new ArrayList<>();

    /**
     * Prepares.
     *
     * @param kept a folder of other classes, or null
     * @param seed of the pictures that are held out
     */
    ClassTuner(
            Session session,
            Tuner tuner,
            String method,
            HeldOut heldOut,
            PromptTemplates templates,
            Path data,
            Path kept,
            long seed) {
        this.session = session;
        this.tuner = tuner;
        this.method = method;
        this.heldOut = heldOut;
        this.templates = templates;
        this.data = data;
        this.kept = kept;
        this.seed = seed;
    }

    /** Tunes, and writes the output. */
    TuneCommand.Outcome tune(ModelSource source) {
        TuningFolder folder = new TuningFolder(data, heldOut.data(), kept);
        PictureFiles files = PictureFiles.of(folder.folders());
        if (files.nothing()) {
            throw new FoveaException(
                    data + ": no pictures in its sub-folders; put each class' pictures into a folder of its own");
        }
        files.orFail();
        List<String> labels = folder.labels(Part.TRAINING);
        requireTwo(labels);
        List<Unreadable> unreadable = new ArrayList<>(files.problems());
        try (PictureRun<PreparedPicture> pictures =
                        new PictureRun<>(session.console(), files.files(), PictureRun.preparation(source));
                Clip clip = files.loadClip(session, source)) {
            tuner.requireTunable(clip, labels);
            TuningSet set = new TuningSet();
            try (PictureRun.Answers<Seen> features = pictures.answers(
                    clip.backend(),
                    (part, numbers) -> Seen.of(part, tuner.read().features(clip, part)))) {
                for (PictureRun.Answer<Seen> picture : features) {
                    set.add(
                            picture.file(),
                            folder.of(picture.file()),
                            picture.result().feature(),
                            tuner.looksAgain() ? picture.result().picture() : null);
                }
            }
            unreadable.addAll(pictures.unreadable());
            return new TuneCommand.Outcome(tune(clip, folder, set), unreadable, files);
        }
    }

    /** A picture and its features. */
    private record Seen(PreparedPicture picture, float[] feature) {

        static List<Seen> of(List<PreparedPicture> pictures, List<float[]> features) {
            return IntStream.range(0, features.size())
                    .mapToObj(i -> new Seen(pictures.get(i), features.get(i)))
                    .toList();
        }
    }

    private TuningReport tune(Clip clip, TuningFolder folder, TuningSet set) {
        List<String> labels = new ArrayList<>();
        for (String label : folder.labels(Part.TRAINING)) {
            if (set.has(Part.TRAINING, label)) {
                labels.add(label);
            } else {
                warn("the class \"" + label + "\" has no picture to learn from and is left out");
            }
        }
        requireTwo(labels);
        for (Part part : List.of(Part.VALIDATION, Part.TEST)) {
            for (String label : folder.labels(part)) {
                if (!labels.contains(label)) {
                    warn("the class \"" + label + "\" is in " + part.folder() + " but not learned; its pictures"
                            + " are left out");
                }
            }
        }
        List<String> contradictions = set.contradictions(labels);
        contradictions.stream().limit(MOST_SHOWN).forEach(line -> warn(line));
        if (contradictions.size() > MOST_SHOWN) {
            warn(contradictions.size() - MOST_SHOWN + " more pictures are there in two classes");
        }
        Examples training = set.examples(Part.TRAINING, labels);
        Examples validation = set.examples(Part.VALIDATION, labels);
        Examples test = set.examples(Part.TEST, labels);
        warnOfShared("test", test, training);
        warnOfShared("validation", validation, training);
        if (validation.size() == 0 && heldOut.share() == 0) {
            remarks.add("nothing is held out to choose settings by");
        } else if (validation.size() == 0) {
            Examples.Split split = training.holdOut(heldOut.share(), seed);
            remarks.add(
                    split.validation().size() == 0
                            ? "no class has two pictures, so none is held out"
                            : split.validation().size() + " of " + training.size()
                                    + " pictures are held out to choose settings by");
            training = split.training();
            validation = split.validation();
        }
        Examples held = test.size() > 0 ? test : validation;
        FeatureTuning tuning = FeatureTuning.of(clip, labels, templates);
        try (Tuner.Tuned tuned = tuner.tune(clip, tuning, set, training, validation)) {
            remarks.addAll(tuned.remarks());
            TuningReport.Measured accuracy = held.size() == 0
                    ? null
                    : new TuningReport.Measured(
                            held.size(),
                            Map.of(TuningReport.ACCURACY, tuning.zeroShotAccuracy(tuner.read(), held)),
                            Map.of(
                                    TuningReport.ACCURACY,
                                    test.size() > 0 ? tuned.accuracy(test) : tuned.validationAccuracy(validation)));
            return new TuningReport(
                    "classify",
                    method,
                    labels.size(),
                    tuned.settings(),
                    tuner.keepsAll(),
                    training.size(),
                    validation.size(),
                    test.size(),
                    accuracy,
                    forgetting(clip, folder, set, tuned),
                    remarks,
                    tuned.chart());
        }
    }

    private void requireTwo(List<String> labels) {
        if (labels.size() < 2) {
            throw new FoveaException(data + ": has " + labels.size() + " class" + (labels.size() == 1 ? "" : "es")
                    + " with pictures to learn from; two or more are needed");
        }
    }

    private void warnOfShared(String name, Examples held, Examples training) {
        int shared = held.shared(training);
        if (shared > 0) {
            warn(shared + " of the " + held.size() + " " + name + " pictures " + (shared == 1 ? "is" : "are")
                    + " among those to learn from");
        }
    }

    private TuningReport.Forgetting forgetting(Clip clip, TuningFolder folder, TuningSet set, Tuner.Tuned tuned) {
        if (kept == null) {
            return null;
        }
        List<String> labels = folder.labels(Part.KEPT);
        Examples examples = set.examples(Part.KEPT, labels);
        if (labels.size() < 2 || examples.size() == 0) {
            session.console().warn(kept + ": forgetting needs two classes with pictures; it is not measured");
            return null;
        }
        FeatureTuning others = FeatureTuning.of(clip, labels, templates);
        return new TuningReport.Forgetting(
                examples.size(),
                others.zeroShotAccuracy(tuner.read(), examples),
                tuned.zeroShotAccuracy(others, examples));
    }

    private void warn(String line) {
        session.console().warn(line);
        remarks.add(line);
    }
}
