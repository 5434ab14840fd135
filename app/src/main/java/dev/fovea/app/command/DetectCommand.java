package dev.fovea.app.command;

import dev.fovea.app.arguments.GenerationFlags;
import dev.fovea.app.florence.FlorenceReply;
import dev.fovea.app.florence.FlorenceRun;
import dev.fovea.app.pictures.DrawOption;
import dev.fovea.app.pictures.PictureArguments;
import dev.fovea.app.session.Session;
import dev.fovea.app.terminal.Progress;
import dev.fovea.models.florence.FlorenceAnswer;
import dev.fovea.models.florence.FlorenceTask;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Finds things in a picture. */
@Command(
        name = "detect",
        sortOptions = false,
        description = "Find the things in a picture (Florence-2).",
        footer = {
            "",
            "Examples:",
            "  fovea detect scene.png --draw found.png",
            "  fovea detect street.jpg --describe --json --model Florence-2-base-ft"
        })
public final class DetectCommand implements Callable<Integer> {

    private final Session session;

    @Mixin
    private PictureArguments.Many pictures;

    @Option(names = "--describe", description = "Also describe each thing, which asks the model about every box.")
    private boolean describe;

    @Mixin
    private DrawOption draw;

    @Mixin
    private GenerationFlags generation;

    /** Makes the command for a session that is set up while the command line is read. */
    public DetectCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        FlorenceRun run = new FlorenceRun(session, pictures, generation, draw);
        return describe ? run.run(FlorenceTask.OD, null, this::described) : run.run(FlorenceTask.OD, null);
    }

    /**
     * Adds descriptions of the boxes. A box is asked about in the words that the model found for it, its own location
     * tokens.
     */
    private FlorenceReply described(FlorenceRun.Asked asked) {
        FlorenceAnswer found = asked.answer();
        List<String> regions = found.regions();
        List<String> known = regions.stream().filter(FlorenceTask::isRegion).toList();
        Iterator<FlorenceAnswer> answers;
        try (Progress progress = new Progress(session.console(), "boxes", known.size())) {
            answers = asked.ask(FlorenceTask.REGION_TO_DESCRIPTION, known, (box, live, finished) -> {
                        progress.advance(live.isEmpty() ? 1 : 0);
                        return true;
                    })
                    .iterator();
        }
        List<String> descriptions = regions.stream()
                .map(region ->
                        FlorenceTask.isRegion(region) ? answers.next().result().text() : "")
                .toList();
        return new FlorenceReply(found, null, descriptions);
    }
}
