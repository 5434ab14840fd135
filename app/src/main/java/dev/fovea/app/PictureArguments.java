package dev.fovea.app;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The pictures of a command that takes one or many. */
final class PictureArguments {

    @Parameters(index = "0", paramLabel = "IMAGE", description = "A picture, or a folder: every picture in it.")
    private Path image;

    @Option(names = "--image", paramLabel = "FILE", description = "One more picture or folder; may be repeated.")
    private List<Path> moreImages = new ArrayList<>();

    /** What was given first. */
    Path image() {
        return image;
    }

    /** Whether it is about one picture, so that its answer stands alone. */
    boolean single() {
        return moreImages.isEmpty() && !Files.isDirectory(image);
    }

    /**
     * The files, those in folders included.
     *
     * @throws dev.fovea.tensor.FoveaException if there are none
     */
    List<Path> files() {
        List<Path> inputs = new ArrayList<>(List.of(image));
        inputs.addAll(moreImages);
        return PictureFiles.expandSome(inputs);
    }
}
