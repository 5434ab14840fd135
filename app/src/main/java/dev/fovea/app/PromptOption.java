package dev.fovea.app;

import picocli.CommandLine.Option;

/** What captions begin with. */
final class PromptOption {

    @Option(names = "--prompt", paramLabel = "TEXT", description = "What the caption begins with.")
    private String prompt;

    /** The words, which may be none, or null. */
    String words() {
        return prompt;
    }
}
