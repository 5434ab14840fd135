package dev.fovea.app.command;

import dev.fovea.app.arguments.GenerationFlags;
import dev.fovea.app.florence.FlorenceRun;
import dev.fovea.app.pictures.DrawOption;
import dev.fovea.app.pictures.PictureArguments;
import dev.fovea.app.session.Session;
import dev.fovea.models.florence.FlorenceTask;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Finds where the things are that a text names. */
@Command(
        name = "ground",
        sortOptions = false,
        description = "Find the things that a text names (Florence-2).",
        footer = {
            "",
            "Examples:",
            "  fovea ground scene.png \"a red car and two apples\" --draw found.png",
            "  fovea ground street.jpg \"a red car and two people\" --model Florence-2-base-ft"
        })
public final class GroundCommand implements Callable<Integer> {

    private final Session session;

    @Mixin
    private PictureArguments pictures;

    @Parameters(index = "1", paramLabel = "PHRASES", description = "A text that names things, such as a caption.")
    private String phrases;

    @Mixin
    private DrawOption draw;

    @Mixin
    private GenerationFlags generation;

    /** Makes the command for a session that is set up while the command line is read. */
    public GroundCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        return new FlorenceRun(session, pictures, generation, draw)
                .run(FlorenceTask.CAPTION_TO_PHRASE_GROUNDING, phrases);
    }
}
