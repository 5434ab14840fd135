package dev.fovea.app.pictures;

import dev.fovea.app.arguments.StandardInput;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Holds the pictures of a command that takes one or many. */
public class PictureArguments {

    @Parameters(
            index = "0",
            paramLabel = "IMAGE",
            description = "A picture, or a folder: every picture in it, or - for a list of them on standard input.")
    private Path image;

    @Option(
            names = "--image",
            paramLabel = "FILE",
            description = "One more picture or folder, or - for a list on standard input; may be repeated.")
    private List<Path> moreImages = new ArrayList<>();

    @Mixin
    private ResultOption results;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    private boolean list;
    /**
     * The paths that were given, with the lines of standard input in place of its dash; null until they are first
     * needed.
     */
    private List<Path> given;

    /** Returns the command whose arguments these are; a mixin of this one would not find it. */
    final CommandSpec command() {
        return spec;
    }

    /** Returns the option that says where results go besides the terminal. */
    final ResultOption results() {
        return results;
    }

    /** Returns the path that was given first. */
    final Path image() {
        return image;
    }

    /** Returns whether the command is about one picture, so that its answer is printed without the picture's name. */
    public final boolean single() {
        return given().size() == 1 && !list && !Files.isDirectory(image);
    }

    /**
     * Returns the files, those in folders included.
     *
     * @throws dev.fovea.tensor.FoveaException if there are none
     */
    public final PictureFiles files() {
        return files(null);
    }

    /**
     * Returns the files, those in folders included.
     *
     * @param except a folder in one of these whose pictures do not count, null for none
     * @throws dev.fovea.tensor.FoveaException if there are none
     */
    public final PictureFiles files(Path except) {
        return PictureFiles.of(given(), except).orFail();
    }

    /** Returns the files and folders that were given, those of a list included. */
    final List<Path> given() {
        if (given == null) {
            List<Path> written = new ArrayList<>(List.of(image));
            written.addAll(others());
            written.addAll(moreImages);
            StandardInput input = new StandardInput(spec);
            list = written.stream().anyMatch(input::isList);
            given = input.listed(written, "IMAGE");
        }
        return given;
    }

    /** Returns the arguments after the first picture that are pictures, too. */
    List<Path> others() {
        return List.of();
    }

    /**
     * Holds the pictures of a command that takes nothing but pictures, so that it takes any number of them: {@code
     * photos/*.jpg}.
     */
    public static final class Many extends PictureArguments {

        @Parameters(index = "1..*", arity = "0..*", paramLabel = "IMAGE", description = "More pictures or folders.")
        private List<Path> others = new ArrayList<>();

        @Override
        List<Path> others() {
            return others;
        }
    }
}
