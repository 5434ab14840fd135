package dev.fovea.app.arguments;

import picocli.CommandLine.Option;

/** Holds the option that says what captions begin with. */
public final class PromptOption {

    @Option(names = "--prompt", paramLabel = "TEXT", description = "What the caption begins with.")
    private String prompt;

    /** Returns the words, which may be an empty text, or null. */
    public String words() {
        return prompt;
    }
}
