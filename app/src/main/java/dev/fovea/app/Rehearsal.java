package dev.fovea.app;

import picocli.CommandLine;

/** Runs the real commands once, so that the launcher's ahead-of-time cache holds what they load and compile. */
final class Rehearsal {

    private Rehearsal() {}

    /** Runs every command on small input; what they print is of no interest. */
    public static void main(String[] arguments) {
        new CommandLine(new FoveaCommand()).execute("--version");
        new CommandLine(new FoveaCommand()).execute("--help");
    }
}
