package dev.fovea.app.pictures;

import dev.fovea.app.arguments.TextArguments;
import dev.fovea.app.terminal.Console;
import dev.fovea.models.drawing.Drawing;
import dev.fovea.models.florence.FlorenceResult;
import dev.fovea.models.image.Picture;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** Holds the option to draw what was found. */
public final class DrawOption {

    @Option(
            names = "--draw",
            paramLabel = "OUT.png",
            description = "Also write the picture with what was found drawn on it, a PNG file.")
    private Path file;

    @Option(
            names = "--draw-to",
            paramLabel = "FOLDER",
            description = "Draw on each picture what was found in it, into a PNG file in FOLDER; the same command again"
                    + " goes on"
                    + " where it was stopped.")
    private Path folder;

    @Spec(Target.MIXEE)
    private CommandSpec spec;

    /** Returns whether anything is drawn. */
    public boolean given() {
        return file != null || folder != null;
    }

    /** Returns whether one picture is drawn besides the answer. */
    public boolean single() {
        return file != null;
    }

    /** Returns the folder for the drawings of all pictures, null if they were not asked for. */
    public Path folder() {
        return folder;
    }

    /** Returns the name of the option that was given. */
    public String name() {
        return file != null ? "--draw" : "--draw-to";
    }

    /** Complains about what can never be drawn, before a model is loaded. */
    public void check(PictureArguments pictures) {
        if (file != null && folder != null) {
            throw wrong("--draw draws one picture and --draw-to many; leave out one of them");
        }
        if (file == null) {
            return;
        }
        if (!file.toString().toLowerCase(Locale.ROOT).endsWith(".png")) {
            throw wrong("--draw writes PNG files; give it a name that ends with .png, found " + file);
        }
        if (!pictures.single()) {
            throw wrong("--draw draws on one picture; give it one IMAGE, which is no folder, or draw on all with"
                    + " --draw-to FOLDER");
        }
        if (isSame(pictures.image(), file)) {
            throw wrong("--draw would write over the picture itself; give it another name than " + file);
        }
    }

    /** Complains about a text that is another picture. */
    public void checkText(String text) {
        TextArguments.check(spec, List.of(text), "text", TextArguments.MORE_PICTURES);
    }

    /** Makes a usage error. */
    public ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    /** Draws on the picture and writes the file. */
    public void write(Console console, Picture picture, FlorenceResult result) {
        Drawing drawing = Drawing.of(picture, result.findings());
        drawing.complaints().forEach(console::warn);
        drawing.write(file);
    }

    private static boolean isSame(Path one, Path other) {
        try {
            return Files.exists(one) && Files.exists(other) && Files.isSameFile(one, other);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
