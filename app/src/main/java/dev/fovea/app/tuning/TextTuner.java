package dev.fovea.app.tuning;

import dev.fovea.app.pictures.PictureFiles;
import dev.fovea.app.pictures.PictureRun;
import dev.fovea.app.pictures.PictureRun.Unreadable;
import dev.fovea.app.session.ModelSource;
import dev.fovea.app.session.Session;
import dev.fovea.evaluation.data.ExampleFile;
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
import java.util.function.Function;
import java.util.stream.Collectors;
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
        TrainingRun run = new TrainingRun(session.console(), output, resume);
        try (ExampleFile file = open(data);
                ExampleFile other = heldOut.data() == null ? null : open(heldOut.data())) {
            List<E> learned = examples(source, file, data);
            List<E> held = other == null ? null : examples(source, other, heldOut.data());
            Data<E> readable;
            Map<String, Double> before;
            M model = task.load(source);
            try {
                task.requireTunable(source);
                session.warnUnused(source, task.unused(model));
                readable = read(source, learned, held);
                before = measured(model, readable.held);
            } finally {
                ModelSource.close(model);
            }
            return tune(source, run, readable, before, name, method);
        }
    }

    /**
     * Examples whose pictures could be read.
     *
     * @param learned to learn from
     * @param held to choose the epoch by, and to measure
     */
    private record Data<E>(List<E> learned, List<E> held) {}

    /**
     * Reads the pictures of examples.
     *
     * @param given examples that are held out; null for a share of the others
     */
    private Data<E> read(ModelSource source, List<E> examples, List<E> given) {
        read(source, Stream.concat(examples.stream(), given == null ? Stream.empty() : given.stream()));
        List<E> learned = readable(examples, data);
        if (given != null) {
            List<E> held = readable(given, heldOut.data());
            warnOfShared(learned, held);
            return new Data<>(learned, held);
        }
        Set<Path> drawn = draw(learned);
        remarks.add(
                drawn.isEmpty()
                        ? "nothing is held out, so that the last epoch is kept and nothing is measured"
                        : drawn.size() + " of " + pictures.size() + " pictures are held out to choose the epoch by");
        Map<Boolean, List<E>> parts =
                learned.stream().collect(Collectors.partitioningBy(example -> drawn.contains(task.image(example))));
        return new Data<>(parts.get(false), parts.get(true));
    }

    private ExampleFile open(Path path) {
        if (!Files.isRegularFile(path)) {
            throw new FoveaException(path + (Files.isDirectory(path) ? ": is a folder" : ": no such file")
                    + "; this task takes a file of examples (.jsonl, .csv, .tar)");
        }
        return images == null ? ExampleFile.open(path) : ExampleFile.open(path, images);
    }

    /** Reads examples, and refuses texts that cannot be learned. */
    private List<E> examples(ModelSource source, ExampleFile file, Path path) {
        file.problems().forEach(problem -> {
            session.console().error(problem.reason());
            unreadable.add(new Unreadable(problem.file(), -1, problem.reason()));
        });
        List<E> examples = task.examples(file);
        requireTexts(examples, path);
        if (choice.augmentation().movesPlaces()) {
            requireNoPlaces(source, examples, path);
        }
        return examples;
    }

    private Set<Path> draw(List<E> examples) {
        List<Path> distinct = List.copyOf(
                new LinkedHashSet<>(examples.stream().map(task::image).toList()));
        return heldOut.draw(distinct, choice.seed());
    }

    private void read(ModelSource source, Stream<E> examples) {
        Set<Path> all = examples.map(task::image).collect(Collectors.toCollection(LinkedHashSet::new));
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
        if (readable.isEmpty()) {
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
            ModelSource source, TrainingRun run, Data<E> data, Map<String, Double> before, String name, String method) {
        TextExamples training = task.learned(source, data.learned, pictures::get);
        TextExamples validation = task.learned(source, data.held, pictures::get);
        Trained trained = task.train(source, choice, training, validation, run);
        run.save(trained);
        M tuned = task.load(output, source.options());
        Map<String, Double> after;
        try {
            after = measured(tuned, data.held);
        } finally {
            ModelSource.close(tuned);
        }
        remarks.addAll(run.remarks(trained.remarks()));
        return new TuningReport(
                name,
                method,
                0,
                trained.settings(),
                false,
                training.size(),
                data.held.size(),
                0,
                data.held.isEmpty() ? null : new TuningReport.Measured(data.held.size(), before, after),
                null,
                remarks,
                run.chart(session.console().style()));
    }

    /** Refuses texts that cannot be learned, before pictures are read. */
    private void requireTexts(List<E> examples, Path file) {
        for (E example : examples) {
            for (String text : task.texts(example)) {
                if (text.isBlank()) {
                    throw new FoveaException(file + ": a text about " + task.image(example)
                            + " is empty; write one, or leave the example out");
                }
            }
        }
    }

    private void requireNoPlaces(ModelSource source, List<E> examples, Path file) {
        Function<E, String> prompts = task.prompts(source);
        for (E example : examples) {
            if ((prompts.apply(example) + task.texts(example)).contains("<loc_")) {
                throw new FoveaException(file + ": the text about " + task.image(example) + " names places, which"
                        + " cropped or mirrored pictures no longer have there; take --augment none or color");
            }
        }
    }

    private Map<String, Double> measured(M model, List<E> held) {
        return held.isEmpty() ? Map.of() : task.measure(model, held, pictures::get);
    }
}
