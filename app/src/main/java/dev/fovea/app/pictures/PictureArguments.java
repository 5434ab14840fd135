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

/** The pictures of a command that takes one or many. */
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
    /** What was given, with the lines of standard input in place of its dash; null until somebody asks. */
    private List<Path> given;

    /** The command whose arguments these are; a mixin of this one would not find it. */
    final CommandSpec command() {
        return spec;
    }

    /** Where results go besides the terminal. */
    final ResultOption results() {
        return results;
    }

    /** What was given first. */
    final Path image() {
        return image;
    }

    /** Whether it is about one picture, so that its answer stands alone. */
    public final boolean single() {
        return given().size() == 1 && !list && !Files.isDirectory(image);
    }

    /**
     * The files, those in folders included.
     *
     * @throws dev.fovea.tensor.FoveaException if there are none
     */
    public final PictureFiles files() {
        return files(null);
    }

    /**
     * The files, those in folders included.
     *
     * @param except a folder in one of these whose pictures do not count, null for none
     * @throws dev.fovea.tensor.FoveaException if there are none
     */
    public final PictureFiles files(Path except) {
        return PictureFiles.of(given(), except).orFail();
    }

    /** The files and folders that were given, those of a list included. */
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

    /** What stands behind the first picture and is one, too. */
    List<Path> others() {
        return List.of();
    }

    /** The pictures of a command that takes nothing but pictures, so that it takes any number: {@code photos/*.jpg}. */
    public static final class Many extends PictureArguments {

        @Parameters(index = "1..*", arity = "0..*", paramLabel = "IMAGE", description = "More pictures or folders.")
        private List<Path> others = new ArrayList<>();

        @Override
        List<Path> others() {
            return others;
        }
    }
}
