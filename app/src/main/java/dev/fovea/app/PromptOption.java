package dev.fovea.app;

import dev.fovea.tensor.FoveaException;
import picocli.CommandLine.Option;

/** What captions begin with. */
final class PromptOption {

    @Option(names = "--prompt", paramLabel = "TEXT", description = "What the caption begins with.")
    private String prompt;

    /**
     * The words, or null.
     *
     * @throws FoveaException if there are none in them
     */
    String words() {
        if (prompt != null && prompt.isBlank()) {
            throw new FoveaException("--prompt is empty; give it some words, or leave it out");
        }
        return prompt;
    }
}
