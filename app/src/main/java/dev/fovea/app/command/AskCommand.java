package dev.fovea.app.command;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.fovea.app.arguments.GenerationFlags;
import dev.fovea.app.arguments.TextArguments;
import dev.fovea.app.pictures.AnswerForm;
import dev.fovea.app.pictures.GeneratedForm;
import dev.fovea.app.pictures.PictureAnswers;
import dev.fovea.app.pictures.PictureArguments;
import dev.fovea.app.pictures.PictureBatch;
import dev.fovea.app.pictures.PictureFiles;
import dev.fovea.app.pictures.SidecarOption;
import dev.fovea.app.session.ModelSource;
import dev.fovea.app.session.Session;
import dev.fovea.models.blip.BlipAnswerer;
import dev.fovea.models.generation.GeneratedText;
import dev.fovea.models.generation.GenerationListener;
import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.models.image.PreparedPicture;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Answers a question about pictures. */
@Command(
        name = "ask",
        sortOptions = false,
        description = "Answer a question about a picture (BLIP visual question answering).",
        footer = {
            "",
            "Examples:",
            "  fovea ask scene.png \"how many cats are there?\"",
            "  fovea ask holidays/ \"is it day or night?\" --to answers.csv"
        })
public final class AskCommand implements Callable<Integer> {

    private final Session session;

    @Mixin
    private PictureArguments pictures;

    @Parameters(index = "1", paramLabel = "QUESTION", description = "The question.")
    private String question;

    @Mixin
    private SidecarOption sidecar;

    @Mixin
    private GenerationFlags generation;

    @Spec
    private CommandSpec spec;

    /** Makes the command for a session that is set up while the command line is read. */
    public AskCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        generation.check();
        sidecar.check();
        TextArguments.check(spec, List.of(question), "question", TextArguments.MORE_PICTURES);
        PictureFiles files = pictures.files();
        ModelSource source = session.model(ModelSource.BLIP, "answerer");
        try (PictureAnswers<PreparedPicture> answers =
                        PictureAnswers.of(session, pictures, files, source, sidecar, List.of());
                BlipAnswerer blip = source.loadAnswerer()) {
            session.warnUnused(source, blip.unusedTensors());
            GenerationOptions options = generation.over(blip.defaults());
            AnswerForm<GeneratedText> form = new Form(blip);
            for (PictureBatch<PreparedPicture> batch : answers) {
                List<GeneratedText> said = new ArrayList<>();
                for (PreparedPicture picture : batch.pictures()) {
                    said.addAll(blip.answerAll(picture, List.of(question), options, GenerationListener.NONE));
                }
                answers.give(batch, said, form);
            }
            return answers.end();
        }
    }

    /** Shows the answer, and in JSON the question. */
    private final class Form extends GeneratedForm {

        Form(BlipAnswerer blip) {
            super(session.console().style(), pictures, generation, blip::text, false);
        }

        @Override
        protected void writeStart(JsonGenerator json) throws IOException {
            json.writeStringField("question", question);
        }

        @Override
        protected void writeText(JsonGenerator json, String words, int[] tokens) throws IOException {
            json.writeStringField("answer", words);
        }
    }
}
