package dev.fovea.app;

import dev.fovea.models.florence.Florence2;
import dev.fovea.models.florence.FlorenceAnswer;
import dev.fovea.models.florence.FlorenceTask;
import dev.fovea.models.florence.FoundBox;
import dev.fovea.models.florence.Span;
import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.models.image.Picture;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** Things in a picture. */
@Command(
        name = "detect",
        sortOptions = false,
        description = "Find the things in a picture (Florence-2).",
        footer = {
            "",
            "Examples:",
            "  fovea detect street.jpg --draw found.png --model Florence-2-base-ft",
            "  fovea detect street.jpg --describe --json --model Florence-2-base-ft"
        })
final class DetectCommand implements Callable<Integer> {

    @Mixin
    private PictureArguments pictures;

    @Option(names = "--describe", description = "Also describe each thing, which asks the model about every box.")
    private boolean describe;

    @Mixin
    private DrawOption draw;

    @Mixin
    private GenerationFlags generation;

    @ParentCommand
    private FoveaCommand fovea;

    @Override
    public Integer call() {
        FlorenceRun run = new FlorenceRun(fovea, pictures, generation, draw);
        return describe ? run.run(FlorenceTask.OD, null, this::described) : run.run(FlorenceTask.OD, null);
    }

    /** A box is asked about in the words that the model found for it, its own location tokens. */
    private FlorenceReply described(
            Florence2 florence, Picture picture, FlorenceAnswer answer, GenerationOptions options) {
        List<FoundBox> boxes = answer.result().boxes();
        List<String> descriptions = new ArrayList<>();
        try (Progress progress = new Progress(fovea.console(), "boxes", boxes.size())) {
            for (FoundBox box : boxes) {
                Span locations = box.source().locations();
                String region = answer.text().substring(locations.from(), locations.to());
                descriptions.add(
                        FlorenceTask.isRegion(region)
                                ? florence.run(
                                                List.of(picture),
                                                FlorenceTask.REGION_TO_DESCRIPTION,
                                                region,
                                                options,
                                                null)
                                        .getFirst()
                                        .result()
                                        .text()
                                : "");
                progress.advance(1);
            }
        }
        return new FlorenceReply(answer, null, descriptions);
    }
}
