package dev.fovea.models.drawing;

import dev.fovea.models.files.WholeFile;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Writes PNG files in one step: a file is either complete or absent. */
final class PngFile {

    private PngFile() {}

    /** Writes a file; an existing one is replaced in one step. */
    static void write(BufferedImage image, Path target) {
        WholeFile.write(target, stream -> {
            try (ImageOutputStream out = new MemoryCacheImageOutputStream(stream)) {
                if (!ImageIO.write(image, "png", out)) {
                    throw new IOException("this Java cannot write PNG files");
                }
            }
        });
    }
}
