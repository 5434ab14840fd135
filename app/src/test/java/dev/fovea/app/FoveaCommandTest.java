package dev.fovea.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.app.session.Session;
import java.io.IOException;
import java.util.Set;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** Which commands a command line has. */
class FoveaCommandTest {

    private static Set<String> commands(String... arguments) {
        return FoveaCommand.commandLine(new Session(null), arguments)
                .getSubcommands()
                .keySet();
    }

    @Test
    void everyCommandHasItsOwnName() {
        CommandLine all = FoveaCommand.commandLine(new Session(null));
        all.getSubcommands().forEach((name, command) -> assertEquals(command.getCommandName(), name));
    }

    @Test
    void onlyWhatMayBeMeantIsSetUp() throws IOException {
        int all = commands().size();
        assertTrue(all > 20);
        assertEquals(Set.of("classify"), commands("--json", "classify", "cat.jpg", "a cat"));
        assertEquals(Set.of("classify", "search"), commands("classify", "cat.jpg", "search"));
        assertEquals(Set.of(), commands("--version"));
        assertEquals(all, commands("--help").size());
        assertEquals(all, commands("clasify", "cat.jpg").size());
        assertEquals(all, commands("completion").size());
        assertTrue(Ran.fovea("clasify").err().contains("did you mean"));
    }
}
