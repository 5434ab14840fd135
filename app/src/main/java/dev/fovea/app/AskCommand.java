package dev.fovea.app;

import dev.fovea.models.blip.BlipAnswerer;
import dev.fovea.models.generation.GeneratedText;
import dev.fovea.models.image.Picture;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Answers a question about a picture. */
@Command(
        name = "ask",
        sortOptions = false,
        description = "Answer a question about a picture (BLIP visual question answering).",
        footer = {"", "Example: fovea ask scene.png \"how many cats are there?\""})
final class AskCommand implements Callable<Integer> {

    @Parameters(index = "0", paramLabel = "IMAGE", description = "A picture.")
    private Path image;

    @Parameters(index = "1", paramLabel = "QUESTION", description = "The question.")
    private String question;

    @Mixin
    private GenerationFlags generation;

    @ParentCommand
    private FoveaCommand fovea;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        generation.check();
        TextArguments.check(spec, List.of(question), "question", TextArguments.ONE_PICTURE);
        Picture picture = Picture.read(image);
        ModelSource source = fovea.model(ModelSource.BLIP, "answerer");
        try (BlipAnswerer blip = source.loadAnswerer()) {
            fovea.warnUnused(source, blip.unusedTensors());
            GeneratedText answer = blip.answers(picture, List.of(question), generation.over(blip.defaults()), null)
                    .getFirst();
            if (fovea.json()) {
                fovea.console().print(json -> {
                    source.write(json);
                    json.writeStringField("image", image.toString());
                    json.writeStringField("question", question);
                    json.writeStringField("answer", answer.text());
                    Json.writeTokens(json, answer.tokens());
                    generation.writeSequences(json, answer.generation(), (fields, i) -> {
                        int[] tokens = answer.generation().sequences().get(i).tokens();
                        fields.writeStringField("answer", blip.tokenizer().decode(tokens, true));
                    });
                });
            } else {
                Style style = fovea.console().style();
                String texts = GenerationFlags.lines(
                        answer.generation(),
                        tokens -> style.value(blip.tokenizer().decode(tokens, true)));
                fovea.console().print(texts + "\n");
            }
        }
        return 0;
    }
}
