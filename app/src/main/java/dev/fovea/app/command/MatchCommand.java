package dev.fovea.app.command;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.fovea.app.arguments.TextArguments;
import dev.fovea.app.pictures.AnswerForm;
import dev.fovea.app.pictures.PictureAnswers;
import dev.fovea.app.pictures.PictureArguments;
import dev.fovea.app.pictures.PictureBatch;
import dev.fovea.app.pictures.PictureFiles;
import dev.fovea.app.session.ModelSource;
import dev.fovea.app.session.Session;
import dev.fovea.app.terminal.Style;
import dev.fovea.models.Match;
import dev.fovea.models.blip.BlipMatcher;
import dev.fovea.models.image.PreparedPicture;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Measures how well texts fit a picture. */
@Command(
        name = "match",
        sortOptions = false,
        description = "Say how well texts fit a picture (BLIP image-text matching): the probability that each belongs"
                + " to it, by a model that reads the text while looking, and the cosine of embeddings made apart.",
        footer = {
            "",
            "Examples:",
            "  fovea match scene.png \"two cats\" \"three cats\" \"two dogs\"",
            "  fovea match holidays/ \"a cat\" --to cats.csv"
        })
public final class MatchCommand implements Callable<Integer> {

    private final Session session;

    @Mixin
    private PictureArguments pictures;

    @Parameters(index = "1..*", paramLabel = "TEXT", arity = "1..*", description = "The texts.")
    private List<String> texts;

    @Spec
    private CommandSpec spec;

    /** Makes the command for a session that is set up while the command line is read. */
    public MatchCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        TextArguments.check(spec, texts, "text", TextArguments.MORE_PICTURES);
        PictureFiles files = pictures.files();
        ModelSource source = session.model(ModelSource.BLIP, "matcher");
        try (PictureAnswers<PreparedPicture> answers =
                        PictureAnswers.of(session, pictures, files, source, null, List.of());
                BlipMatcher blip = source.loadMatcher()) {
            session.warnUnused(source, blip.unusedTensors());
            AnswerForm<List<Match>> form = new Form();
            for (PictureBatch<PreparedPicture> batch : answers) {
                List<List<Match>> matches = new ArrayList<>();
                for (PreparedPicture picture : batch.pictures()) {
                    matches.add(blip.matchAll(picture, texts));
                }
                answers.give(batch, matches, form);
            }
            return answers.end();
        }
    }

    /** Shows how well each text fits. */
    private final class Form implements AnswerForm<List<Match>> {

        @Override
        public void write(JsonGenerator json, List<Match> matches) throws IOException {
            json.writeArrayFieldStart("results");
            for (Match match : matches) {
                json.writeStartObject();
                json.writeStringField("text", match.text());
                json.writeNumberField("match", match.probability());
                json.writeNumberField("cosine", match.cosine());
                json.writeEndObject();
            }
            json.writeEndArray();
        }

        /**
         * Returns the lines alone for one picture. For several pictures the lines follow the picture's name at a
         * terminal; anywhere else each line begins with the name and a tab.
         */
        @Override
        public String people(Path file, List<Match> matches) {
            Style style = session.console().style();
            String name = style.value(file);
            boolean below = !pictures.single() && style.terminal();
            String before = pictures.single() ? "" : below ? "  " : name + "\t";
            return matches.stream()
                    .map(match -> before + line(match))
                    .collect(Collectors.joining("", below ? style.bold(name) + "\n" : "", ""));
        }

        /** Returns probability, cosine and text: at a terminal with a bar, anywhere else as fields between tabs. */
        private String line(Match match) {
            Style style = session.console().style();
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
}
