package dev.fovea.app.evaluation;

import dev.fovea.app.command.LabelOptions;
import dev.fovea.app.pictures.PictureFiles;
import dev.fovea.app.session.ModelSource;
import dev.fovea.app.session.Session;
import dev.fovea.evaluation.ZeroShotEvaluation;
import dev.fovea.evaluation.data.ClassFolders;
import dev.fovea.evaluation.data.ExampleFile;
import dev.fovea.evaluation.data.LabelledImage;
import dev.fovea.models.ZeroShotClassifier;
import dev.fovea.tensor.FoveaException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures zero-shot classification. */
@Command(
        name = "zero-shot",
        sortOptions = false,
        description = {
            "Measure zero-shot classification (CLIP): top-1, top-5, mean per class, calibration.",
            "DATA may also be a folder with one sub-folder of pictures for each class. Fields: image, label."
        },
        footer = {
            "",
            "Examples:",
            "  fovea evaluate zero-shot animals/ --template \"a photo of a {}\"",
            "  fovea evaluate zero-shot imagenet-val.tar --labels names.txt --examples scored.jsonl"
        })
public final class ZeroShotCommand implements Callable<Integer> {

    private final Session session;

    @Mixin
    private DataFile data;

    @Option(
            names = "--labels",
            paramLabel = "FILE",
            description = "The labels to choose from, one a line (default: those of the pictures). A label of the data"
                    + " that is a number means the line, counted from 0.")
    private Path labelFile;

    @Mixin
    private LabelOptions texts;

    @Mixin
    private EvaluationOutput output;

    /** Makes the command for a session that is set up while the command line is read. */
    public ZeroShotCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        output.check(data.file(), labelFile);
        try (ExampleFile file = data.open()) {
            output.passOver(session, file.problems());
            List<LabelledImage> pictures = named(file.labels());
            if (pictures.isEmpty()) {
                throw new FoveaException(data.file()
                        + ": no pictures in its sub-folders; put each class' pictures into a folder of its own");
            }
            List<String> labels = labels(pictures);
            ZeroShotEvaluation evaluation = new ZeroShotEvaluation(labels);
            pictures.forEach(evaluation::check);
            Map<Path, LabelledImage> byFile = new HashMap<>();
            pictures.forEach(picture -> byFile.put(picture.image(), picture));
            ModelRun run = run(pictures);
            run.embed(clip -> {
                ZeroShotClassifier classifier = texts.classifier(session.console(), clip, labels);
                return (picture, vector) -> evaluation.add(byFile.get(picture), classifier.score(vector));
            });
            return output.report(session, run.source(), data.file(), evaluation.result(), run.unreadable());
        }
    }

    private ModelRun run(List<LabelledImage> pictures) {
        ModelSource source = session.model(ModelSource.CLIP);
        if (!isFolder()) {
            return new ModelRun(
                    session, source, pictures.stream().map(LabelledImage::image).toList());
        }
        PictureFiles files =
                PictureFiles.of(List.copyOf(ClassFolders.labels(data.file()).keySet()));
        output.leftOut(files);
        return new ModelRun(session, source, files);
    }

    private boolean isFolder() {
        return Files.isDirectory(data.file());
    }

    /** Returns what there is to choose from: of a folder also the classes without a picture. */
    private List<String> labels(List<LabelledImage> pictures) {
        if (labelFile != null) {
            return LabelOptions.read(labelFile);
        }
        return isFolder()
                ? List.copyOf(ClassFolders.labels(data.file()).values())
                : pictures.stream().map(LabelledImage::label).distinct().toList();
    }

    /** Replaces numbers of classes, as a WebDataset's {@code cls} has them, by their labels. */
    private List<LabelledImage> named(List<LabelledImage> pictures) {
        if (labelFile == null) {
            return pictures;
        }
        List<String> labels = LabelOptions.read(labelFile);
        return pictures.stream()
                .map(picture -> {
                    boolean number = picture.label().matches("\\d{1,6}") && !labels.contains(picture.label());
                    int index = number ? Integer.parseInt(picture.label()) : -1;
                    return index >= 0 && index < labels.size()
                            ? new LabelledImage(picture.image(), labels.get(index))
                            : picture;
                })
                .toList();
    }
}
