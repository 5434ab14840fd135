package dev.fovea.app.command;

import dev.fovea.app.arguments.GenerationFlags;
import dev.fovea.app.arguments.PromptOption;
import dev.fovea.app.json.Json;
import dev.fovea.app.pictures.PictureAnswers;
import dev.fovea.app.pictures.PictureArguments;
import dev.fovea.app.pictures.PictureFiles;
import dev.fovea.app.pictures.PictureOutputs;
import dev.fovea.app.pictures.SidecarOption;
import dev.fovea.app.session.ModelSource;
import dev.fovea.app.session.Session;
import dev.fovea.app.terminal.Style;
import dev.fovea.models.Captioner;
import dev.fovea.models.generation.GenerationListener;
import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.models.image.PreparedPicture;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** What a picture shows, in words. */
@Command(
        name = "caption",
        sortOptions = false,
        description = "Say in words what a picture shows (BLIP, or Florence-2 with such a model).",
        footer = {
            "",
            "Examples:",
            "  fovea caption scene.png",
            "  fovea caption scene.png --prompt \"a picture of\" --beams 3",
            "  fovea caption holidays/*.jpg",
            "  fovea caption holidays/ --model blip-image-captioning-base --json",
            "  fovea caption training/ --sidecar --model blip-image-captioning-base",
            "  fovea caption scene.png --model florence-mini"
        })
public final class CaptionCommand implements Callable<Integer> {

    private final Session session;

    @Mixin
    private PictureArguments.Many pictures;

    @Mixin
    private PromptOption prompt;

    @Mixin
    private SidecarOption sidecar;

    @Mixin
    private GenerationFlags generation;

    /** Runs with a session that is set up while the command line is read. */
    public CaptionCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        generation.check();
        sidecar.check();
        prompt.words();
        PictureFiles files = pictures.files();
        ModelSource source = session.model(ModelSource.BLIP, "captioner");
        try (PictureAnswers<PreparedPicture> answers =
                        PictureAnswers.of(session, pictures, files, source, sidecar, List.of());
                Captioner captioner = source.loadCaptioner(prompt.words())) {
            session.warnUnused(source, captioner.unusedTensors());
            GenerationOptions options = generation.over(captioner.defaults());
            Style style = session.console().style();
            GenerationListener stream = answers.stream(options, captioner::text);
            return answers.run(
                    (batch, numbers) -> captioner.captionAll(batch, numbers, options, stream),
                    new PictureOutputs.Forms<>(
                            (file, caption) -> {
                                // What was streamed is there already.
                                String text = stream == GenerationListener.NONE
                                        ? GenerationFlags.lines(
                                                caption.generation(), tokens -> style.value(captioner.text(tokens)))
                                        : "";
                                String name = pictures.single() ? "" : style.value(file) + "\t";
                                return name + text.replace("\n", "\n" + name) + "\n";
                            },
                            (json, caption) -> {
                                json.writeStringField("caption", caption.text());
                                Json.writeTokens(json, caption.tokens());
                                generation.writeSequences(json, caption.generation(), (fields, i) -> {
                                    int[] tokens = caption.generation()
                                            .sequences()
                                            .get(i)
                                            .tokens();
                                    fields.writeStringField("caption", captioner.text(tokens));
                                });
                            },
                            caption -> GenerationFlags.lines(caption.generation(), captioner::text),
                            null));
        }
    }
}
