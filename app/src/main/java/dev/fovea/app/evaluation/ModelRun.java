package dev.fovea.app.evaluation;

import dev.fovea.app.pictures.PictureFiles;
import dev.fovea.app.pictures.PictureRun;
import dev.fovea.app.pictures.PictureRun.Unreadable;
import dev.fovea.app.session.ModelSource;
import dev.fovea.app.session.Session;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.image.PicturePipeline.Batch;
import dev.fovea.models.image.PicturePipeline.Work;
import dev.fovea.models.image.PreparedPicture;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;

/** Lets a model answer about the pictures of a data set, each once, in the batches that all commands use. */
final class ModelRun {

    private final Session session;
    private final ModelSource source;
    private final PictureFiles pictures;
    private final List<Path> files;
    private final List<Unreadable> unreadable = new ArrayList<>();

    /** Prepares a run; the pictures are those that were given, each once, and folders among them are unreadable. */
    ModelRun(Session session, ModelSource source, Collection<Path> pictures) {
        this(
                session,
                source,
                PictureFiles.of(pictures.stream()
                        .distinct()
                        .filter(picture -> !Files.isDirectory(picture))
                        .toList()));
        for (Path folder :
                pictures.stream().distinct().filter(Files::isDirectory).toList()) {
            String reason = folder + ": is a folder, expected a picture; correct its name in the data";
            session.console().error(reason);
            unreadable.add(new Unreadable(folder, -1, reason));
        }
    }

    /** Prepares a run on pictures that were found, and counts what could not be looked into as unreadable. */
    ModelRun(Session session, ModelSource source, PictureFiles pictures) {
        this.session = session;
        this.source = source;
        this.pictures = pictures;
        this.files = pictures.files();
        unreadable.addAll(pictures.problems());
    }

    /** Returns the model. */
    ModelSource source() {
        return source;
    }

    /** Returns the pictures in the order in which the model is asked about them. */
    List<Path> files() {
        return files;
    }

    /** Returns what could not be read. */
    List<Unreadable> unreadable() {
        return unreadable;
    }

    /**
     * Embeds the pictures.
     *
     * @param before is told the model before the first picture, and returns who is given each embedding
     */
    void embed(Function<Clip, BiConsumer<Path, float[]>> before) {
        embed(before, clip -> null);
    }

    /**
     * Embeds the pictures and does something with the model while it is open.
     *
     * @param receiver is given each embedding
     * @param after what is to be done in the end
     */
    <R> R embedThen(BiConsumer<Path, float[]> receiver, Function<Clip, R> after) {
        return embed(clip -> receiver, after);
    }

    private <R> R embed(Function<Clip, BiConsumer<Path, float[]>> before, Function<Clip, R> after) {
        try (PictureRun<PreparedPicture> pictures =
                        new PictureRun<>(session.console(), files, PictureRun.preparation(source));
                Clip clip = this.pictures.loadClip(session, source)) {
            BiConsumer<Path, float[]> receiver = before.apply(clip);
            try (PictureRun.Answers<float[]> vectors =
                    pictures.answers(clip.backend(), (batch, numbers) -> clip.embedAll(batch))) {
                for (PictureRun.Answer<float[]> picture : vectors) {
                    receiver.accept(picture.file(), picture.result());
                }
            }
            unreadable.addAll(pictures.unreadable());
            return after.apply(clip);
        }
    }

    /**
     * Lets a model answer about the pictures, some at a time.
     *
     * @param load loads the model, while the first pictures are read
     * @param unused names the tensors of a model that it does not use
     * @param work what a model says about some pictures
     * @param receiver is given each answer
     */
    <M extends AutoCloseable, R> void answer(
            Supplier<M> load,
            Function<M, List<String>> unused,
            Function<M, Work<PreparedPicture, R>> work,
            BiConsumer<Path, R> receiver) {
        try (PictureRun<PreparedPicture> pictures =
                new PictureRun<>(session.console(), files, PictureRun.preparation(source))) {
            session.warnOfPhotographs(source, files);
            M model = load.get();
            try {
                session.warnUnused(source, unused.apply(model));
                Work<PreparedPicture, R> answers = work.apply(model);
                for (Batch<PreparedPicture> batch : pictures) {
                    List<R> said = answers.apply(batch.pictures(), batch.indices());
                    for (PictureRun.Answer<R> answer : pictures.answers(batch, said)) {
                        receiver.accept(answer.file(), answer.result());
                    }
                }
            } finally {
                ModelSource.close(model);
            }
            unreadable.addAll(pictures.unreadable());
        }
    }
}
