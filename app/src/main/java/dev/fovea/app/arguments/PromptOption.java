package dev.fovea.app.arguments;

import picocli.CommandLine.Option;

/** What captions begin with. */
public final class PromptOption {

    @Option(names = "--prompt", paramLabel = "TEXT", description = "What the caption begins with.")
    private String prompt;

    /** The words, which may be none, or null. */
    public String words() {
        return prompt;
    }
}
