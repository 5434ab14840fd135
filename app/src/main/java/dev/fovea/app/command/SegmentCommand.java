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

/** Finds the outline of one thing. */
@Command(
        name = "segment",
        sortOptions = false,
        description = "Outline the thing that an expression means (Florence-2).",
        footer = {
            "",
            "Examples:",
            "  fovea segment scene.png \"the red car\" --draw found.png",
            "  fovea segment street.jpg \"the red car on the left\" --model Florence-2-base-ft"
        })
public final class SegmentCommand implements Callable<Integer> {

    private final Session session;

    @Mixin
    private PictureArguments pictures;

    @Parameters(index = "1", paramLabel = "EXPRESSION", description = "What to outline.")
    private String expression;

    @Mixin
    private DrawOption draw;

    @Mixin
    private GenerationFlags generation;

    /** Makes the command for a session that is set up while the command line is read. */
    public SegmentCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        return new FlorenceRun(session, pictures, generation, draw)
                .run(FlorenceTask.REFERRING_EXPRESSION_SEGMENTATION, expression);
    }
}
