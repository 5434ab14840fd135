package dev.fovea.app;

import dev.fovea.models.florence.FlorenceTask;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** The outline of one thing. */
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
final class SegmentCommand implements Callable<Integer> {

    @Mixin
    private PictureArguments pictures;

    @Parameters(index = "1", paramLabel = "EXPRESSION", description = "What to outline.")
    private String expression;

    @Mixin
    private DrawOption draw;

    @Mixin
    private GenerationFlags generation;

    @ParentCommand
    private FoveaCommand fovea;

    @Override
    public Integer call() {
        return new FlorenceRun(fovea, pictures, generation, draw)
                .run(FlorenceTask.REFERRING_EXPRESSION_SEGMENTATION, expression);
    }
}
