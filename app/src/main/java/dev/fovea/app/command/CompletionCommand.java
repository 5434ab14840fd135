package dev.fovea.app.command;

import dev.fovea.app.session.Session;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Prints the script by which a shell completes commands and options. */
@Command(
        name = "completion",
        description = {
            "Print a completion script for bash and zsh.",
            "To use it in this shell: source <(./fovea completion)"
        })
public final class CompletionCommand implements Runnable {

    private final Session session;

    @Spec
    private CommandSpec spec;

    /** Makes the command for a session that is set up while the command line is read. */
    public CompletionCommand(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        session.console().print(AutoComplete.bash("fovea", spec.root().commandLine()));
    }
}
