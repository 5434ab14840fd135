package dev.fovea.app;

import picocli.CommandLine;

/** Where {@code ./fovea} starts. */
public final class Main {

    private Main() {}

    /** Runs one command line and ends the process with its exit code. */
    public static void main(String[] arguments) {
        Streams.restoreStderr();
        System.exit(new CommandLine(new FoveaCommand()).execute(arguments));
    }
}
