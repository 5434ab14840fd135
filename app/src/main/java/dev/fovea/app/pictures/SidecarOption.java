package dev.fovea.app.pictures;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Holds the options of commands whose answer about a picture is a text that can be written beside it. */
public final class SidecarOption {

    @Option(
            names = "--sidecar",
            description =
                    "Write the text into a file beside each picture, that of photo.jpg into photo.txt. One that is"
                            + " there"
                            + " already counts as done.")
    private boolean sidecar;

    @Option(names = "--overwrite", description = "With --sidecar: write files anew that are there already.")
    private boolean overwrite;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    /** Returns whether texts go beside the pictures. */
    public boolean given() {
        return sidecar;
    }

    /** Returns whether texts that are there already are overwritten. */
    boolean overwrites() {
        return overwrite;
    }

    /** Complains about what makes no sense, before a model is loaded. */
    public void check() {
        if (overwrite && !sidecar) {
            throw wrong("--overwrite is about the files of --sidecar; give both, or leave it out");
        }
    }

    /** Makes a usage error. */
    public ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
