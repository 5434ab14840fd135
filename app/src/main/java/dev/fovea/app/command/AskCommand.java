package dev.fovea.app.command;

import dev.fovea.app.arguments.GenerationFlags;
import dev.fovea.app.arguments.TextArguments;
import dev.fovea.app.json.Json;
import dev.fovea.app.pictures.PictureAnswers;
import dev.fovea.app.pictures.PictureArguments;
import dev.fovea.app.pictures.PictureFiles;
import dev.fovea.app.pictures.PictureOutputs;
import dev.fovea.app.pictures.SidecarOption;
import dev.fovea.app.session.ModelSource;
import dev.fovea.app.session.Session;
import dev.fovea.app.terminal.Style;
import dev.fovea.models.blip.BlipAnswerer;
import dev.fovea.models.generation.GenerationListener;
import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.models.image.PreparedPicture;
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

    /** Runs with a session that is set up while the command line is read. */
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
            Style style = session.console().style();
            return answers.run(
                    (batch, numbers) -> batch.stream()
                            .map(picture -> blip.answers(picture, List.of(question), options, GenerationListener.NONE)
                                    .getFirst())
                            .toList(),
                    new PictureOutputs.Forms<>(
                            (file, answer) -> {
                                String text = GenerationFlags.lines(
                                        answer.generation(), tokens -> style.value(blip.text(tokens)));
                                String name = pictures.single() ? "" : style.value(file) + "\t";
                                return name + text.replace("\n", "\n" + name) + "\n";
                            },
                            (json, answer) -> {
                                json.writeStringField("question", question);
                                json.writeStringField("answer", answer.text());
                                Json.writeTokens(json, answer.tokens());
                                generation.writeSequences(json, answer.generation(), (fields, i) -> {
                                    int[] tokens = answer.generation()
                                            .sequences()
                                            .get(i)
                                            .tokens();
                                    fields.writeStringField("answer", blip.text(tokens));
                                });
                            },
                            answer -> GenerationFlags.lines(answer.generation(), tokens -> blip.text(tokens)),
                            null));
        }
    }
}
