package dev.fovea.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fovea.app.session.Session;
import dev.fovea.app.terminal.Style;
import dev.fovea.hub.ModelName;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** {@code models}. */
class ModelsCommandTest {

    @Test
    void everyModelHasANameOfTheHubAndCommandsThatExist() throws IOException {
        JsonNode models = Ran.fovea("models", "--json").json().get("models");
        Set<String> commands =
                FoveaCommand.commandLine(new Session(null)).getSubcommands().keySet();
        assertTrue(models.size() >= 5, models.toString());
        for (JsonNode model : models) {
            assertTrue(ModelName.find(model.get("name").asText()).isPresent(), model.toString());
            assertEquals(4 * model.get("parameters").asLong(), model.get("size").asLong());
            for (String field : Set.of("languages", "licence", "for")) {
                assertTrue(!model.get(field).asText().isBlank(), model.toString());
            }
            for (JsonNode command : model.get("commands")) {
                assertTrue(commands.contains(command.asText()), command.asText());
            }
        }
    }

    @Test
    void aLineEach() throws IOException {
        int models = Ran.fovea("models", "--json").json().get("models").size();
        String piped = Ran.fovea("models").out();
        assertEquals(models, piped.lines().count());
        assertTrue(piped.lines().allMatch(line -> line.split("\t").length == 5), piped);
        String seen = Ran.at(new Style(true, false, 120, StandardCharsets.UTF_8), "models")
                .out();
        assertEquals(models, seen.lines().count());
        assertTrue(seen.contains("605.1 MB"), seen);
    }
}
