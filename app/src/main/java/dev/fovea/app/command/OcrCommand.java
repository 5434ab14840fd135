package dev.fovea.app.command;

import dev.fovea.app.arguments.GenerationFlags;
import dev.fovea.app.florence.FlorenceRun;
import dev.fovea.app.pictures.DrawOption;
import dev.fovea.app.pictures.PictureArguments;
import dev.fovea.app.pictures.SidecarOption;
import dev.fovea.app.session.Session;
import dev.fovea.models.florence.FlorenceTask;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Reads lines of text in a picture and finds where they are. */
@Command(
        name = "ocr",
        sortOptions = false,
        description = "Read the text in a picture and say where it stands (Florence-2).",
        footer = {"", "Examples:", "  fovea ocr scene.png", "  fovea ocr receipt.png --model Florence-2-base-ft"})
public final class OcrCommand implements Callable<Integer> {

    private final Session session;

    @Mixin
    private PictureArguments.Many pictures;

    @Mixin
    private SidecarOption sidecar;

    @Mixin
    private DrawOption draw;

    @Mixin
    private GenerationFlags generation;

    /** Makes the command for a session that is set up while the command line is read. */
    public OcrCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        return new FlorenceRun(session, pictures, generation, sidecar, draw).run(FlorenceTask.OCR_WITH_REGION, null);
    }
}
