package dev.fovea.app.pictures;

import dev.fovea.app.json.Json;
import dev.fovea.app.results.ResultFile;
import dev.fovea.app.session.ModelSource;
import dev.fovea.app.terminal.Console;
import dev.fovea.app.terminal.Failure;
import dev.fovea.tensor.CancelledException;
import dev.fovea.tensor.FoveaException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Writes a command's answers to files instead of printing them: {@code --to}, {@code --sidecar}, {@code --draw-to}. A
 * picture is done when all that were asked for have it, so a run that was stopped continues with the others and writes
 * nothing twice.
 */
public final class PictureOutputs implements AutoCloseable {

    private final Console console;
    private final Path file;
    private final Path drawnFolder;
    /** The result file; this one and the next two fields are null where they were not asked for. */
    private final ResultFile results;

    private final Sidecars sidecars;
    private final DrawnFolder drawings;
    private final List<PictureRun.Unreadable> failures = new ArrayList<>();
    private final Set<String> saidKinds = new HashSet<>();
    private int written;
    private int before;
    private boolean closed;

    /** Describes a place with a file for each picture. */
    interface Target {
        /** Returns where what belongs to a picture goes. */
        Path file(Path picture);

        /** Returns why nothing can go there, null if it can. */
        String refusal(Path picture);

        /** Returns whether it is there already. */
        boolean has(Path picture);
    }

    private PictureOutputs(
            Console console, Path file, Path drawnFolder, ResultFile results, Sidecars sidecars, DrawnFolder drawings) {
        this.console = console;
        this.file = file;
        this.drawnFolder = drawnFolder;
        this.results = results;
        this.sidecars = sidecars;
        this.drawings = drawings;
    }

    /**
     * Opens what was asked for.
     *
     * @param sidecar null where the command has no such option
     * @param draw null where the command has no such option
     * @param texts what the answers depend on besides the options
     */
    public static PictureOutputs open(
            Console console,
            PictureArguments pictures,
            SidecarOption sidecar,
            DrawOption draw,
            ModelSource source,
            List<String> texts) {
        ResultOption option = pictures.results();
        boolean beside = sidecar != null && sidecar.given();
        Path folder = draw == null ? null : draw.folder();
        ResultFile results = option.given() ? option.open(pictures.command(), source, texts, false) : null;
        try {
            return new PictureOutputs(
                    console,
                    option.file(),
                    folder,
                    results,
                    beside ? new Sidecars(sidecar.overwrites()) : null,
                    folder == null
                            ? null
                            : DrawnFolder.open(
                                    console,
                                    folder,
                                    pictures.given(),
                                    ResultOption.settings(pictures.command(), source, texts)));
        } catch (RuntimeException e) {
            try (results) {
                throw e;
            }
        }
    }

    /** Returns whether answers go to files. */
    boolean given() {
        return results != null || sidecars != null || drawings != null;
    }

    /**
     * Finds out what there is to do, and complains about pictures whose answers cannot be written.
     *
     * @return the indices of the pictures that are not done
     */
    int[] left(List<Path> pictures) {
        if (!given()) {
            return IntStream.range(0, pictures.size()).toArray();
        }
        Set<Path> seen = new HashSet<>();
        return IntStream.range(0, pictures.size())
                .filter(i -> seen.add(pictures.get(i)) && isLeft(pictures.get(i)))
                .toArray();
    }

    private boolean isLeft(Path picture) {
        for (Target target : targets()) {
            String refusal = target.refusal(picture);
            if (refusal != null) {
                fail(picture, target, refusal);
                return false;
            }
        }
        // Texts that are written anew are done where the result file says so; without one nobody knows.
        boolean listed = results != null && results.has(ResultFile.Subject.of(picture));
        boolean done = (results == null || listed)
                && (sidecars == null || sidecars.overwrites() && listed || sidecars.has(picture))
                && (drawings == null || drawings.has(picture));
        before += done ? 1 : 0;
        return !done;
    }

