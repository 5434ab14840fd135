package dev.fovea.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.app.session.Session;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.UsageMessageSpec;

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

    /** What is broken into lines by hand fits into the 80 columns of help, so that no line breaks twice. */
    @Test
    void helpBreaksNoLineTwice() {
        List<String> tooLong = new ArrayList<>();
        check(FoveaCommand.commandLine(new Session(null)), tooLong);
        assertEquals(List.of(), tooLong);
    }

    private static void check(CommandLine command, List<String> tooLong) {
        UsageMessageSpec usage = command.getCommandSpec().usageMessage();
        for (String[] lines : List.of(usage.description(), usage.footer())) {
            for (int i = 1; i < lines.length; i++) {
                boolean goesOn = !lines[i - 1].matches("|  .*|.*[.:]") && !lines[i].matches("  .*|Example.*");
                if (goesOn && Math.max(lines[i - 1].length(), lines[i].length()) > usage.width()) {
                    tooLong.add(command.getCommandName() + ": " + lines[i]);
                }
            }
        }
        command.getSubcommands().values().forEach(sub -> check(sub, tooLong));
    }
}
