package dev.fovea.app;

import dev.fovea.models.blip.BlipMatcher;
import dev.fovea.models.blip.Match;
import dev.fovea.models.image.Picture;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** How well texts fit a picture. */
@Command(
        name = "match",
        sortOptions = false,
        description = {
            "Say how well texts fit a picture (BLIP image-text matching): the probability that each belongs to it, by a model",
            "that reads the text while looking, and the cosine of embeddings made apart."
        },
        footer = {"", "Example: fovea match scene.png \"two cats\" \"three cats\" \"two dogs\""})
final class MatchCommand implements Callable<Integer> {

    @Parameters(index = "0", paramLabel = "IMAGE", description = "A picture.")
    private Path image;

    @Parameters(index = "1..*", paramLabel = "TEXT", arity = "1..*", description = "The texts.")
    private List<String> texts;

    @ParentCommand
    private FoveaCommand fovea;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        TextArguments.check(spec, texts, "text", TextArguments.ONE_PICTURE);
        Picture picture = Picture.read(image);
        ModelSource source = fovea.model(ModelSource.BLIP, "matcher");
        try (BlipMatcher blip = source.loadMatcher()) {
            fovea.warnUnused(source, blip.unusedTensors());
            List<Match> matches = blip.match(picture, texts);
            if (fovea.json()) {
                fovea.console().print(json -> {
                    source.write(json);
                    json.writeStringField("image", image.toString());
                    json.writeArrayFieldStart("results");
                    for (Match match : matches) {
                        json.writeStartObject();
                        json.writeStringField("text", match.text());
                        json.writeNumberField("match", match.probability());
                        json.writeNumberField("cosine", match.cosine());
                        json.writeEndObject();
                    }
                    json.writeEndArray();
                });
            } else {
                matches.forEach(match -> fovea.console().print(line(match)));
            }
        }
        return 0;
    }

    /** Probability, cosine, text: at a terminal with a bar, anywhere else as fields between tabs. */
    private String line(Match match) {
        Style style = fovea.console().style();
        String percent = Style.percent(match.probability());
        String cosine = String.format(Locale.ROOT, "%.3f", match.cosine());
        if (!style.terminal()) {
            return percent + "\t" + cosine + "\t" + style.value(match.text()) + "\n";
        }
        String share = " ".repeat(Math.max(0, 6 - percent.length())) + percent;
        return style.bold(share) + "  " + style.sure(match.probability(), style.bar(match.probability(), 20)) + "  "
                + style.dim("cosine " + cosine) + "  " + style.value(match.text()) + "\n";
    }
}
