package dev.fovea.app.command;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.fovea.app.session.Session;
import dev.fovea.app.terminal.Style;
import dev.fovea.app.terminal.TextWidth;
import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;

/** Lists checkpoints to begin with. */
@Command(
        name = "models",
        description = {
            "List checkpoints to begin with: name, size, languages, licence, what for.",
            "\"fovea download NAME\" fetches one, --model NAME uses it. Others of the same kinds run as well."
        },
        footer = {"", "Example: fovea models"})
public final class ModelsCommand implements Callable<Integer> {

    private static final int BYTES_OF_F32 = 4;
    private static final int NAME_COLUMNS = 42;
    private static final int SIZE_COLUMNS = 10;
    private static final int LANGUAGES_COLUMNS = 10;
    private static final int LICENCE_COLUMNS = 14;

    private final Session session;

    /** Makes the command for a session that is set up while the command line is read. */
    public ModelsCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        if (session.json()) {
            session.console().print(ModelsCommand::write);
        } else {
            StringBuilder text = new StringBuilder();
            RecommendedModel.ALL.forEach(model -> describe(text, model));
            session.console().print(text.toString());
        }
        return 0;
    }

    private static void write(JsonGenerator json) throws IOException {
        json.writeArrayFieldStart("models");
        for (RecommendedModel model : RecommendedModel.ALL) {
            json.writeStartObject();
            json.writeStringField("name", model.name());
            json.writeNumberField("parameters", model.parameters());
            json.writeNumberField("size", BYTES_OF_F32 * model.parameters());
            json.writeStringField("languages", model.languages());
            json.writeStringField("licence", model.licence());
            json.writeStringField("for", model.use());
            json.writeArrayFieldStart("commands");
            for (String command : model.commands()) {
                json.writeString(command);
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private void describe(StringBuilder text, RecommendedModel model) {
        Style style = session.console().style();
        String size = Style.bytes(BYTES_OF_F32 * model.parameters());
        if (!style.terminal()) {
            text.append(Stream.of(model.name(), size, model.languages(), model.licence(), model.use())
                            .collect(Collectors.joining("\t")))
                    .append('\n');
            return;
        }
        text.append(style.bold(TextWidth.fit(model.name(), NAME_COLUMNS)))
                .append(TextWidth.fit(size, SIZE_COLUMNS))
                .append(TextWidth.fit(model.languages(), LANGUAGES_COLUMNS))
                .append(TextWidth.fit(model.licence(), LICENCE_COLUMNS))
                .append(model.use())
                .append('\n');
    }
}
