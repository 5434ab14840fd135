package dev.fovea.app;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/**
 * Runs the usual commands on the embedded models, so that the launcher's ahead-of-time cache holds the classes they load and the
 * profiles by which the JVM compiles them early.
 */
final class Rehearsal {

    private static final int TIMES = 3;

    private Rehearsal() {}

    /** Runs the commands; what they print is of no interest, what fails here will fail where someone sees it. */
    public static void main(String[] arguments) throws IOException {
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream());
        Style seen = new Style(true, true, 80, StandardCharsets.UTF_8);
        Console console = new Console(OutputStream.nullOutputStream(), nowhere, seen, false);
        Path folder = Files.createTempDirectory("fovea-rehearsal");
        Path png = folder.resolve("picture.png");
        Path jpeg = folder.resolve("picture.jpg");
        Path drawn = folder.resolve("drawn.png");
        try {
            BufferedImage picture = picture();
            ImageIO.write(picture, "png", png.toFile());
            ImageIO.write(picture, "jpeg", jpeg.toFile());
            Main.run(console, "--help");
            for (int i = 0; i < TIMES; i++) {
                Main.run(console, "classify", png.toString(), "a red ball", "a green field", "the blue sea");
                Main.run(console, "classify", "--json", jpeg.toString(), "a red ball", "the blue sea");
                Main.run(console, "embed", "--json", "--image", jpeg.toString(), "--text", "a red ball");
            }
            Main.run(console, "caption", png.toString());
            Main.run(console, "caption", "--json", "--beams", "3", jpeg.toString());
            Main.run(console, "ask", png.toString(), "what is this?");
            Main.run(console, "match", png.toString(), "a red ball", "the blue sea");
            // The other commands of Florence-2 load next to nothing that this one has not loaded.
            Main.run(console, "detect", png.toString(), "--draw", drawn.toString(), "--max-new-tokens", "20");
            Main.run(console, "inspect");
        } finally {
            Files.deleteIfExists(png);
            Files.deleteIfExists(jpeg);
            Files.deleteIfExists(drawn);
            Files.deleteIfExists(folder);
        }
    }

    private static BufferedImage picture() {
        BufferedImage picture = new BufferedImage(640, 480, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = picture.createGraphics();
        graphics.setColor(Color.GREEN.darker());
        graphics.fillRect(0, 0, 640, 480);
        graphics.setColor(Color.RED);
        graphics.fillOval(200, 120, 240, 240);
        graphics.dispose();
        return picture;
    }
}