    private List<Target> targets() {
        List<Target> targets = new ArrayList<>();
        if (sidecars != null) {
            targets.add(sidecars);
        }
        if (drawings != null) {
            targets.add(drawings);
        }
        return targets;
    }

    /**
     * Writes what is missing of an answer.
     *
     * @throws RuntimeException if the result file cannot be written; whatever goes wrong with files of the picture's
     *     own is reported, and the work continues
     */
    <R> void write(Path picture, R answer, AnswerForm<R> form) {
        boolean whole = (sidecars == null || write(picture, sidecars, () -> sidecars.write(picture, form.text(answer))))
                & (drawings == null || write(picture, drawings, () -> drawings.write(picture, form.places(answer))));
        ResultFile.Subject subject = ResultFile.Subject.of(picture);
        if (results != null && !results.has(subject)) {
            results.append(subject, json -> form.write(json, answer));
        }
        written += whole ? 1 : 0;
    }

    private boolean write(Path picture, Target target, Runnable write) {
        try {
            if (!target.has(picture)) {
                write.run();
            }
            return true;
        } catch (CancelledException stopped) {
            throw stopped;
        } catch (FoveaException | UncheckedIOException e) {
            fail(picture, target, Failure.describe(e));
            return false;
        }
    }

    /** Reports a failure. A problem with a folder concerns all its pictures, and is reported once. */
    private void fail(Path picture, Target target, String reason) {
        Path file = target.file(picture);
        String kind = file.toAbsolutePath().getParent()
                + reason.replace(file.toString(), "").replace(picture.toString(), "");
        if (saidKinds.add(kind)) {
            console.error(reason);
        }
        failures.add(new PictureRun.Unreadable(picture, -1, reason));
    }

    /** Returns the pictures whose answers could not be written. */
    List<PictureRun.Unreadable> failures() {
        return failures;
    }

    /** Reports what was written. */
    public void report(boolean json, ModelSource model, List<PictureRun.Unreadable> leftOut, PictureFiles files) {
        if (failures.size() > saidKinds.size()) {
            console.error("for the same reasons nothing was written about " + (failures.size() - saidKinds.size())
                    + " more pictures");
        }
        List<String> places = new ArrayList<>();
        if (results != null) {
            places.add(console.style().value(file));
        }
        if (sidecars != null) {
            places.add("texts beside the pictures");
        }
        if (drawings != null) {
            places.add("drawings in " + console.style().value(drawnFolder));
        }
        report(console, json, model, String.join(", ", places), written, before, leftOut, files, document -> {
            if (results != null) {
                document.writeStringField("to", file.toString());
            }
            if (sidecars != null) {
                document.writeBooleanField("sidecar", true);
            }
            if (drawings != null) {
                document.writeStringField("draw_to", drawnFolder.toString());
            }
        });
    }

    /**
     * Reports what a run wrote.
     *
     * @param place where to, for people
     * @param written for how many pictures
     * @param before how many were done before
     * @param leftOut what could not be read or written
     * @param target the fields that say where to
     */
    public static void report(
            Console console,
            boolean json,
            ModelSource model,
            String place,
            int written,
            int before,
            List<PictureRun.Unreadable> leftOut,
            PictureFiles files,
            Json.Document target) {
        if (!json) {
            console.print("%s: %d pictures%s%s%n"
                    .formatted(
                            place,
                            written,
                            before == 0 ? "" : " (" + before + " were done before)",
                            leftOut.isEmpty() ? "" : ", " + leftOut.size() + " left out, see above"));
            return;
        }
        console.print(document -> {
            model.write(document);
            target.write(document);
            document.writeNumberField("pictures", written);
            document.writeNumberField("done_before", before);
            PictureRun.Unreadable.write(document, leftOut);
            files.writeLeftOut(document);
        });
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try (results) {
            if (drawings != null) {
                drawings.close();
            }
        }
    }
}
