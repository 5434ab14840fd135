package dev.fovea.app;

import dev.fovea.models.florence.FlorenceTask;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParentCommand;

/** Lines of text and where they stand. */
@Command(
        name = "ocr",
        sortOptions = false,
        description = "Read the text in a picture and say where it stands (Florence-2).",
        footer = {"", "Examples:", "  fovea ocr scene.png", "  fovea ocr receipt.png --model Florence-2-base-ft"})
final class OcrCommand implements Callable<Integer> {

    @Mixin
    private PictureArguments.Many pictures;

    @Mixin
    private SidecarOption sidecar;

    @Mixin
    private DrawOption draw;

    @Mixin
    private GenerationFlags generation;

    @ParentCommand
    private FoveaCommand fovea;

    @Override
    public Integer call() {
        return new FlorenceRun(fovea, pictures, generation, sidecar, draw).run(FlorenceTask.OCR_WITH_REGION, null);
    }
}
