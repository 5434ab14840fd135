package dev.fovea.app;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** The command line's root: {@code fovea COMMAND ...}. */
@Command(
        name = "fovea",
        description = "Pictures and words in one space: CLIP in pure Java.",
        mixinStandardHelpOptions = true,
        versionProvider = FoveaCommand.Version.class)
final class FoveaCommand {

    /** Reads the version that the build wrote. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() throws IOException {
            Properties properties = new Properties();
            try (InputStream stream = FoveaCommand.class.getResourceAsStream("version.properties")) {
                properties.load(stream);
            }
            return new String[] {"fovea " + properties.getProperty("version")};
        }
    }
}
