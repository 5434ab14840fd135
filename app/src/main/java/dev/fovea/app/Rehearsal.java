package dev.fovea.app;

import dev.fovea.app.terminal.Console;
import dev.fovea.app.terminal.Style;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import javax.imageio.ImageIO;

/**
 * Runs the usual commands on the embedded models, so that the launcher's ahead-of-time cache holds the classes they
 * load and the profiles by which the JVM compiles them early.
 */
final class Rehearsal {

    private static final int TIMES = 3;

    /** Photographs to run over: enough for two batches, so that the way of many pictures is walked as well. */
    private static final int PHOTOS = 24;

    private Rehearsal() {}

    /** Runs the commands; what they print is of no interest, what fails here will fail where someone sees it. */
    public static void main(String[] arguments) throws IOException {
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream());
        Style seen = new Style(true, true, 80, StandardCharsets.UTF_8);
        Console console = new Console(OutputStream.nullOutputStream(), nowhere, seen, false);
        Path folder = Files.createTempDirectory("fovea-rehearsal");
        Path png = folder.resolve("picture.png");
        Path jpeg = folder.resolve("picture.jpg");
        Path photo = folder.resolve("photo.jpg");
        Path drawn = folder.resolve("drawn.png");
        try {
            BufferedImage picture = picture();
            ImageIO.write(picture, "png", png.toFile());
            ImageIO.write(picture, "jpeg", jpeg.toFile());
            ImageIO.write(photo(), "jpeg", photo.toFile());
            Main.run(console, "--help");
            for (int i = 0; i < TIMES; i++) {
                Main.run(console, "classify", png.toString(), "a red ball", "a green field", "the blue sea");
                Main.run(console, "classify", "--json", jpeg.toString(), "a red ball", "the blue sea");
                Main.run(console, "embed", "--json", "--image", jpeg.toString(), "--text", "a red ball");
            }
            List<String> photos = new ArrayList<>(List.of("embed", "--json"));
            photos.addAll(Collections.nCopies(PHOTOS, photo.toString()));
            Main.run(console, photos.toArray(String[]::new));
            Main.run(console, "caption", png.toString());
            Main.run(console, "caption", "--json", "--beams", "3", jpeg.toString());
            Main.run(console, "ask", png.toString(), "what is this?");
            Main.run(console, "match", png.toString(), "a red ball", "the blue sea");
            // The other commands of Florence-2 load next to nothing that this one has not loaded.
            Main.run(console, "detect", png.toString(), "--draw", drawn.toString(), "--max-new-tokens", "20");
            Main.run(console, "inspect");
            String index = folder.resolve("index").toString();
            for (int i = 0; i < TIMES; i++) {
                Main.run(console, "index", folder.toString(), "--into", index);
                Main.run(console, "search", index, "a red ball", "--where", "year>2000", "--json");
            }
            Main.run(console, "duplicates", index);
        } finally {
            delete(folder);
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
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

    /** Draws a picture of the size and detail of a photograph: grain on slopes, so that no block of it is flat. */
    private static BufferedImage photo() {
        BufferedImage photo = new BufferedImage(1600, 1200, BufferedImage.TYPE_INT_RGB);
        Random grain = new Random(7);
        for (int y = 0; y < photo.getHeight(); y++) {
            for (int x = 0; x < photo.getWidth(); x++) {
                int red = x / 8 + grain.nextInt(20);
                int green = y / 6 + grain.nextInt(20);
                int blue = (x + y) / 14 + grain.nextInt(20);
                photo.setRGB(x, y, red << 16 | green << 8 | blue);
            }
        }
        return photo;
    }
}
