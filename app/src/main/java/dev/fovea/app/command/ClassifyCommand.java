package dev.fovea.app.command;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.fovea.app.arguments.TextArguments;
import dev.fovea.app.pictures.AnswerForm;
import dev.fovea.app.pictures.PictureAnswers;
import dev.fovea.app.pictures.PictureArguments;
import dev.fovea.app.pictures.PictureBatch;
import dev.fovea.app.pictures.PictureFiles;
import dev.fovea.app.pictures.SidecarOption;
import dev.fovea.app.session.ModelSource;
import dev.fovea.app.session.Session;
import dev.fovea.models.Classifier;
import dev.fovea.models.LabelScore;
import dev.fovea.models.ZeroShotClassifier;
import dev.fovea.models.classification.ImageClassifier;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.image.PreparedPicture;
import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Finds the text that fits a picture best (zero-shot classification), or the class of a model that has classes of its
 * own.
 */
@Command(
        name = "classify",
        sortOptions = false,
        description = {
            "Say which of the given labels fits a picture best (CLIP zero-shot).",
            "A classifier (ViT, ResNet, or a CLIP that \"fovea tune\" made) has classes of its own: give no labels."
        },
        footer = {
            "",
            "Examples:",
            "  fovea classify cat.jpg \"a cat\" \"a dog\"",
            "  fovea classify holidays/ --labels places.txt --template \"a photo of {}\" --json",
            "  fovea classify cat.jpg --model resnet-50"
        })
public final class ClassifyCommand implements Callable<Integer> {

    private static final int MOST_SHOWN = 10;

    /** Of the thousand classes of ImageNet five are shown, as people report their best five. */
    private static final int MOST_CLASSES_SHOWN = 5;

    private final Session session;

    @Mixin
    private PictureArguments pictures;

    @Parameters(index = "1..*", paramLabel = "LABEL", arity = "0..*", description = "The texts to choose from.")
    private List<String> labels = new ArrayList<>();

    @Option(names = "--labels", paramLabel = "FILE", description = "More labels from a file, one a line.")
    private Path labelFile;

    @Mixin
    private LabelOptions texts;

    @Option(names = "--top", paramLabel = "N", description = "Show only the N best labels of each picture.")
    private Integer top;

    @Mixin
    private SidecarOption sidecar;

    @Spec
    private CommandSpec spec;

    /** Makes the command for a session that is set up while the command line is read. */
    public ClassifyCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        if (top != null && top < 1) {
            throw new ParameterException(spec.commandLine(), "--top must be 1 or more, found " + top);
        }
        sidecar.check();
        List<String> all = allLabels();
        boolean given = !labels.isEmpty() || labelFile != null;
        TextArguments.check(spec, labels, "label", TextArguments.MORE_PICTURES);
        PictureFiles files = pictures.files();
        ModelSource source = session.model(ModelSource.CLIP);
        if (source.isClassifier()) {
            if (given || !texts.templates().isEmpty()) {
                throw new FoveaException(source.name() + ": this classifier has classes of its own and reads no texts;"
                        + " leave labels and templates out, or use a CLIP model");
            }
            return ofItsOwn(source, files);
        }
        if (!given && texts.templates().isEmpty() && source.hasTunedClassifier()) {
            return tuned(source, files);
        }
        if (!given) {
            throw new ParameterException(
                    spec.commandLine(),
                    "classify needs at least one LABEL, or --labels FILE, or a model with classes of its own (ViT,"
                            + " ResNet, a tuned CLIP)");
        }
        return zeroShot(source, files, all);
    }

    private int zeroShot(ModelSource source, PictureFiles files, List<String> all) {
        try (PictureAnswers<PreparedPicture> answers =
                        PictureAnswers.of(session, pictures, files, source, sidecar, all);
                Clip clip = source.loadClip()) {
            session.warnUnused(source, clip.unusedTensors());
            ZeroShotClassifier classifier = texts.classifier(session.console(), clip, all);
            Form form = new Form(all, files, MOST_SHOWN);
            for (PictureBatch<PreparedPicture> batch : answers) {
                List<List<LabelScore>> scores = new ArrayList<>();
                for (float[] embedding : clip.embedAll(batch.pictures())) {
                    scores.add(classifier.score(embedding));
                }
                answers.give(batch, scores, form);
            }
            return answers.end();
        }
    }

    private int ofItsOwn(ModelSource source, PictureFiles files) {
        try (PictureAnswers<PreparedPicture> answers =
                        PictureAnswers.of(session, pictures, files, source, sidecar, List.of());
                ImageClassifier classifier = source.loadClassifier()) {
            session.warnUnused(source, classifier.unusedTensors());
            return ofItsOwn(classifier, answers, files);
        }
    }

    private int tuned(ModelSource source, PictureFiles files) {
        try (PictureAnswers<PreparedPicture> answers =
                        PictureAnswers.of(session, pictures, files, source, sidecar, List.of());
                Clip clip = source.loadClip()) {
            session.warnUnused(source, clip.unusedTensors());
            return ofItsOwn(clip.tunedClassifier().orElseThrow(), answers, files);
        }
    }

    private int ofItsOwn(Classifier classifier, PictureAnswers<PreparedPicture> answers, PictureFiles files) {
        Form form = new Form(classifier.labels(), files, MOST_CLASSES_SHOWN);
        for (PictureBatch<PreparedPicture> batch : answers) {
            answers.give(batch, classifier.classifyAll(batch.pictures()), form);
        }
        return answers.end();
    }

    private List<String> allLabels() {
        List<String> all = new ArrayList<>(labels);
        if (labelFile != null) {
            all.addAll(LabelOptions.read(labelFile));
            if (all.isEmpty()) {
                throw new FoveaException(labelFile + ": holds no label; write one label a line");
            }
        }
        return all;
    }

    private static <T> List<T> first(List<T> list, int count) {
        return list.subList(0, Math.min(count, list.size()));
    }

    /** Shows the best labels. */
    private final class Form implements AnswerForm<List<LabelScore>> {

        private final ResultTable table;

        /** Shows at most this many labels of a single picture, unless the user says how many. */
        Form(List<String> labels, PictureFiles files, int most) {
            int shown = top != null ? top : pictures.single() ? most : 1;
            table = new ResultTable(session.console().style(), labels, files.files(), shown);
        }

        @Override
        public String people(Path file, List<LabelScore> scores) {
            return pictures.single() ? table.ofOne(scores) : table.ofMany(file, scores);
        }

        @Override
        public void write(JsonGenerator json, List<LabelScore> scores) throws IOException {
            json.writeArrayFieldStart("results");
            for (LabelScore score : top == null ? scores : first(scores, top)) {
                json.writeStartObject();
                json.writeStringField("label", score.label());
                json.writeNumberField("score", score.score());
                json.writeNumberField("logit", score.logit());
                json.writeEndObject();
            }
            json.writeEndArray();
        }

        @Override
        public String text(List<LabelScore> scores) {
            return first(scores, top == null ? 1 : top).stream()
                    .map(LabelScore::label)
                    .collect(Collectors.joining(", "));
        }
    }
}
