package dev.fovea.app;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Prints the script by which a shell completes commands and options. */
@Command(
        name = "completion",
        description = {
            "Print a completion script for bash and zsh.",
            "To use it in this shell: source <(./fovea completion)"
        })
final class CompletionCommand implements Runnable {

    @ParentCommand
    private FoveaCommand fovea;

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        fovea.console().print(AutoComplete.bash("fovea", spec.root().commandLine()));
    }
}
