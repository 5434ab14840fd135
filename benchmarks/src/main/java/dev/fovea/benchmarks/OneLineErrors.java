package dev.fovea.benchmarks;

import dev.fovea.tensor.FoveaException;
import picocli.CommandLine;

/** Makes commands that complain in one line. */
final class OneLineErrors {

    private OneLineErrors() {}

    /**
     * Makes a command line whose complaints are one line after its name.
     *
     * @param command annotated as picocli wants it
     * @param name as people call it
     */
    static CommandLine of(Object command, String name) {
        return new CommandLine(command)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((e, commandLine, result) -> {
                    if (!(e instanceof FoveaException)) {
                        throw e;
                    }
                    commandLine.getErr().println(name + ": " + e.getMessage());
                    return 1;
                });
    }
}
