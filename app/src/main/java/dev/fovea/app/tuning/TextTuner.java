package dev.fovea.app.tuning;

import dev.fovea.app.pictures.PictureFiles;
import dev.fovea.app.pictures.PictureRun;
import dev.fovea.app.pictures.PictureRun.Unreadable;
import dev.fovea.app.session.ModelSource;
import dev.fovea.app.session.Session;
import dev.fovea.evaluation.data.ExampleFile;
import dev.fovea.models.LoadOptions;
import dev.fovea.models.image.PicturePipeline.Batch;
import dev.fovea.models.image.PreparedPicture;
import dev.fovea.tensor.FoveaException;
import dev.fovea.training.TextExamples;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Tunes on a file of pictures with texts: reads both, measures the model on what is held out, trains, writes the output
 * and measures that.
 *
 * @param <E> an example
 * @param <M> the model
 */
final class TextTuner<E, M extends AutoCloseable> {

    private final Session session;
    private final TextTask<E, M> task;
    private final TrainingChoice choice;
    private final HeldOut heldOut;
    private final Path data;
    private final Path images;
    private final Path output;
    private final boolean resume;
    private final Map<Path, PreparedPicture> pictures = new HashMap<>();
    private final List<Unreadable> unreadable = new ArrayList<>();
    private final List<String> remarks = new ArrayList<>();

    /**
     * Prepares.
     *
     * @param images the folder that names of pictures are relative to; null for that of the file
     */
    TextTuner(
            Session session,
            TextTask<E, M> task,
            TrainingChoice choice,
            HeldOut heldOut,
            Path data,
            Path images,
            Path output,
            boolean resume) {
        this.session = session;
        this.task = task;
        this.choice = choice;
        this.heldOut = heldOut;
        this.data = data;
        this.images = images;
        this.output = output;
        this.resume = resume;
    }

    /** Returns what could not be read. */
    List<Unreadable> unreadable() {
        return unreadable;
    }

    /** Tunes, and writes the output. */
    TuningReport tune(ModelSource source, String name, String method) {
        if (!source.options().adapters().isEmpty()) {
            throw new FoveaException(source.options().adapters().getFirst() + ": a tuned folder holds the checkpoint"
                    + " without this adapter; leave out --adapter, or merge the two in Python (merge_and_unload) and"
                    + " tune that");
        }
        TrainingRun run = new TrainingRun(session.console(), output, resume);
        try (ExampleFile file = open(data);
                ExampleFile other = heldOut.data() == null ? null : open(heldOut.data())) {
            List<E> learned = examples(file);
            List<E> held = other == null ? List.of() : examples(other);
            read(source, learned, held);
            learned = readable(learned, data);
            held = readable(held, heldOut.data());
            if (other == null) {
                Set<Path> drawn = draw(learned);
                held = learned.stream()
                        .filter(example -> drawn.contains(task.image(example)))
                        .toList();
                learned = learned.stream()
                        .filter(example -> !drawn.contains(task.image(example)))
                        .toList();
                remarks.add(
                        drawn.isEmpty()
                                ? "nothing is held out, so that the last epoch is kept and nothing is measured"
                                : drawn.size() + " of " + pictures.size() + " pictures are held out to choose the epoch"
                                        + " by");
            } else {
                warnOfShared(learned, held);
            }
            return tune(source, run, learned, held, name, method);
        }
    }

    private ExampleFile open(Path path) {
        if (!Files.isRegularFile(path)) {
            throw new FoveaException(path + (Files.isDirectory(path) ? ": is a folder" : ": no such file")
                    + "; this task takes a file of examples (.jsonl, .csv, .tar)");
        }
        return images == null ? ExampleFile.open(path) : ExampleFile.open(path, images);
    }

    private List<E> examples(ExampleFile file) {
        file.problems().forEach(problem -> {
            session.console().error(problem.reason());
            unreadable.add(new Unreadable(problem.file(), -1, problem.reason()));
        });
        return task.examples(file);
    }

