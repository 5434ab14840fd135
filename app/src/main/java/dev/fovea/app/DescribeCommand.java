package dev.fovea.app;

import dev.fovea.models.florence.Florence2;
import dev.fovea.models.florence.FlorenceAnswer;
import dev.fovea.models.florence.FlorenceTask;
import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.models.image.Picture;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** A paragraph about a picture. */
@Command(
        name = "describe",
        sortOptions = false,
        description = "Describe a picture in a paragraph (Florence-2).",
        footer = {
            "",
            "Examples:",
            "  fovea describe street.jpg --model Florence-2-base-ft",
            "  fovea describe street.jpg --ground --draw found.png --model Florence-2-base-ft"
        })
final class DescribeCommand implements Callable<Integer> {

    @Mixin
    private PictureArguments pictures;

    @Option(names = "--ground", description = "Also find the things that the description names.")
    private boolean ground;

    @Mixin
    private DrawOption draw;

    @Mixin
    private GenerationFlags generation;

    @ParentCommand
    private FoveaCommand fovea;

    @Override
    public Integer call() {
        if (draw.given() && !ground) {
            throw draw.wrong("a description has no places to draw; add --ground, or leave out --draw");
        }
        FlorenceRun run = new FlorenceRun(fovea, pictures, generation, draw);
        FlorenceTask task = FlorenceTask.MORE_DETAILED_CAPTION;
        return ground ? run.run(task, null, DescribeCommand::grounded) : run.run(task, null);
    }

    private static FlorenceReply grounded(
            Florence2 florence, Picture picture, FlorenceAnswer answer, GenerationOptions options) {
        String description = answer.result().text();
        if (description.isBlank()) {
            return FlorenceReply.of(answer); // nothing is named
        }
        FlorenceTask task = FlorenceTask.CAPTION_TO_PHRASE_GROUNDING;
        FlorenceAnswer grounding =
                florence.run(List.of(picture), task, description, options, null).getFirst();
        return new FlorenceReply(answer, grounding, List.of());
    }
}
