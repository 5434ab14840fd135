package dev.fovea.app.command;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.fovea.app.arguments.GenerationFlags;
import dev.fovea.app.arguments.PromptOption;
import dev.fovea.app.pictures.AnswerForm;
import dev.fovea.app.pictures.GeneratedForm;
import dev.fovea.app.pictures.PictureAnswers;
import dev.fovea.app.pictures.PictureArguments;
import dev.fovea.app.pictures.PictureBatch;
import dev.fovea.app.pictures.PictureFiles;
import dev.fovea.app.pictures.SidecarOption;
import dev.fovea.app.session.ModelSource;
import dev.fovea.app.session.Session;
import dev.fovea.models.Captioner;
import dev.fovea.models.generation.GeneratedText;
import dev.fovea.models.generation.GenerationListener;
import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.models.image.PreparedPicture;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Says in words what a picture shows. */
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

    /** Makes the command for a session that is set up while the command line is read. */
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
            GenerationListener stream = answers.stream(options, captioner::text);
            AnswerForm<GeneratedText> form = new Form(captioner, stream != GenerationListener.NONE);
            for (PictureBatch<PreparedPicture> batch : answers) {
                answers.give(batch, captioner.captionAll(batch.pictures(), batch.numbers(), options, stream), form);
            }
            return answers.end();
        }
    }

    /** Shows the caption. */
    private final class Form extends GeneratedForm {

        Form(Captioner captioner, boolean streamed) {
            super(session.console().style(), pictures, generation, captioner::text, streamed);
        }

        @Override
        protected void writeText(JsonGenerator json, String words, int[] tokens) throws IOException {
            json.writeStringField("caption", words);
        }
    }
}