    private Set<Path> draw(List<E> examples) {
        List<Path> distinct = List.copyOf(
                new LinkedHashSet<>(examples.stream().map(task::image).toList()));
        return heldOut.draw(distinct, choice.seed());
    }

    private void read(ModelSource source, List<E> learned, List<E> held) {
        Set<Path> all = new LinkedHashSet<>();
        Stream.concat(learned.stream(), held.stream()).map(task::image).forEach(all::add);
        for (Path folder : all.stream().filter(Files::isDirectory).toList()) {
            String reason = folder + ": is a folder, expected a picture; correct its name in the data";
            session.console().error(reason);
            unreadable.add(new Unreadable(folder, -1, reason));
            all.remove(folder);
        }
        PictureFiles files = PictureFiles.of(List.copyOf(all));
        session.warnOfPhotographs(source, files.files());
        try (PictureRun<PreparedPicture> run =
                new PictureRun<>(session.console(), files.files(), PictureRun.preparation(source))) {
            for (Batch<PreparedPicture> batch : run) {
                for (PictureRun.Answer<PreparedPicture> answer : run.answers(batch, batch.pictures())) {
                    pictures.put(answer.file(), answer.result());
                }
            }
            unreadable.addAll(run.unreadable());
        }
    }

    private List<E> readable(List<E> examples, Path file) {
        List<E> readable = examples.stream()
                .filter(example -> pictures.containsKey(task.image(example)))
                .toList();
        if (readable.isEmpty() && file != null) {
            throw new FoveaException(file + ": none of its pictures can be read; names are relative to the file, or to"
                    + " the folder given with --images");
        }
        return readable;
    }

    private void warnOfShared(List<E> learned, List<E> held) {
        Set<Path> known = new LinkedHashSet<>(learned.stream().map(task::image).toList());
        long shared = held.stream()
                .map(task::image)
                .distinct()
                .filter(known::contains)
                .count();
        if (shared > 0) {
            String line = shared + " of the validation pictures are among those to learn from";
            session.console().warn(line);
            remarks.add(line);
        }
    }

    private TuningReport tune(
            ModelSource source, TrainingRun run, List<E> learned, List<E> held, String name, String method) {
        Map<String, Double> before = measured(task.load(source), held, source);
        TextExamples training = task.learned(source, learned, pictures::get);
        TextExamples validation = held.isEmpty() ? TextExamples.NONE : task.learned(source, held, pictures::get);
        requireTexts(training);
        Trained trained = task.train(source, choice, training, validation, run);
        trained.save().accept(output);
        run.finish();
        LoadOptions load = source.options();
        Map<String, Double> after = measured(task.load(output, load), held, null);
        remarks.addAll(run.remarks(trained.remarks()));
        return new TuningReport(
                name,
                method,
                0,
                trained.settings(),
                false,
                training.size(),
                held.size(),
                0,
                held.isEmpty() ? null : new TuningReport.Measured(held.size(), before, after),
                null,
                remarks,
                run.chart(session.console().style()));
    }

    private void requireTexts(TextExamples examples) {
        int empty = examples.texts().stream().map(String::isBlank).toList().indexOf(true);
        if (empty >= 0) {
            PreparedPicture picture = (PreparedPicture) examples.pictures().get(empty);
            Path file = pictures.entrySet().stream()
                    .filter(entry -> entry.getValue() == picture)
                    .map(Map.Entry::getKey)
                    .findFirst()
                    .orElseThrow();
            throw new FoveaException(
                    data + ": a text about " + file + " is empty; write one, or leave the example out");
        }
    }

    /** Measures a model and closes it. */
    private Map<String, Double> measured(M model, List<E> held, ModelSource source) {
        try {
            if (source != null) {
                session.warnUnused(source, task.unused(model));
            }
            return held.isEmpty() ? Map.of() : task.measure(model, held, pictures::get);
        } finally {
            ModelSource.close(model);
        }
    }
}
