package dev.fovea.app.command;

import dev.fovea.app.arguments.GenerationFlags;
import dev.fovea.app.florence.FlorenceReply;
import dev.fovea.app.florence.FlorenceRun;
import dev.fovea.app.pictures.DrawOption;
import dev.fovea.app.pictures.PictureArguments;
import dev.fovea.app.pictures.SidecarOption;
import dev.fovea.app.session.Session;
import dev.fovea.models.check.NotFiniteException;
import dev.fovea.models.florence.FlorenceAnswer;
import dev.fovea.models.florence.FlorenceTask;
import dev.fovea.models.generation.GenerationListener;
import dev.fovea.tensor.CancelledException;
import dev.fovea.tensor.FoveaException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Writes a paragraph about a picture. */
@Command(
        name = "describe",
        sortOptions = false,
        description = "Describe a picture in a paragraph (Florence-2).",
        footer = {
            "",
            "Examples:",
            "  fovea describe scene.png",
            "  fovea describe street.jpg --ground --draw found.png --model Florence-2-base-ft"
        })
public final class DescribeCommand implements Callable<Integer> {

    private final Session session;

    @Mixin
    private PictureArguments.Many pictures;

    @Option(names = "--ground", description = "Also find the things that the description names.")
    private boolean ground;

    @Mixin
    private SidecarOption sidecar;

    @Mixin
    private DrawOption draw;

    @Mixin
    private GenerationFlags generation;

    /** Makes the command for a session that is set up while the command line is read. */
    public DescribeCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        if (draw.given() && !ground) {
            throw draw.wrong("a description has no places to draw; add --ground, or leave out " + draw.name());
        }
        FlorenceRun run = new FlorenceRun(session, pictures, generation, sidecar, draw);
        FlorenceTask task = FlorenceTask.MORE_DETAILED_CAPTION;
        return ground ? run.run(task, null, this::grounded) : run.run(task, null);
    }

    private FlorenceReply grounded(FlorenceRun.Asked asked) {
        String description = asked.answer().result().text();
        if (description.isBlank()) {
            return FlorenceReply.of(asked.answer()); // nothing is named
        }
        FlorenceTask task = FlorenceTask.CAPTION_TO_PHRASE_GROUNDING;
        try {
            FlorenceAnswer grounding = asked.ask(task, List.of(description), GenerationListener.NONE)
                    .getFirst();
            return new FlorenceReply(asked.answer(), grounding, List.of());
        } catch (NotFiniteException | CancelledException fails) {
            throw fails;
        } catch (FoveaException tooLong) {
            session.console().warn(asked.file() + ": the description is not grounded: " + tooLong.getMessage());
            return FlorenceReply.of(asked.answer());
        }
    }
}
